// One map of a script, while it is traced and afterwards.
//
//   facts  what reads and changes the kernel's map at once is done on this thread: some ns for each element. read() and take() leave the event
//          loop alone while the kernel copies

import type { ManifestMap } from '../model/layout/manifest.js';
import type { Type } from '../model/types/types.js';
import type { MergedMap } from '../language/merged-map.js';
import { TbpfError } from '../model/diagnostics/errors.js';
import { sameValue } from '../runtime/collect/same-value.js';
import { mapText, type Rendering } from '../runtime/output/index.js';
import type { ScriptMap } from '../trace/script-map.js';
import { mapEntries } from './map-entries.js';
import { checkKey } from './map-key.js';
import { knownOptions, wholeNumber } from './check.js';
import type { AnyTypes, Entry, KeyOf, MapName, ScriptTypes, ValueOf } from './script-types.js';

/** What a map holds. */
export interface MapType {
  /** of the kernel: `hash`, `percpu_hash`, `array` … */
  readonly kind: string;
  /** undefined: a map without keys */
  readonly key: Type | undefined;
  readonly value: Type;
  readonly maxEntries: number;
}

export class MapHandle<S extends ScriptTypes = AnyTypes, N extends MapName<S> = MapName<S>> implements Iterable<Entry<S, N>> {
  readonly name: N;
  readonly type: MapType;
  readonly #map: ScriptMap;
  readonly #rendering: Rendering;
  /** what it held when the trace ended */
  #kept: MergedMap | undefined;

  /** @internal */
  constructor(map: ScriptMap, rendering: Rendering) {
    const { scriptName, mapType, key, value, maxEntries }: ManifestMap = map.spec;
    this.name = scriptName as N;
    this.type = { kind: mapType, key, value, maxEntries };
    this.#map = map;
    this.#rendering = rendering;
  }

  /** How many elements there are. */
  get size(): number {
    return this.#read().entries.length;
  }

  /** Of a map without keys; undefined: nothing was written to it. */
  get value(): ValueOf<S, N> | undefined {
    return this.#map.spec.key === undefined ? this.#entries()[0]?.value : undefined;
  }

  /** The elements in the order in which print() shows them: by value, then by key. */
  [Symbol.iterator](): Iterator<Entry<S, N>> {
    return this.#entries()[Symbol.iterator]();
  }

  /** undefined: there is no such key. Of keys that are integers, enums, booleans and texts, and of tuples and records of these,
   *  a single element is read; of other keys, of texts that were cut and of histograms the whole map.
   *  @throws OptionError  keys of the map have another shape */
  lookup(key: KeyOf<S, N>): ValueOf<S, N> | undefined {
    checkKey(String(this.name), this.type.key, key);
    const map = this.#kept ?? this.#map.readKey(key) ?? this.#read();
    return this.#entriesOf(map).find((entry) => sameValue(entry.key, key))?.value;
  }

  /** @returns whether there was such a key
   *  @throws OptionError  keys of the map have another shape
   *  @throws TbpfError ERR_CLOSED  the trace has ended */
  delete(key: KeyOf<S, N>): boolean {
    checkKey(String(this.name), this.type.key, key);
    return this.#live('delete()').deleteKey(key);
  }

  /** Deletes every element. @throws TbpfError ERR_CLOSED */
  clear(): void {
    this.#live('clear()').clear();
  }

  /** Sets every value to zero; the keys stay. @throws TbpfError ERR_CLOSED */
  zero(): void {
    this.#live('zero()').zero();
  }

  /** What print(@m, top, divisor) prints. */
  format(options: { readonly top?: number; readonly divisor?: number } = {}): string {
    knownOptions('options', options, ['top', 'divisor']);
    const top = wholeNumber('options.top', options.top, 0) ?? 0;
    const divisor = wholeNumber('options.divisor', options.divisor, 0) ?? 0;
    return mapText(this.#read(), this.#map.printOptions(top, divisor), this.#rendering);
  }

  /** The elements, as the iterator gives them, read off the event loop. */
  async read(): Promise<readonly Entry<S, N>[]> {
    return this.#entriesOf(this.#kept ?? await this.#map.readAside());
  }

  /** Reads and starts again at zero. Of maps that programs only add to (count, sum, avg, stats, hist, lhist, `@x++`, `@x += n`) no addition is lost
   *  between the two; of others see docs/losses.md. @throws TbpfError ERR_CLOSED */
  async take(): Promise<readonly Entry<S, N>[]> {
    return this.#entriesOf(await this.#live('take()').takeAside());
  }

  /** @internal  the trace is about to free its maps */
  async keep(): Promise<void> {
    for (let taken = this.#map.beingTaken; taken; taken = this.#map.beingTaken) await taken;
    this.#kept = this.#map.read();
  }

  #live(what: string): ScriptMap {
    if (this.#kept) throw new TbpfError(`${what} of map ${String(this.name)}: the trace has ended, its maps can only be read`, { code: 'ERR_CLOSED' });
    return this.#map;
  }

  #read(): MergedMap {
    return this.#kept ?? this.#map.read();
  }

  #entries(): readonly Entry<S, N>[] {
    return this.#entriesOf(this.#read());
  }

  #entriesOf(map: MergedMap): readonly Entry<S, N>[] {
    return mapEntries(map) as Entry<S, N>[];
  }
}
