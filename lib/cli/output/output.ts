// Where the command writes, and how: script output on stdout or in the -o file, everything else on stderr.
//
//   facts  the compiler's warnings are on stdout (language.md 6.3), but with another format than text stdout has nothing but what programs read;
//          with -f json and ndjson stderr has objects too

import type { Diagnostic } from '../../model/diagnostics/diagnostic.js';
import type { Manifest } from '../../model/layout/manifest.js';
import type { TbpfError } from '../../model/diagnostics/errors.js';
import { diagnosticToObject } from '../../model/diagnostics/json.js';
import { renderDiagnostics } from '../../model/diagnostics/render.js';
import { strerror } from '../../language/strerror.js';
import type { NativeAddon } from '../../runtime/native/types.js';
import { Sink, hasStackMaps, loadWriter, NO_STACK_MAPS, outputFormats, type Rendering, type Writer } from '../../runtime/output/index.js';
import { escapeControls } from '../../runtime/output/rendering.js';
import type { SinkOptions } from '../../runtime/output/sink.js';
import { wantsColour } from './colour.js';
import type { CommandLine } from '../line/command-line.js';
import { Failure, status } from './failure.js';
import { messageLine, type Level } from './message.js';
import { isTerminal } from './terminal.js';

const STDOUT = 1;
const STDERR = 2;

export class Output {
  readonly out: Sink;
  /** a full disk under stderr does not end a trace whose output is fine: messages are dropped then */
  private readonly errors: Sink;
  /** warnings of the compiler and the like: stdout, also with -o */
  private readonly stdout: Sink;
  private readonly colour: boolean;

  /** @param onClosed  nobody reads the output any more
   *  @throws Failure  the file of -o cannot be written */
  constructor(
    private readonly line: Pick<CommandLine, 'output' | 'buffering' | 'warnings' | 'verbose' | 'format'>,
    native: Pick<NativeAddon, 'sendNow'>,
    onClosed: () => void,
  ) {
    const unblocked = { send: (socket: number, bytes: Uint8Array) => native.sendNow(socket, bytes), onChange: () => this.onBlocked(this.blocked) };
    const options = { buffering: line.buffering, onClosed, unblocked };
    this.errors = new Sink(STDERR, { dropsFailures: true, unblocked });
    this.stdout = new Sink(STDOUT, options);
    this.out = line.output === undefined ? this.stdout : openFile(line.output, options);
    this.colour = wantsColour(process.env, (text) => this.warn(text));
  }

  /** called when output begins to wait for its reader, and when it goes on */
  onBlocked: (blocked: boolean) => void = () => undefined;

  /** Output waits for its reader. */
  get blocked(): boolean {
    return this.out.blocked || this.stdout.blocked || this.errors.blocked;
  }

  /** Resolves when everything is written. */
  async drained(): Promise<void> {
    for (const sink of [this.out, this.stdout, this.errors]) await sink.drained();
  }

  /** Output and messages are JSON objects. */
  private get asObjects(): boolean {
    return outputFormats[this.line.format] === 'objects';
  }

  private get terminalErrors(): boolean {
    return isTerminal(STDERR);
  }

  /** stderr is a terminal. */
  get showsProgress(): boolean {
    return this.terminalErrors && !this.asObjects;
  }

  /** What would appear on the terminal goes to `to` from now on; undefined: to the terminal again. */
  divert(to: ((sink: Sink, text: string) => void) | undefined): void {
    for (const sink of [this.stdout, this.errors]) {
      sink.flush();
      sink.divert = to !== undefined && isTerminal(sink.fd) ? (text) => to(sink, text) : undefined;
    }
  }

  /** What makes the writer of the chosen format.
   *  @throws Failure  the format is binary, and the output a terminal */
  async writerMaker(manifest: Manifest): Promise<(rendering: Rendering) => Writer> {
    const { format } = this.line;
    const terminal = this.line.output === undefined && isTerminal(STDOUT);
    if (format === 'pprof' && terminal) throw new Failure('ERROR: -f pprof writes a binary file: name one with -o FILE', status.wrong);
    if ((format === 'folded' || format === 'pprof') && !hasStackMaps(manifest)) this.warn(`${NO_STACK_MAPS}: -f ${format} writes nothing. Count stacks, as in @[kstack] = count().`);
    const make = await loadWriter(format);
    return (rendering) => make({ out: this.out, errors: this.errors, rendering, terminal, terminalErrors: this.terminalErrors }, manifest);
  }

  /** Errors (and with them warnings) on stderr; warnings alone on stdout. */
  diagnostics(found: readonly Diagnostic[]): void {
    const failed = found.some(({ severity }) => severity === 'error');
    const shown = this.line.warnings ? found : found.filter(({ severity }) => severity === 'error');
    if (this.asObjects) this.say(shown.map((each) => `${JSON.stringify(diagnosticToObject(each, 'command'))}\n`).join(''));
    else {
      const data = isTerminal(failed ? STDERR : STDOUT) ? escapeControls : undefined;
      const codes = [...new Set(shown.map(({ code }) => code))];
      const more = this.line.verbose && codes.length > 0 ? `More about this: tbpf explain ${codes.join(' ')}\n` : '';
      const text = renderDiagnostics(shown, { colour: this.colour, face: 'command', data }) + more;
      if (failed) this.say(text);
      else this.print(text);
    }
  }

  /** Text on stdout that is not script output; beside what programs read it is on stderr. */
  print(text: string): void {
    if (this.line.format !== 'text') this.say(text);
    else this.stdout.write(text);
  }

  /** A report to the user that is not script output: text on stdout, beside what programs read a message on stderr. */
  inform(text: string): void {
    if (this.line.format === 'text') this.stdout.write(`${text}\n`);
    else this.message('info', text);
  }

  /** A message on stderr, after what was printed before; reason: a line before it, where there is more to say. */
  message(level: Level, text: string, reason?: string): void {
    const shown = (part: string): string => (this.terminalErrors && !this.asObjects ? escapeControls(part) : part);
    if (reason === undefined) this.say(messageLine(this.line.format, level, shown(text)));
    else if (this.asObjects) this.say(messageLine(this.line.format, level, `${reason}. ${text}`));
    else this.say(`${shown(reason)}\n${messageLine('text', level, shown(text))}`);
  }

  /** What --test and --bench have found, on stdout. */
  results(text: string): void {
    this.stdout.write(text);
  }

  warn(text: string): void {
    if (this.line.warnings) this.message('warning', text);
  }

  /** Text on stderr as it is. */
  say(text: string): void {
    if (text === '') return;
    this.out.flush();
    this.errors.write(text);
    this.errors.flush();
  }
}

function openFile(path: string, options: SinkOptions): Sink {
  try {
    return Sink.openFile(path, options);
  } catch (error) {
    const { errno } = error as TbpfError;
    const reason = errno === undefined ? (error as TbpfError).message : strerror(errno);
    throw new Failure(`ERROR: Failed to open output file: "${path}": ${reason}`, status.wrong);
  }
}
