// Elements of an array that has a text for each index (ManifestMap.keyTexts) as elements that are keyed by those texts.
//
//   in     the array as the kernel has it: all elements, written or not
//   out    those that something was added to, with keys as a map keyed by strings has them

import type { ManifestMap } from '../../model/layout/manifest.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { roundUp, sizeOf } from '../../model/types/size.js';
import type { RawMap } from '../../model/layout/raw-map.js';

/** @param shown  indexes of elements that are there though nothing was added to them */
export function namedElements(spec: ManifestMap, raw: RawMap, cpuCount: number, shown: ReadonlySet<number>): { readonly spec: ManifestMap; readonly raw: RawMap } {
  const keySize = sizeOf(spec.key!);
  const there = indexesWritten(spec, raw, cpuCount, shown);
  const bytes = bytesOfElement(spec, cpuCount);
  const keys = new Uint8Array(there.length * keySize);
  const values = new Uint8Array(there.length * bytes);
  there.forEach((index, i) => {
    keys.set(bytesOfText(spec.keyTexts![index]!).subarray(0, keySize), i * keySize);
    values.set(raw.values.subarray(index * bytes, (index + 1) * bytes), i * bytes);
  });
  return { spec: { ...spec, keySize }, raw: { count: there.length, keys, values } };
}

/** Indexes of elements that something was added to. */
export function indexesWritten(spec: ManifestMap, { count, values }: RawMap, cpuCount: number, shown: ReadonlySet<number> = new Set()): number[] {
  const bytes = bytesOfElement(spec, cpuCount);
  const isWritten = (index: number): boolean => values.subarray(index * bytes, (index + 1) * bytes).some((byte) => byte !== 0);
  return Array.from({ length: count }, (_, index) => index).filter((index) => shown.has(index) || isWritten(index));
}

/** Bytes of one element on all CPUs. */
export function bytesOfElement({ perCpu, valueSize }: ManifestMap, cpuCount: number): number {
  return roundUp(valueSize, 8) * (perCpu ? cpuCount : 1);
}
