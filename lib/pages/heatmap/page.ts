// The heat map's page: time from left to right, buckets from bottom to top, and how many values fell into each as a colour.
//
//   in     the element `data`: HeatData as JSON
//   facts  uPlot has the axes, and zooms; what is drawn between them is drawn here. A colour stands for a number of values: by its logarithm, so that
//          a rare bucket is seen beside a full one, or evenly

import uPlot from 'uplot';
import type { HeatData, HeatKey, HeatMapData } from '../../runtime/output/over-time/heat-data.js';
import { axis, choose, clock, colour, element, fill, number, onLook, share, timeMarks } from '../shared/page-parts.js';

const data = JSON.parse(element('data').textContent) as HeatData;
const ROW_PIXELS = 26;
const [LEAST_HEIGHT, MOST_HEIGHT] = [260, 640];
/** From few to many: lightness, chroma, hue of oklch(). */
const PAINTS = {
  light: { few: [0.95, 0.03, 95], many: [0.38, 0.16, 20], middle: [0.72, 0.16, 55] },
  dark: { few: [0.3, 0.07, -75], many: [0.93, 0.14, 100], middle: [0.58, 0.19, 25] },
} as const;
const PERCENTILES = [[50, []], [99, [6, 4]]] as const;

let map: HeatMapData = data.maps[0]!;
let key: HeatKey = wholeOf(map);
let graph: uPlot | undefined;
let isEven = false;
/** counts by column, then row */
let grid: number[][] = [];
let most = 0;

function wholeOf({ keys }: HeatMapData): HeatKey {
  if (keys.length === 1) return keys[0]!;
  return { name: 'all keys', total: keys.reduce((sum, { total }) => sum + total, 0), cells: keys.flatMap(({ cells }) => cells) };
}

function choices({ keys }: HeatMapData): HeatKey[] {
  return keys.length > 1 ? [wholeOf({ keys } as HeatMapData), ...keys] : keys.length === 1 ? [keys[0]!] : [wholeOf(map)];
}

function gather(): void {
  grid = map.times.slice(1).map(() => map.rows.map(() => 0));
  for (let i = 0; i < key.cells.length; i += 3) grid[key.cells[i]!]![key.cells[i + 1]!]! += key.cells[i + 2]!;
  most = grid.reduce((found, column) => Math.max(found, ...column), 0);
}

function paint(count: number): string {
  const part = most <= 1 ? 1 : isEven ? count / most : Math.log(1 + count) / Math.log(1 + most);
  const { few, middle, many } = PAINTS[matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'];
  const [from, to, within] = part < 0.5 ? [few, middle, part * 2] : [middle, many, part * 2 - 1];
  const [l, c, h] = from.map((value, i) => value + (to[i]! - value) * within);
  return `oklch(${l} ${c} ${h})`;
}

/** The row in which a percentile of a column ends. */
function rowOf(column: readonly number[], q: number): number | undefined {
  const total = column.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [row, count] of column.entries()) {
    seen += count;
    if (count > 0 && seen * 100 >= total * q) return row;
  }
  return undefined;
}

function drawCells(plot: uPlot): void {
  const { ctx, bbox } = plot;
  const seconds = (column: number): number => plot.valToPos(map.times[column]! / 1000, 'x', true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  grid.forEach((column, i) => {
    const [left, right] = [Math.round(seconds(i)), Math.round(seconds(i + 1))];
    if (right < bbox.left || left > bbox.left + bbox.width) return;
    column.forEach((count, row) => {
      if (count === 0) return;
      const [top, bottom] = [Math.round(plot.valToPos(row + 1, 'y', true)), Math.round(plot.valToPos(row, 'y', true))];
      ctx.fillStyle = paint(count);
      ctx.fillRect(left, top, Math.max(1, right - left - (right - left > 6 ? 1 : 0)), bottom - top - 1);
    });
  });
  for (const [q, dash] of PERCENTILES) drawPercentile(plot, q, dash, seconds);
  ctx.restore();
}

function drawPercentile(plot: uPlot, q: number, dash: readonly number[], seconds: (column: number) => number): void {
  const { ctx } = plot;
  ctx.beginPath();
  ctx.strokeStyle = colour('--ink');
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  grid.forEach((column, i) => {
    const row = rowOf(column, q);
    if (row === undefined) return;
    const y = plot.valToPos(row + 0.5, 'y', true);
    ctx.moveTo(seconds(i), y);
    ctx.lineTo(seconds(i + 1), y);
  });
  ctx.stroke();
}

function draw(): void {
  graph?.destroy();
  gather();
  describe();
  const main = element('graph');
  if (map.rows.length === 0) return;
  const width = main.clientWidth;
  const height = Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, map.rows.length * ROW_PIXELS)) + 50;
  const labelWidth = Math.max(...map.rows.map(({ label }) => label.length)) * 7 + 18;
  const [first, last] = [map.times[0]! / 1000, map.times.at(-1)! / 1000];
  graph = new uPlot({
    width, height, legend: { show: false }, padding: [8, 32, 0, 0],
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false } },
    scales: { x: { time: true, range: (_plot, from, to) => (from === null || to === null ? [first, last] : [Math.max(first, from), Math.min(last, to)]) }, y: { range: () => [0, map.rows.length] } },
    axes: [
      axis({ values: timeMarks, space: 90 }),
      axis({ size: labelWidth, grid: { show: false }, splits: () => rowsMarked(height), values: (_plot, splits) => splits.map((at) => map.rows[Math.floor(at)]?.label ?? '') }),
    ],
    series: [{}, { scale: 'y', paths: () => null, points: { show: false } }],
    hooks: { draw: [drawCells] },
  }, [map.times.map((ms) => ms / 1000), map.times.map(() => 0)], main);
  const { over } = graph;
  over.addEventListener('pointermove', (event) => details(event));
  over.addEventListener('click', (event) => details(event));
}

