// The elements of a map with keys as they are since the map was last taken.
//
//   idea   taking writes nothing to the kernel's map: what it held is subtracted later, so no addition can fall between reading and starting again.
//          Elements that nobody adds to any more leave the map when more than half of it is in use
//   facts  ManifestMap.addedWords: programs only add to these words. An element that a program looked up right before it was taken out of the kernel's
//          map gets an addition that nobody sees: at most one for each CPU, and only for elements that had been idle since the last take

import type { ManifestMap } from '../model/layout/manifest.js';
import type { RawMap } from '../model/layout/raw-map.js';
import { addedSince, bytesOfElement } from '../runtime/collect/index.js';

/** Takes an element out of the kernel's map. @returns its value; undefined: it was gone */
export type TakeKey = (key: Uint8Array) => Uint8Array | undefined;

export class TakenElements {
  /** values by key */
  private before: Map<string, Uint8Array> | undefined;
  /** keys of elements that zero() has left in the map */
  private shown: ReadonlySet<string> = new Set();
  private readonly valueBytes: number;

  constructor(
    private readonly spec: ManifestMap,
    cpuCount: number,
  ) {
    this.valueBytes = bytesOfElement(spec, cpuCount);
  }

  /** What was added since the last take or zero; elements without an addition are left out, unless zero() has left them. */
  since(now: RawMap): RawMap {
    return this.before === undefined ? now : joined(this.visible(now, this.before));
  }

  /** The same, and from now on its elements count as zero. */
  zero(now: RawMap): RawMap {
    const visible = this.before === undefined ? this.elements(now) : this.visible(now, this.before);
    this.shown = new Set(visible.map(({ key }) => nameOf(key)));
    this.startFrom(now);
    return joined(visible);
  }

  /** What was added since then, and from now on the map counts as empty. */
  take(now: RawMap, takeKey: TakeKey): RawMap {
    const { changed, idle } = this.before === undefined ? { changed: this.elements(now), idle: [] } : this.changes(now, this.before);
    this.startFrom(now);
    this.shown = new Set();
    if (now.count * 2 > this.spec.maxEntries) changed.push(...this.takeOut(idle, takeKey));
    return joined(changed);
  }

  /** The kernel's map has been emptied. */
  startAgain(): void {
    this.before = undefined;
    this.shown = new Set();
  }

  /** An element has been taken out of the kernel's map. */
  forget(key: Uint8Array): void {
    this.before?.delete(nameOf(key));
  }

  private startFrom(now: RawMap): void {
    this.before = new Map(this.elements(now).map(({ key, value }) => [nameOf(key), Uint8Array.from(value)]));
  }

  private visible(now: RawMap, before: ReadonlyMap<string, Uint8Array>): Element[] {
    const { changed, idle } = this.changes(now, before);
    const zeros = idle.filter(({ key }) => this.shown.has(nameOf(key))).map(({ key, value }) => ({ key, value: addedSince(this.spec, value, value) }));
    return [...changed, ...zeros];
  }

  private takeOut(idle: readonly Element[], takeKey: TakeKey): Element[] {
    return idle.flatMap(({ key }) => {
      const value = takeKey(key);
      const before = this.before!.get(nameOf(key))!;
      this.forget(key);
      return value === undefined || Buffer.compare(value, before) === 0 ? [] : [{ key, value: addedSince(this.spec, value, before) }];
    });
  }

  private changes(now: RawMap, before: ReadonlyMap<string, Uint8Array>): { readonly changed: Element[]; readonly idle: Element[] } {
    const changed: Element[] = [];
    const idle: Element[] = [];
    for (const element of this.elements(now)) {
      const { key, value } = element;
      const base = before.get(nameOf(key));
      if (base === undefined) changed.push(element);
      else if (Buffer.compare(value, base) === 0) idle.push(element);
      else changed.push({ key, value: addedSince(this.spec, value, base) });
    }
    return { changed, idle };
  }

  private elements({ count, keys, values }: RawMap): Element[] {
    const { valueBytes, spec: { keySize } } = this;
    return Array.from({ length: count }, (_, i) => ({ key: keys.subarray(i * keySize, (i + 1) * keySize), value: values.subarray(i * valueBytes, (i + 1) * valueBytes) }));
  }
}

interface Element {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function joined(elements: readonly Element[]): RawMap {
  return { count: elements.length, keys: Buffer.concat(elements.map(({ key }) => key)), values: Buffer.concat(elements.map(({ value }) => value)) };
}
