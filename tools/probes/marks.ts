// Which part of a script comes from which part of what the user typed, so that what the compiler says about the script is shown there.
//
//   idea   translated text carries its origin between characters that no script holds; they are taken out when the script is whole

import type { Span } from './tree.js';

const OPEN = '\ue000';
const INNER = '\ue001';
const CLOSE = '\ue002';

export interface Origin extends Span {
  /** which of the texts on the command line */
  readonly probe: number;
}

export function marked(text: string, probe: number, { start, end }: Span): string {
  return `${OPEN}${probe},${start},${end}${INNER}${text}${CLOSE}`;
}

export interface MarkedScript {
  readonly text: string;
  /** Where the smallest translated part around a place of the script comes from. */
  originOf(offset: number): Origin | undefined;
}

export function unmark(text: string): MarkedScript {
  const parts: { readonly from: number; to: number; readonly origin: Origin }[] = [];
  const open: (typeof parts)[number][] = [];
  let plain = '';
  for (const [piece] of text.matchAll(/\ue000[^\ue001]*\ue001|\ue002|[^\ue000\ue002]+/g)) {
    if (piece === CLOSE) open.pop()!.to = plain.length;
    else if (piece.startsWith(OPEN)) {
      const [probe, start, end] = piece.slice(1, -1).split(',').map(Number) as [number, number, number];
      const part = { from: plain.length, to: plain.length, origin: { probe, start, end } };
      parts.push(part);
      open.push(part);
    } else plain += piece;
  }
  return {
    text: plain,
    originOf(offset) {
      const around = parts.filter(({ from, to }) => from <= offset && offset < to);
      return around.sort((a, b) => a.to - a.from - (b.to - b.from))[0]?.origin;
    },
  };
}
