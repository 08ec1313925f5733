// The chart's page: a line for each key of a map over time.
//
//   in     the element `data`: ChartData as JSON
//   facts  uPlot draws lines and axes, and zooms. Few lines can be told apart: the largest keys are drawn at first, each of the others when it is asked for

import uPlot from 'uplot';
import type { ChartData, ChartMapData } from '../../runtime/output/over-time/chart-data.js';
import { axis, choose, clock, element, fill, marked, number, onLook, shown, timeMarks } from '../shared/page-parts.js';

const data = JSON.parse(element('data').textContent) as ChartData;
const DRAWN_AT_FIRST = 8;
const [HEIGHT, LOW_HEIGHT] = [440, 300];
const PHONE = 700;
/** Hues that are told apart, also by those who see fewer colours; in the order in which they are given out. */
const HUES = [255, 45, 150, 330, 95, 200, 20, 285];

let map: ChartMapData = data.maps[0]!;
let view = 0;
let graph: uPlot | undefined;
let drawn = new Set<number>();

function colourOf(index: number): string {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const turn = Math.floor(index / HUES.length) % 3;
  return `oklch(${(isDark ? 0.75 : 0.55) + (turn - (turn > 0 ? 1.5 : 0)) * 0.12} 0.15 ${HUES[index % HUES.length]!})`;
}

function draw(): void {
  graph?.destroy();
  graph = undefined;
  describe();
  legend();
  const main = element('graph');
  if (map.times.length === 0 || map.keys.length === 0) return;
  graph = new uPlot({
    width: main.clientWidth, height: main.clientWidth < PHONE ? LOW_HEIGHT : HEIGHT, legend: { show: false }, padding: [12, 32, 0, 0],
    cursor: { y: false, drag: { x: true, y: false } },
    // one time alone is a point in the middle
    scales: { x: { time: true, ...(map.times.length === 1 && { range: () => [map.times[0]! / 1000 - 1, map.times[0]! / 1000 + 1] as [number, number] }) }, y: { range: (_plot, from, to) => spanOf(from, to) } },
    axes: [axis({ values: timeMarks, space: 90 }), axis({ size: 64, values: (_plot, splits) => splits.map(marked) })],
    series: [{}, ...map.keys.map((_, i): uPlot.Series => ({ show: drawn.has(i), stroke: colourOf(i), width: 2, spanGaps: false, points: { show: map.times.length < 3, size: 7 } }))],
    hooks: { setCursor: [({ cursor: { idx } }) => read(idx ?? undefined)] },
  }, [map.times.map((ms) => ms / 1000), ...map.keys.map(({ lines }) => [...lines[view]!])], main);
}

/** From zero, unless what is drawn lies far from it on one side; a little room above. */
function spanOf(from: number | null, to: number | null): [number, number] {
  if (from === null || to === null) return [0, 1];
  const [low, high] = [Math.min(0, from), Math.max(0, to)];
  const isFar = from > 0 && to - from < from / 4 && to > from;
  const room = (isFar ? to - from : high - low || 1) * 0.06;
  return isFar ? [from - room, to + room] : [low < 0 ? low - room : 0, high > 0 ? high + room : 0];
}

/** The values of a time beside their keys; without one what keys are ordered by. */
function read(index: number | undefined): void {
  const values = element('keys').querySelectorAll('b');
  map.keys.forEach(({ lines, total }, i) => {
    const value = index === undefined ? total : lines[view]![index];
    values[i]!.textContent = value === null || value === undefined ? '–' : shown(value);
  });
  element('details').textContent = index === undefined ? '' : `${clock(map.times[index]!)}: ${[...drawn].sort((a, b) => a - b).map((i) => {
    const value = map.keys[i]!.lines[view]![index];
    return `${map.keys[i]!.name || map.name} ${value === null || value === undefined ? '–' : shown(value)}`;
  }).join(', ')}`;
}

function describe(): void {
  const { name, keys, times, otherKeys, adds } = map;
  const seconds = times.length < 2 ? 0 : Math.round((times.at(-1)! - times[0]!) / 1000);
  const total = adds ? [`${number.format(keys.reduce((sum, key) => sum + key.total, 0))} in all`] : [];
  const count = keys[0]?.name === '' || map.views[0] === 'percentiles' ? [] : [`${number.format(keys.length)} ${keys.length === 1 ? 'key' : 'keys'}`];
  const when = `${number.format(times.length)} ${times.length === 1 ? 'time' : 'times'} in ${number.format(seconds)} s`;
  const left = !adds && otherKeys > 0 ? [`${number.format(otherKeys)} keys are not drawn`] : [];
  element('title').textContent = data.title;
  document.title = `${name} · ${data.title}`;
  element('totals').textContent = keys.length === 0 ? `${name} is empty` : `${name}: ${[...total, ...count, when, ...left].join(', ')}`;
  element('details').textContent = '';
}

function legend(): void {
  element('keys').replaceChildren(...map.keys.map(({ name, total }, i) => {
    const item = document.createElement('li');
    const button = document.createElement('button');
    const patch = document.createElement('i');
    const text = document.createElement('span');
    const value = document.createElement('b');
    patch.style.background = colourOf(i);
    text.textContent = name || map.name;
    value.textContent = shown(total);
    button.type = 'button';
    button.setAttribute('aria-pressed', String(drawn.has(i)));
    button.append(patch, text, value);
    button.addEventListener('click', () => {
      if (drawn.has(i)) drawn.delete(i);
      else drawn.add(i);
      button.setAttribute('aria-pressed', String(drawn.has(i)));
      graph?.setSeries(i + 1, { show: drawn.has(i) });
    });
    item.append(button);
    return item;
  }));
}

const viewChoice = choose('views', [], (index) => {
  view = index;
  draw();
});

function show(index: number): void {
  map = data.maps[index]!;
  view = 0;
  drawn = new Set(map.keys.slice(0, DRAWN_AT_FIRST).keys());
  fill(viewChoice, map.views);
  draw();
}

choose('maps', data.maps.map(({ name }) => name), show);
element('tools').addEventListener('submit', (event) => event.preventDefault());
element('reset').addEventListener('click', draw);
onLook(draw);
show(0);
