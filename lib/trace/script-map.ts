// A map of the script: how it prints, and the operations on all of it.
//
//   idea   a map that programs only add to is never written to when it is taken: what it held is subtracted from what it holds later
//          (taken-elements.ts for maps with keys), so its sums are exact

import type { EventSpec, ManifestMap } from '../model/layout/manifest.js';
import type { RawMap } from '../model/layout/raw-map.js';
import type { PrintOptions } from '../language/output-event.js';
import type { MapAccess } from '../language/services.js';
import { addedSince, bytesOfElement, compileReader, indexesWritten, namedElements, readMap, sameValue, zeroEntry, type MergedMap, type ReadOptions } from '../runtime/collect/index.js';
import { printAll, type Writer } from '../runtime/output/index.js';
import type { SessionMap } from '../runtime/session/kernel.js';
import { compileKeyBytes, type KeyBytes } from './key-bytes.js';
import { TakenElements } from './taken-elements.js';
import { wholeMap } from './whole-map.js';

/** Elements that have been cleared may keep so much of a map's room. */
const MOST_KEPT = 1 / 4;

export interface ScriptMapOptions {
  /** the kernel's side of maps, by kernel name */
  readonly map: (kernelName: string) => SessionMap;
  /** possible CPUs */
  readonly cpuCount: number;
  readonly writer: Writer;
  /** histograms print with their percentiles */
  readonly percentiles?: boolean;
}

export class ScriptMap implements MapAccess {
  /** called with what the map held when it is emptied: by the script, or by who takes it */
  onEmptied: ((map: MergedMap) => void) | undefined;
  /** zero() was called on a scalar that had been written: its element is there though its bytes say nothing of it */
  private zeroed = false;
  /** what an array that programs only add to held when it was cleared */
  private taken: Uint8Array | undefined;
  /** arrays with keyTexts: elements that zero() has left in the map */
  private shown: ReadonlySet<number> = new Set();
  /** of another map that programs only add to */
  private readonly takenElements: TakenElements | undefined;
  /** how often the map was emptied: what was read before is out of date */
  private age = 0;
  private taking: Promise<unknown> = Promise.resolve();
  /** calls of takeAside() that have not ended */
  private takes = 0;
  private kept: SessionMap | undefined;
  private keyBytes: KeyBytes | undefined;

  constructor(
    readonly spec: ManifestMap,
    private readonly options: ScriptMapOptions,
    private readonly readOptions: ReadOptions,
  ) {
    if (!this.isArray && spec.addedWords !== undefined) this.takenElements = new TakenElements(spec, options.cpuCount);
  }

  /** The elements as they are now, CPUs merged, in print order. */
  read(): MergedMap {
    return this.merge(this.sinceTaken(this.kernelMap.readAll()));
  }

  /** The element of one key alone, or none; undefined: the key's bytes cannot be told for certain (key-bytes.ts). */
  readKey(key: unknown): MergedMap | undefined {
    const bytes = this.bytesOfKey(key);
    return bytes && this.merge(this.elementOf(bytes));
  }

  /** The same; the kernel copies on a thread of the pool. */
  async readAside(): Promise<MergedMap> {
    return this.merge(this.sinceTaken(await this.rawAside()));
  }

  /** The elements as they are now; the map is cleared, or its values zeroed, in the same step.
   *
   *  Scalars that programs only add to are exact: nothing is written, later reads are differences. Other scalars are read and then
   *  zeroed. So are maps with keys that programs only add to, unless clearing them has to make room. Else elements are taken out
   *  under the lock of their bucket; what a program adds to one that it looked up before goes with it: at most one addition for each
   *  CPU and call. */
  take(how: 'clear' | 'zero'): MergedMap {
    if (this.isArray) return this.told(this.takeArray(how));
    if (this.takenElements) {
      const now = this.kernelMap.readAll();
      if (how === 'zero') return this.told(this.merge(this.zeroElements(this.takenElements, now)));
      if (now.count <= this.spec.maxEntries * MOST_KEPT) {
        this.age++;
        return this.told(this.merge(this.takenElements.take(now, (key) => this.kernelMap.takeKey(key))));
      }
    }
    return this.told(this.merge(this.emptied(this.sinceTaken(this.kernelMap.takeAll(how === 'zero')))));
  }

  /** Reads and starts again. Exact for maps that programs only add to, with keys too; others as take('clear'). One call after the other. */
  takeAside(): Promise<MergedMap> {
    const result = this.taking.then(async () => {
      const { takenElements } = this;
      if (this.isArray) return this.told(this.takeArray('clear'));
      if (takenElements) {
        const raw = takenElements.take(await this.rawAside(), (key) => this.kernelMap.takeKey(key));
        // a reading that began before would be held against what has been taken since
        this.age++;
        return this.told(this.merge(raw));
      }
      return this.told(this.merge(this.emptied(await this.kernelMap.takeAllAside())));
    });
    this.takes++;
    this.taking = result.catch(() => undefined).then(() => void this.takes--);
    return result;
  }

  /** What is being taken now; undefined: nothing. Whoever reads the map for the last time waits for it: the same additions would be in both, or in neither. */
  get beingTaken(): Promise<unknown> | undefined {
    return this.takes > 0 ? this.taking : undefined;
  }

