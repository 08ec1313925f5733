// Maps that are keyed by stacks, as profilers see them: samples, each a list of frames and a weight.
//
//   in     a MergedMap, the arguments of print(), a Rendering
//   out    StackSample: what the other parts of the key say, then the stacks, the outermost frame first, those of the kernel innermost
//   facts  a weight that is not above zero has no width in a picture: such elements are left out

import { basename } from 'node:path';
import type { Merged } from '../../../language/aggregate.js';
import type { MapEntry, MergedMap } from '../../../language/merged-map.js';
import type { PrintOptions } from '../../../language/output-event.js';
import type { Manifest, ManifestMap } from '../../../model/layout/manifest.js';
import type { Frame } from '../../../model/layout/symbols.js';
import type { StackValue, Value } from '../../../model/layout/value.js';
import type { StackType, Type } from '../../../model/types/types.js';
import { chosenEntries } from '../maps.js';
import { escapeControls, type Rendering } from '../rendering.js';
import { isNamed, unwound } from '../stack.js';
import { compileText } from '../text.js';

/** part: what another part of the key says;  jit: code that a run-time compiler made;  lost: where the unwinder gave up */
export type FrameKind = 'part' | 'user' | 'jit' | 'kernel' | 'lost';

export interface SampleFrame {
  readonly kind: FrameKind;
  readonly inlined: boolean;
  /** without offset, so that two addresses of a function are one; control characters escaped */
  readonly text: string;
  /** of stacks: where it is */
  readonly frame?: Frame;
}

export interface StackSample {
  /** the outermost first */
  readonly frames: readonly SampleFrame[];
  readonly weight: bigint;
}

/** What is said when a script has no map for a picture. */
export const NO_STACK_MAPS = 'No map has a stack in its key and numbers as values';

export function hasStackMaps({ maps }: Manifest): boolean {
  return maps.some(isStackMap);
}

/** A map that stacks have numbers in. */
export function isStackMap({ scriptName, key, value }: ManifestMap): boolean {
  return scriptName !== undefined && key !== undefined && partsOf(key).some((part) => part.kind === 'stack') && isNumber(value);
}

function isNumber(type: Type): boolean {
  return type.kind === 'int' || (type.kind === 'aggregate' && type.name !== 'tseries');
}

function partsOf(key: Type): readonly Type[] {
  return key.kind === 'tuple' ? key.elements : [key];
}

export function stackSamples(map: MergedMap, options: PrintOptions, rendering: Rendering): StackSample[] {
  const framesOf = compileFrames(map.spec.key!, rendering);
  const divisor = BigInt(Math.max(options.divisor, 1));
  return chosenEntries(map, options).flatMap((entry) => {
    const weight = weightOf(entry) / divisor;
    return weight > 0n ? [{ frames: framesOf(entry.key!), weight }] : [];
  });
}

function compileFrames(key: Type, rendering: Rendering): (key: Value) => SampleFrame[] {
  const parts = partsOf(key).map((type, index) => ({ type, index }));
  const texts = parts.filter(({ type }) => type.kind !== 'stack').map(({ type, index }) => ({ index, text: compileText(type, rendering) }));
  const stacks = (['user', 'kernel'] as const).flatMap((space) => parts.flatMap(({ type, index }) => (type.kind === 'stack' && type.space === space ? [{ type, index }] : [])));
  return (value) => {
    const values = key.kind === 'tuple' ? (value as readonly Value[]) : [value];
    const said = texts.map(({ index, text }): SampleFrame => ({ kind: 'part', inlined: false, text: escapeControls(text(values[index]!)) }));
    return [...said, ...stacks.flatMap(({ type, index }) => stackFrames(values[index] as StackValue, type, rendering))];
  };
}

function stackFrames(stack: StackValue, type: StackType, { symbols }: Rendering): SampleFrame[] {
  const { known, failed } = unwound(stack);
  const found: readonly Frame[] = isNamed(type) ? symbols.frames(known, type.space) : known.addresses.map((address) => ({ address, name: `0x${address.toString(16)}` }));
  const frames = found.map((frame): SampleFrame => ({ kind: kindOf(frame, type), inlined: frame.inlined ?? false, text: escapeControls(nameOf(frame)), frame })).reverse();
  return failed ? [{ kind: 'lost', inlined: false, text: '<unwind failure>' }, ...frames] : frames;
}

/** Code that was compiled at run time lies in no file. */
function kindOf({ name, module }: Frame, type: StackType): FrameKind {
  if (type.space === 'kernel') return 'kernel';
  return isNamed(type) && name !== undefined && module === undefined ? 'jit' : 'user';
}

function nameOf({ name, module }: Frame): string {
  return name ?? (module === undefined ? '[unknown]' : `[${basename(module)}]`);
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
