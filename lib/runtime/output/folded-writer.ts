// Stacks as flame graphs want them (language.md 7.2): one line for each stack, its frames from the outermost to the innermost, and a number.
//
//   out    lines on the output stream; what else the script prints, and maps without stacks, is text on stderr
//   facts  the form of Brendan Gregg's stackcollapse programs: frames between `;`, then a blank and the number. `_[k]` marks frames of the
//          kernel and `_[i]` inlined ones, as flamegraph.pl colours them

import { basename } from 'node:path';
import type { Merged } from '../../language/aggregate.js';
import type { MapEntry, MergedMap } from '../../language/merged-map.js';
import type { OutputEvent, PrintOptions } from '../../language/output-event.js';
import type { Manifest, ManifestMap } from '../../model/layout/manifest.js';
import type { Frame } from '../../model/layout/symbols.js';
import type { StackValue, Value } from '../../model/layout/value.js';
import type { StackType, Type } from '../../model/types/types.js';
import { chosenEntries } from './maps.js';
import { escapeControls, type Rendering } from './rendering.js';
import { isNamed, unwound } from './stack.js';
import { compileText } from './text.js';
import { TextWriter } from './text-writer.js';
import type { Writer, WriterOptions } from './writer.js';

const MARKS = { kernel: '_[k]', inlined: '_[i]' };

export class FoldedWriter implements Writer {
  private readonly beside: TextWriter;
  /** maps of more than one stand under their names */
  private readonly isOne: boolean;

  constructor(private readonly options: WriterOptions, manifest: Manifest) {
    this.beside = new TextWriter({ ...options, out: options.errors, terminal: options.terminalErrors });
    this.isOne = manifest.maps.filter(isFolded).length < 2;
  }

  emit(event: OutputEvent): void {
    // the two newlines that text has before maps
    if (event.type === 'events_ended') return;
    if (event.type !== 'map' || !isFolded(event.map.spec)) return this.beside.emit(event);
    const { out, rendering } = this.options;
    for (const [stack, weight] of foldedStacks(event.map, event.options, rendering)) {
      out.write(`${this.isOne ? '' : `${event.map.spec.scriptName};`}${stack} ${weight}\n`);
    }
  }

  flush(): void {
    this.options.out.flush();
    this.beside.flush();
  }
}

export function hasFoldedMaps({ maps }: Manifest): boolean {
  return maps.some(isFolded);
}

/** A map that stacks have numbers in. */
function isFolded({ scriptName, key, value }: ManifestMap): boolean {
  return scriptName !== undefined && key !== undefined && partsOf(key).some((part) => part.kind === 'stack') && isNumber(value);
}

function isNumber(type: Type): boolean {
  return type.kind === 'int' || (type.kind === 'aggregate' && type.name !== 'tseries');
}

function partsOf(key: Type): readonly Type[] {
  return key.kind === 'tuple' ? key.elements : [key];
}

/** Stacks that look the same are one. A number that is not above zero has no width. */
function foldedStacks(map: MergedMap, options: PrintOptions, rendering: Rendering): ReadonlyMap<string, bigint> {
  const fold = compileFold(map.spec.key!, rendering);
  const divisor = BigInt(Math.max(options.divisor, 1));
  const stacks = new Map<string, bigint>();
  for (const entry of chosenEntries(map, options)) {
    const weight = weightOf(entry) / divisor;
    const stack = fold(entry.key!);
    if (weight > 0n) stacks.set(stack, (stacks.get(stack) ?? 0n) + weight);
  }
  return stacks;
}

/** What the other parts of the key say, then the stacks, those of the kernel innermost. */
function compileFold(key: Type, rendering: Rendering): (key: Value) => string {
  const parts = partsOf(key).map((type, index) => ({ type, index }));
  const texts = parts.filter(({ type }) => type.kind !== 'stack').map(({ type, index }) => ({ index, text: compileText(type, rendering) }));
  const stacks = (['user', 'kernel'] as const).flatMap((space) => parts.flatMap(({ type, index }) => (type.kind === 'stack' && type.space === space ? [{ type, index }] : [])));
  return (value) => {
    const values = key.kind === 'tuple' ? (value as readonly Value[]) : [value];
    const frames = [...texts.map(({ index, text }) => text(values[index]!)), ...stacks.flatMap(({ type, index }) => stackFrames(values[index] as StackValue, type, rendering))];
    return frames.map(fit).join(';');
  };
}

/** The outermost first. */
function stackFrames(stack: StackValue, type: StackType, { symbols }: Rendering): string[] {
  const { known, failed } = unwound(stack);
  const found = isNamed(type) ? symbols.frames(known, type.space) : known.addresses.map((address) => ({ address, name: `0x${address.toString(16)}` }));
  const frames = found.map((frame) => frameText(frame, type.space)).reverse();
  return failed ? ['<unwind failure>', ...frames] : frames;
}

function frameText({ name, module, inlined }: Frame, space: StackType['space']): string {
  const text = name ?? (module === undefined ? '[unknown]' : `[${basename(module)}]`);
  return `${text}${space === 'kernel' ? MARKS.kernel : ''}${inlined ? MARKS.inlined : ''}`;
}

/** A frame's text, which must not end the frame or the line. */
function fit(text: string): string {
  return escapeControls(text).replaceAll(';', ':').replaceAll(/[\n\t]/g, ' ');
}

function weightOf({ value, merged }: MapEntry): bigint {
  return merged === undefined ? BigInt(value as number | bigint) : mergedWeight(merged);
}

/** What can be added up: of averages the total, of histograms how many values there were. */
function mergedWeight(merged: Merged): bigint {
  switch (merged.kind) {
    case 'number': return merged.value;
    case 'stats': return merged.total;
    case 'histogram': return [...merged.buckets.values()].reduce((sum, count) => sum + count, 0n);
    case 'tseries': return 0n;
  }
}