/** The middle of each row, or of each second, third … where there is no room for all labels. */
function rowsMarked(height: number): number[] {
  const step = Math.ceil((map.rows.length * 15) / (height - 50));
  return map.rows.map((_, row) => row).filter((row) => row % step === 0).map((row) => row + 0.5);
}

function details({ offsetX, offsetY }: { readonly offsetX: number; readonly offsetY: number }): void {
  const at = graph!.posToVal(offsetX, 'x') * 1000;
  const column = map.times.findIndex((ms, i) => i > 0 && at < ms) - 1;
  const row = Math.floor(graph!.posToVal(offsetY, 'y'));
  const counts = grid[column];
  if (counts === undefined || map.rows[row] === undefined) return;
  const whole = counts.reduce((sum, count) => sum + count, 0);
  const percentiles = whole === 0 ? '' : [50, 90, 99].map((q) => `, p${q} in ${map.rows[rowOf(counts, q)!]!.label}`).join('');
  element('details').textContent = `${clock(map.times[column]!)} to ${clock(map.times[column + 1]!)}, ${map.rows[row]!.label}: ${number.format(counts[row]!)} of ${number.format(whole)}, ${share(counts[row]!, whole)}${percentiles}`;
}

function describe(): void {
  const { name, times, otherKeys } = map;
  const seconds = Math.round((times.at(-1)! - times[0]!) / 1000);
  const whose = key.name === '' || key.name === 'all keys' ? '' : `[${key.name}]`;
  const more = otherKeys > 0 ? `; ${number.format(otherKeys)} keys have no picture of their own` : '';
  element('title').textContent = data.title;
  document.title = `${name} · ${data.title}`;
  element('totals').textContent = map.rows.length === 0 ? `${name} is empty` : `${name}${whose}: ${number.format(key.total)} values in ${number.format(seconds)} s, most in a cell ${number.format(most)}${more}`;
  element('details').textContent = '';
  legend();
}

function legend(): void {
  const ramp = document.createElement('canvas');
  ramp.width = 128;
  ramp.height = 1;
  const context = ramp.getContext('2d')!;
  for (let x = 0; x < ramp.width; x++) {
    context.fillStyle = paint(isEven ? (x / 127) * most : Math.expm1((x / 127) * Math.log(1 + most)));
    context.fillRect(x, 0, 1, 1);
  }
  const colours = document.createElement('li');
  colours.append('1', ramp, number.format(most));
  element('legend').replaceChildren(...(most === 0 ? [] : [colours, ...PERCENTILES.map(([q, dash]) => {
    const item = document.createElement('li');
    const line = document.createElement('i');
    line.className = 'line';
    line.style.borderTopStyle = dash.length > 0 ? 'dashed' : 'solid';
    item.append(line, `p${q}`);
    return item;
  })]));
}

const keyChoice = choose('keys', [], (index) => {
  key = choices(map)[index]!;
  draw();
});

function show(index: number): void {
  map = data.maps[index]!;
  const all = choices(map);
  key = all[0]!;
  fill(keyChoice, all.map(({ name, total }) => `${name} (${number.format(total)})`));
  draw();
}

choose('maps', data.maps.map(({ name }) => name), show);
element('tools').addEventListener('submit', (event) => event.preventDefault());
element('reset').addEventListener('click', draw);
element('scale').addEventListener('click', () => {
  isEven = !isEven;
  element('scale').setAttribute('aria-pressed', String(isEven));
  draw();
});
onLook(draw);
show(0);
