// The flame graph's page: draws a map's stacks, zooms, searches, and compares with an earlier trace.
//
//   in     the element `data`: FlameData as JSON
//   facts  d3-flame-graph lays out and zooms; what frames mean is said here: their colours, their text, their share. Where the page was compared with
//          another trace, shares of the whole are compared and not counts: the two may have lasted for different times

import { select } from 'd3-selection';
import flamegraph, { type FlameFrame, type FlameGraph } from 'd3-flame-graph';
import type { FlameData, FlameMap, FlameNode } from '../../runtime/output/stacks/flame-data.js';

type Frame = FlameFrame<FlameNode>;

/** hue, saturation and lightness, and how far the lightness of neighbours differs */
const PAINTS = {
  user: { name: 'user', hue: 8, saturation: 74, lightness: 70 },
  jit: { name: 'compiled at run time', hue: 128, saturation: 40, lightness: 64 },
  kernel: { name: 'kernel', hue: 36, saturation: 88, lightness: 66 },
  inlined: { name: 'inlined', hue: 186, saturation: 42, lightness: 66 },
  part: { name: 'other parts of the key', hue: 215, saturation: 26, lightness: 76 },
  lost: { name: 'where the stack was lost', hue: 300, saturation: 20, lightness: 74 },
} as const;
const FOUND = '#b64fd3';
const SPREAD = 9;

const data = JSON.parse(element('data').textContent) as FlameData;
const number = new Intl.NumberFormat('en');
let shown: FlameMap = data.maps[0]!;
let graph: FlameGraph<FlameNode> | undefined;
let isIcicle = true;

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

function share(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(2)} %`;
}

/** How much more of the whole a frame has than before, from -1 to 1. */
function change({ v, b = 0 }: FlameNode): number {
  const before = shown.root.b!;
  return v / shown.root.v - (before === 0 ? 0 : b / before);
}

function colourOf(frame: Frame): string {
  if (frame.highlight) return FOUND;
  const { k = 'part', n } = frame.data;
  if (data.before !== undefined) return changeColour(change(frame.data));
  const { hue, saturation, lightness } = PAINTS[k];
  return `hsl(${hue} ${saturation}% ${lightness + SPREAD * (hash(n) - 0.5)}%)`;
}

/** Grey where nothing changed, red for more, blue for less; a tenth of the whole is full colour. */
function changeColour(by: number): string {
  const strength = Math.min(1, Math.sqrt(Math.abs(by) / 0.1));
  return `hsl(${by > 0 ? 4 : 214} ${Math.round(78 * strength)}% ${Math.round(84 - 24 * strength)}%)`;
}

/** From 0 to 1, the same for the same name. */
function hash(text: string): number {
  let value = 7;
  for (let i = 0; i < text.length; i++) value = (value * 31 + text.charCodeAt(i)) % 1009;
  return value / 1009;
}

function labelOf({ data: node }: Frame): string {
  const whole = `${node.n}: ${number.format(node.v)}, ${share(node.v, shown.root.v)} of all`;
  if (data.before === undefined) return whole;
  const points = 100 * change(node);
  return `${whole}; before ${number.format(node.b!)}, ${share(node.b!, shown.root.b!)} (${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)} points)`;
}

function matches({ data: { n } }: Frame, term: string): boolean {
  try {
    return new RegExp(term, 'i').test(n);
  } catch {
    return n.toLowerCase().includes(term.toLowerCase()); // no pattern yet, while it is typed
  }
}

function draw(): void {
  graph?.destroy();
  const graphElement = element('graph');
  graph = flamegraph<FlameNode>()
    .width(graphElement.clientWidth)
    .cellHeight(20)
    .minFrameSize(1)
    .transitionDuration(180)
    .inverted(isIcicle)
    .sort((a, b) => (a.data.n < b.data.n ? -1 : a.data.n > b.data.n ? 1 : 0))
    .setLabelHandler(labelOf)
    .setDetailsHandler((text) => details(text))
    .setColorMapper(colourOf)
    .setSearchMatch(matches)
    .setSearchHandler((_, weight, total) => {
      found = `${number.format(weight)} of ${number.format(total)} found, ${share(weight, total)}`;
      details(null);
    })
    .onClick((frame) => details(labelOf(frame)));
  select<HTMLElement, unknown>(graphElement).datum(structuredClone(shown.root)).call(graph);
  describe();
  search();
}

let found = '';

function details(text: string | null): void {
  element('details').textContent = text ?? found;
}

function search(): void {
  const term = element<HTMLInputElement>('search').value;
  found = '';
  if (term === '') graph!.clear();
  else graph!.search(term);
}

function describe(): void {
  const { root, stacks, name } = shown;
  const before = data.before === undefined ? '' : `, compared with ${data.before} (${number.format(root.b!)})`;
  element('title').textContent = data.title;
  document.title = `${name} · ${data.title}`;
  element('totals').textContent = root.v === 0 ? `${name} is empty` : `${name}: ${number.format(root.v)} in ${number.format(stacks)} ${stacks === 1 ? 'stack' : 'stacks'}${before}`;
}

function legend(): void {
  const entries: readonly (readonly [colour: string, text: string])[] = data.before === undefined
    ? kindsShown().map((kind) => [`hsl(${PAINTS[kind].hue} ${PAINTS[kind].saturation}% ${PAINTS[kind].lightness}%)`, PAINTS[kind].name] as const)
    : [[changeColour(0.1), 'a larger share than before'], [changeColour(0), 'the same'], [changeColour(-0.1), 'a smaller share']];
  element('legend').replaceChildren(...entries.map(([colour, text]) => {
    const item = document.createElement('li');
    const patch = document.createElement('i');
    patch.style.background = colour;
    item.append(patch, text);
    return item;
  }));
}

function kindsShown(): (keyof typeof PAINTS)[] {
  const kinds = new Set<string>();
  const open: FlameNode[] = data.maps.map(({ root }) => root);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.k !== undefined) kinds.add(node.k);
    for (const callee of node.c ?? []) open.push(callee);
  }
  return (Object.keys(PAINTS) as (keyof typeof PAINTS)[]).filter((kind) => kinds.has(kind));
}

const choice = element<HTMLSelectElement>('maps');
choice.hidden = data.maps.length < 2;
choice.replaceChildren(...data.maps.map(({ name }, index) => new Option(name, String(index))));
choice.addEventListener('change', () => {
  shown = data.maps[Number(choice.value)]!;
  draw();
});
element('search').addEventListener('input', search);
element('tools').addEventListener('submit', (event) => event.preventDefault());
element('reset').addEventListener('click', () => {
  element<HTMLInputElement>('search').value = '';
  search();
  graph!.resetZoom();
  details(null);
});
element('turn').addEventListener('click', () => {
  isIcicle = !isIcicle;
  element('turn').setAttribute('aria-pressed', String(!isIcicle));
  draw();
});
let width = innerWidth;
addEventListener('resize', () => {
  if (innerWidth === width) return;
  width = innerWidth;
  draw();
});
legend();
draw();
