// The playground's page: a script is compiled while it is typed; what is wrong is underlined; what becomes of it is shown stage by stage; events are made up.
//
//   in     the element `data`: facts of a machine, the grammar of editors, the code blocks of docs/language.md
//   facts  stands on tbpf/compiler, tbpf/simulate and tbpf/syntax alone, as any page could. The script's text is in a text area, and behind it the same text in
//          colours. An address `#line=N` opens the example of that line of docs/language.md

import { compile, CompileError, type Diagnostic, type Facts, type Program } from '../../compiler.js';
import { format } from '../../syntax.js';
import { element } from '../shared/page-parts.js';
import type { Example } from './example.js';
import { type Grammar, painter } from './paint.js';
import { Running } from './run.js';

interface Data {
  readonly facts: Facts;
  readonly grammar: Grammar;
  readonly examples: readonly Example[];
}

const QUIET_MS = 150;
const first = `// how much do programs read at once? Fire events, change the script
tracepoint:syscalls:sys_enter_read
{
  @bytes[comm] = hist(args.count);
}

interval:s:1
{
  print(@bytes);
  clear(@bytes);
}
`;
/** by what is shown: the stage of the compiler; IR is the last one of its passes */
const views: readonly (readonly [title: string, stage: string | undefined])[] = [
  ['Run', undefined], ['Instructions', 'bpf'], ['IR', 'ir:after'], ['IR as lowered', 'ir'], ['Types', 'types'], ['Tree', 'tree'], ['Layout', 'layout'],
];

const { facts, grammar, examples } = JSON.parse(element('data').textContent) as Data;
const script = element<HTMLTextAreaElement>('script');
const paint = painter(grammar);
const running = new Running(placesOf, facts.functions.slice(0, 4).map(({ address }, i) => BigInt(address!) + BigInt(16 + 4 * i)));
let stages = new Map<string, string>();
let view = 0;

/** The recorded tracepoints that a probe with wildcards stands for. */
function placesOf(probe: string): readonly string[] {
  const [kind, ...pattern] = probe.split(':');
  const wanted = new RegExp(`^(?:${pattern.join(':').replace(/[.+^${}()\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')})$`);
  return facts.tracepoints.map(({ category, event }) => `${category}:${event}`).filter((name) => wanted.test(name)).sort().map((name) => `${kind}:${name}`);
}

function update(): void {
  stages = new Map();
  let diagnostics: readonly Diagnostic[];
  let program: Program | undefined;
  let said: string | undefined;
  try {
    program = compile(script.value, {
      machine: facts, unsafe: element<HTMLInputElement>('unsafe').checked,
      dump: (stage, text) => void stages.set(stage.startsWith('ir:after=') ? 'ir:after' : stage, text),
    });
    diagnostics = program.warnings;
  } catch (error) {
    diagnostics = error instanceof CompileError ? error.diagnostics : [];
    if (!(error instanceof CompileError)) said = (error as Error).message;
  }
  diagnostics = [...diagnostics].sort((a, b) => (a.range?.start.offset ?? 0) - (b.range?.start.offset ?? 0));
  colour(diagnostics);
  tell(diagnostics, said, program);
  showView();
  running.show(program && { program, script: script.value });
}

