// What the pages of pictures over time have in common.

import type uPlot from 'uplot';

export const number = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** A number as a reader wants it: whole ones whole, others with a decimal. */
export function shown(value: number): string {
  return short.format(value);
}

/** `1.5M`: for the marks of an axis. */
export function marked(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 }).format(value);
}

export function share(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(2)} %`;
}

/** hh:mm:ss of ms since the epoch. */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB', { hour12: false });
}

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** An axis in the colours of the page. */
export function axis(more: uPlot.Axis): uPlot.Axis {
  const ticks = { stroke: colour('--line'), width: 1 };
  return { stroke: colour('--dim'), grid: ticks, ticks, font: '12px system-ui, sans-serif', ...more };
}

/** Marks of a time axis: 24 hours, the date where it changes. */
export const timeMarks: NonNullable<uPlot.Axis['values']> = [
  [3600 * 24, '{YYYY}-{MM}-{DD}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, null, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
  [0.001, '{HH}:{mm}:{ss}.{fff}', null, null, null, null, null, null, 1],
];

/** Calls back when the width or the colours have changed. */
export function onLook(draw: () => void): void {
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    draw();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
}

/** Fills a choice; one alone is not shown. */
export function choose(id: string, names: readonly string[], chosen: (index: number) => void): HTMLSelectElement {
  const choice = element<HTMLSelectElement>(id);
  fill(choice, names);
  choice.addEventListener('change', () => chosen(Number(choice.value)));
  return choice;
}

export function fill(choice: HTMLSelectElement, names: readonly string[]): void {
  choice.hidden = names.length < 2;
  choice.replaceChildren(...names.map((name, index) => new Option(name, String(index))));
}