  /** Takes out the elements of a key, as users give it. @returns whether there were any */
  deleteKey(key: unknown): boolean {
    const { spec } = this;
    if (spec.key === undefined) {
      const wasThere = this.read().entries.length > 0;
      this.clear();
      return wasThere;
    }
    if (spec.keyTexts) return this.takeElement(spec.keyTexts.findIndex((text) => text !== '' && text === key));
    const bytes = this.bytesOfKey(key);
    if (bytes) return this.elementOf(bytes).count > 0 && this.deleteElement(bytes);
    const { count, keys } = this.sinceTaken(this.kernelMap.readAll());
    const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
    const readKey = compileReader(spec.key, this.readOptions);
    let deleted = false;
    for (let at = 0; at < count * spec.keySize; at += spec.keySize) {
      if (sameValue(readKey(view, at), key) && this.deleteElement(keys.subarray(at, at + spec.keySize))) deleted = true;
    }
    return deleted;
  }

  print(call: EventSpec, top: number, divisor: number, after?: 'clear' | 'zero'): void {
    const map = after === undefined ? this.read() : this.take(after);
    this.emit(call, map, this.printOptions(top, divisor));
  }

  printAtEnd(): void {
    this.emit(undefined, this.read(), { ...printAll, percentiles: this.options.percentiles });
  }

  /** Of print(@m, top, divisor). */
  printOptions(top: number, divisor: number): PrintOptions {
    return { top, divisor, explicit: true, percentiles: this.options.percentiles };
  }

  clear(): void {
    if (this.onEmptied) this.take('clear');
    else if (this.isArray) this.takeArray('clear');
    else {
      this.kernelMap.deleteAll();
      this.emptied(undefined);
    }
  }

  zero(): void {
    if (this.onEmptied) this.take('zero');
    else if (this.isArray) this.takeArray('zero');
    else if (this.takenElements) this.zeroElements(this.takenElements, this.kernelMap.readAll());
    else {
      this.kernelMap.zeroAll();
      this.emptied(undefined);
    }
  }

  private told(map: MergedMap): MergedMap {
    this.onEmptied?.(map);
    return map;
  }

  private emit(spec: EventSpec | undefined, map: MergedMap, options: PrintOptions): void {
    this.options.writer.emit({ type: 'map', spec, map, options });
  }

  private bytesOfKey(key: unknown): Uint8Array | undefined {
    if (this.isArray) return undefined;
    return (this.keyBytes ??= compileKeyBytes(this.spec, this.readOptions))(key);
  }

  /** The element with these bytes for a key, or none. */
  private elementOf(key: Uint8Array): RawMap {
    const value = this.kernelMap.lookup(key);
    return value === undefined ? { count: 0, keys: new Uint8Array(), values: new Uint8Array() } : this.sinceTaken({ count: 1, keys: key, values: value });
  }

  /** @returns whether the kernel still had it */
  private deleteElement(key: Uint8Array): boolean {
    const deleted = this.kernelMap.delete(key);
    this.takenElements?.forget(key);
    this.age++;
    return deleted;
  }

  /** Elements of an array always exist: the element is there when something was added to it since the map was cleared. */
  private get isArray(): boolean {
    return this.spec.key === undefined || this.spec.keyTexts !== undefined;
  }

  /** @returns whether something had been added to it */
  private takeElement(index: number): boolean {
    const now = this.kernelMap.readAll();
    const since = this.sinceTaken(now);
    if (!indexesWritten(this.spec, since, this.options.cpuCount, this.shown).includes(index)) return false;
    const bytes = bytesOfElement(this.spec, this.options.cpuCount);
    this.taken ??= new Uint8Array(now.values.length);
    this.taken.set(now.values.subarray(index * bytes, (index + 1) * bytes), index * bytes);
    this.shown = new Set([...this.shown].filter((each) => each !== index));
    return true;
  }

  private zeroElements(elements: TakenElements, now: RawMap): RawMap {
    this.age++;
    return elements.zero(now);
  }

  private emptied<T>(raw: T): T {
    this.takenElements?.startAgain();
    this.age++;
    return raw;
  }

  private merge(raw: RawMap): MergedMap {
    if (this.spec.keyTexts) {
      const named = namedElements(this.spec, raw, this.options.cpuCount, this.shown);
      return readMap(named.spec, named.raw, this.options.cpuCount, this.readOptions);
    }
    const map = readMap(this.spec, raw, this.options.cpuCount, { ...this.readOptions, zeroed: this.zeroed });
    return this.zeroed && map.entries.length === 0 ? { ...map, entries: [zeroEntry(this.spec, this.readOptions)] } : map;
  }

  /** Reads the kernel's map, again when it was emptied meanwhile. */
  private async rawAside(): Promise<RawMap> {
    for (;;) {
      const { age } = this;
      const raw = await this.kernelMap.readAllAside();
      if (age === this.age) return raw;
    }
  }

  private sinceTaken(now: RawMap): RawMap {
    if (this.takenElements) return this.takenElements.since(now);
    return this.taken === undefined ? now : { ...now, values: addedSince(this.spec, now.values, this.taken) };
  }

  private takeArray(how: 'clear' | 'zero'): MergedMap {
    const now = this.kernelMap.readAll();
    const raw = this.sinceTaken(now);
    const map = this.merge(raw);
    if (this.spec.addedWords === undefined) this.kernelMap.zeroAll();
    else this.taken = now.values;
    // zero() leaves elements
    this.zeroed = this.spec.key === undefined && how === 'zero' && map.entries.length > 0;
    this.shown = new Set(this.spec.keyTexts && how === 'zero' ? indexesWritten(this.spec, raw, this.options.cpuCount, this.shown) : []);
    this.age++;
    return map;
  }

  private get kernelMap(): SessionMap {
    return (this.kept ??= wholeMap(this.spec, this.options.map));
  }
}