function tell(diagnostics: readonly Diagnostic[], said: string | undefined, program: Program | undefined): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const instructions = [...(stages.get('bpf') ?? '').matchAll(/: (\d+) instructions$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  const counted = [[errors, 'error'], [warnings, 'warning']].filter(([count]) => count !== 0).map(([count, word]) => `${count} ${word}${count === 1 ? '' : 's'}`);
  element('state').ariaBusy = 'false';
  element('state').textContent = said ?? ([...counted, ...(program ? [`compiled to ${instructions} instructions`] : [])].join(', ') || 'empty');
  element('messages').replaceChildren(...diagnostics.map((each) => {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = each.severity;
    const place = each.range && `line ${each.range.start.line}, column ${each.range.start.column}: `;
    const notes = [...each.hints.map(({ text }) => text), ...each.notes.map(({ message }) => message), ...(each.feature === undefined ? [] : [`The machine of this page has no ${each.feature}.`])];
    button.append(`${place ?? ''}${each.message}`, ...notes.map((text) => small(text)), small(`${each.severity} ${each.code}`));
    button.addEventListener('click', () => {
      script.focus();
      if (each.range) script.setSelectionRange(each.range.start.offset, each.range.end.offset);
    });
    item.append(button);
    return item;
  }));
}

function small(text: string): HTMLElement {
  const note = document.createElement('small');
  note.textContent = text;
  return note;
}

/** The script in colours, with what the diagnostics are about underlined. */
function colour(diagnostics: readonly Diagnostic[]): void {
  const text = `${script.value}\n`;
  const kinds = paint(text);
  const marks = new Array<string | undefined>(text.length).fill(undefined);
  for (const { range, severity } of diagnostics) {
    if (!range || range.file !== 'script') continue;
    const start = Math.min(range.start.offset, text.length - 1);
    marks.fill(severity, start, Math.max(start + 1, range.end.offset));
  }
  const parts: Node[] = [];
  for (let from = 0, to = 0; from < text.length; from = to) {
    while (to < text.length && kinds[to] === kinds[from] && marks[to] === marks[from]) to++;
    const words = [kinds[from], marks[from]].filter((each) => each !== undefined);
    // an end of a line has no width that could be underlined
    const shown = marks[from] !== undefined && text.slice(from, to) === '\n' ? ' \n' : text.slice(from, to);
    if (words.length === 0) parts.push(document.createTextNode(shown));
    else {
      const part = document.createElement('span');
      part.className = words.join(' ');
      part.textContent = shown;
      parts.push(part);
    }
  }
  element('paint').replaceChildren(...parts);
}

function showView(): void {
  const [, stage] = views[view]!;
  element('run').hidden = stage !== undefined;
  element('stage').hidden = stage === undefined;
  if (stage !== undefined) element('stage').textContent = stages.get(stage) ?? 'The script has to be mended first.';
  element('views').querySelectorAll('button').forEach((button, i) => button.setAttribute('aria-selected', String(i === view)));
}

function setScript(text: string): void {
  script.value = text;
  element('editor').scrollTo(0, 0);
  update();
}

function openExample({ kind, script: text }: Example): void {
  element<HTMLInputElement>('unsafe').checked = kind === 'unsafe';
  setScript(text);
}

element('views').append(...views.map(([title], i) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('role', 'tab');
  button.textContent = title;
  button.addEventListener('click', () => {
    view = i;
    showView();
  });
  return button;
}));

const list = element<HTMLSelectElement>('examples');
list.append(new Option('Examples of the language …', ''));
for (const heading of new Set(examples.map((each) => each.heading))) {
  const group = document.createElement('optgroup');
  group.label = heading;
  group.append(...examples.flatMap((each, i) => (each.heading === heading ? [new Option(titleOf(each), String(i))] : [])));
  list.append(group);
}
list.addEventListener('change', () => {
  const example = examples[Number(list.value)];
  if (list.value !== '' && example) openExample(example);
});

/** What tells an example from its neighbours: its first line, and that it is wrong. */
function titleOf({ script: text, kind }: Example): string {
  const line = text.split('\n').find((each) => each.trim() !== '')!.trim();
  return `${line.length > 60 ? `${line.slice(0, 60)} …` : line}${kind === 'refused' ? '  (refused)' : ''}`;
}

let waiting: ReturnType<typeof setTimeout> | undefined;
script.addEventListener('input', () => {
  colour([]);
  element('state').ariaBusy = 'true';
  clearTimeout(waiting);
  waiting = setTimeout(update, QUIET_MS);
});
script.addEventListener('keydown', (event) => {
  // Escape lets the next Tab leave the text
  if (event.key !== 'Tab' || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || leaves) return void (leaves = event.key === 'Escape');
  event.preventDefault();
  script.setRangeText('  ', script.selectionStart, script.selectionEnd, 'end');
  script.dispatchEvent(new Event('input'));
});
let leaves = false;
element('format').addEventListener('click', () => {
  try {
    setScript(format(script.value));
  } catch (error) {
    if (!(error instanceof CompileError)) throw error; // what does not parse stays, and its messages are shown already
  }
});
element('unsafe').addEventListener('change', update);
element('choices').addEventListener('submit', (event) => event.preventDefault());

const has = [`${facts.tracepoints.length} tracepoints`, `${facts.functions.length} functions`, `some types of Linux ${facts.kernelRelease.replace(/\.0$/, '')}`].join(', ');
element('machine').querySelector('summary')!.textContent = `What the machine of this page has: ${has}`;
element('machine').querySelector('pre')!.textContent = [
  ...facts.tracepoints.map(({ category, event }) => `tracepoint:${category}:${event}`).sort(), ...facts.rawTracepoints.map(([, event]) => `rawtracepoint:${event}`), ...facts.functions.map(({ name }) => `kprobe:${name}`),
].join('\n');

const wanted = /^#line=(\d+)$/.exec(location.hash)?.[1];
const opened = examples.findIndex(({ line }) => String(line) === wanted);
if (opened >= 0) {
  list.value = String(opened);
  openExample(examples[opened]!);
} else setScript(first);
