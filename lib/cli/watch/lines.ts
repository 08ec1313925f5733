// What would have appeared on the terminal while maps were shown: its last lines stand below the maps, and all that is kept is printed when the screen is left.

import { stripVTControlCharacters } from 'node:util';
import { escapeControls, type Sink } from '../../runtime/output/index.js';

/** Characters that are kept. */
const MOST_KEPT = 256 * 1024;
const CHUNK = 4096;
/** Characters that are looked at for the last lines. */
const MOST_SHOWN = 16 * 1024;
const TAB = 8;

interface Chunk {
  readonly sink: Sink;
  text: string;
}

export class Lines {
  private chunks: Chunk[] = [];
  private kept = 0;
  private dropped = 0;

  /** @param changed  called when something was added */
  constructor(private readonly changed: () => void) {}

  add(sink: Sink, text: string): void {
    const last = this.chunks.at(-1);
    if (last?.sink === sink && last.text.length < CHUNK) last.text += text;
    else this.chunks.push({ sink, text });
    this.kept += text.length;
    while (this.kept > MOST_KEPT && this.chunks.length > 1) {
      const { text: old } = this.chunks.shift()!;
      this.kept -= old.length;
      this.dropped += old.split('\n').length - 1;
    }
    this.changed();
  }

  /** The last lines, fit for a row each. */
  last(count: number): readonly string[] {
    let text = '';
    for (let i = this.chunks.length - 1; i >= 0 && text.length < MOST_SHOWN; i--) text = this.chunks[i]!.text + text;
    const lines = text.slice(-MOST_SHOWN).split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(-count).map(fit);
  }

  /** Lines that were not kept. */
  get droppedLines(): number {
    return this.dropped;
  }

  /** Writes what is kept to where it belongs, and forgets it. */
  release(): void {
    for (const { sink, text } of this.chunks.splice(0)) {
      sink.write(text);
      sink.flush();
    }
    this.kept = 0;
  }
}

/** Colours are for the ordinary screen; a carriage return begins the line anew. */
function fit(line: string): string {
  const shown = stripVTControlCharacters(line.replace(/\r$/, '').split('\r').at(-1)!);
  const [first, ...others] = shown.split('\t') as [string, ...string[]];
  return escapeControls(others.reduce((text, part) => `${text}${' '.repeat(TAB - (text.length % TAB))}${part}`, first));
}
