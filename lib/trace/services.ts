// What the run-time half of the language's functions may use, made of the runtime's rooms.
//
//   in     manifest, maps of the session, the writer
//   out    Services; the handlers of all events, each built when its first record comes

import type { EventSpec, Manifest, ManifestMap } from '../model/layout/manifest.js';
import { bug } from '../model/diagnostics/errors.js';
import { functions } from '../language/functions/index.js';
import { isWarning, type PrintOptions } from '../language/output-event.js';
import type { EventHandler, MapAccess, Services } from '../language/services.js';
import { addedSince, bytesOfElement, compileReader, compileRecordFormat, indexesWritten, namedElements, readMap, recordReader, sameValue, zeroEntry, type MergedMap, type RawMap, type ReadOptions } from '../runtime/collect/index.js';
import { decodeText } from '../model/syntax/decode-text.js';
import { compileText, printAll, type Rendering, type Writer } from '../runtime/output/index.js';
import { withForeignFile } from '../runtime/native/foreign-file.js';
import type { RecordHandler } from '../runtime/session/drain.js';
import type { SessionMap } from '../runtime/session/kernel.js';
import { recordsOf } from './records.js';
import { runShell } from './shell.js';
import { Warnings } from './warnings.js';
import { wholeMap } from './whole-map.js';

export interface ServicesOptions {
  readonly manifest: Manifest;
  /** the kernel's side of maps, by kernel name */
  readonly map: (kernelName: string) => SessionMap;
  /** possible CPUs */
  readonly cpuCount: number;
  readonly writer: Writer;
  /** names in the texts of commands and paths */
  readonly rendering: Rendering;
  readonly exit: (status: number) => void;
  /** ns since the epoch; default the clock of the system */
  readonly now?: () => bigint;
  /** false: neither failures of helpers nor warnf() are reported (--no-warnings) */
  readonly warnings?: boolean;
}

/** Services, and what the end of a script needs of its maps. */
export class ScriptServices implements Services {
  readonly manifest: Manifest;
  readonly warnings = new Warnings((event, result, more) => this.warnOf(this.manifest.events[event]!, result, more));
  private readonly readOptions: ReadOptions;
  private readonly maps = new Map<string, ScriptMap>();

  constructor(private readonly options: ServicesOptions) {
    this.manifest = options.manifest;
    this.readOptions = { truncationTrailer: String(options.manifest.config['str_trunc_trailer'] ?? '..') };
    for (const spec of options.manifest.maps) this.maps.set(spec.name, new ScriptMap(spec, options, this.readOptions));
  }

  recordReader: Services['recordReader'] = (layout) => recordReader(layout, this.readOptions);

  recordFormat: Services['recordFormat'] = (layout, pieces) => compileRecordFormat(layout, pieces, { textOf: (type) => compileText(type, this.options.rendering) }, this.readOptions);

  recordsOf: Services['recordsOf'] = (spec) => recordsOf(spec, this.readOptions);

  emit: Services['emit'] = (event) => {
    if (this.options.warnings === false && isWarning(event)) return;
    this.options.writer.emit(event);
  };

  private warnOf(spec: EventSpec, retcode: number, more?: number): void {
    if (spec.handler === 'runtime_error') return this.emit({ type: 'runtime_error', spec, text: (spec.data as { text: string }).text, more });
    if (spec.handler !== 'helper_error') bug('trace', `events of '${spec.handler}' are no warnings`);
    this.emit({ type: 'helper_error', spec, helper: (spec.data as { helper: string }).helper, retcode, more });
  }

  map(kernelName: string): ScriptMap {
    return this.maps.get(kernelName) ?? bug('trace', `an event names map ${kernelName}, which the script does not have`);
  }

  exit: Services['exit'] = (status) => this.options.exit(status);

  nowNs: Services['nowNs'] = () => this.options.now?.() ?? BigInt(Date.now()) * 1_000_000n;

  runShell: Services['runShell'] = (command) => {
    this.options.writer.flush();
    return runShell(command);
  };

  readFile: Services['readFile'] = (path, maxBytes) => readStart(path, maxBytes);

  /** Maps of the script in the order in which they print at the end. */
  get mapsByName(): ScriptMap[] {
    return [...this.maps.values()].filter(({ spec }) => spec.scriptName !== undefined).sort((a, b) => (a.spec.scriptName! < b.spec.scriptName! ? -1 : 1));
  }
}

/** A map of the script: how it prints, and the operations on all of it. */
export class ScriptMap implements MapAccess {
  /** zero() was called on a scalar that had been written: its element is there though its bytes say nothing of it */
  private zeroed = false;
  /** what a map that programs only add to held when it was cleared */
  private taken: Uint8Array | undefined;
  /** arrays with keyTexts: elements that zero() has left in the map */
  private shown: ReadonlySet<number> = new Set();
  private kept: SessionMap | undefined;

  constructor(
    readonly spec: ManifestMap,
    private readonly options: ServicesOptions,
    private readonly readOptions: ReadOptions,
  ) {}

  /** The elements as they are now, CPUs merged, in print order. */
  read(): MergedMap {
    return this.merge(this.readRaw());
  }

  /** The elements as they are now; the map is cleared, or its values zeroed, in the same step.
   *
   *  Scalars that programs only add to are exact: nothing is written, later reads are differences. Other scalars are read and then
   *  zeroed. Elements of maps with keys are taken out under the lock of their bucket; what a program adds to one that it looked up
   *  before goes with it: at most one addition for each CPU and call. */
  take(how: 'clear' | 'zero'): MergedMap {
    const raw = this.isArray ? this.takeArray() : this.kernelMap.takeAll(how === 'zero');
    const map = this.merge(raw);
    this.leave(how, raw, map.entries.length > 0);
    return map;
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
    const { count, keys } = this.kernelMap.readAll();
    const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
    const readKey = compileReader(spec.key, this.readOptions);
    let deleted = false;
    for (let at = 0; at < count * spec.keySize; at += spec.keySize) {
      if (sameValue(readKey(view, at), key) && this.kernelMap.delete(keys.subarray(at, at + spec.keySize))) deleted = true;
    }
    return deleted;
  }

  readAsync(): Promise<MergedMap> {
    return Promise.resolve(this.read());
  }

  takeAsync(): Promise<MergedMap> {
    return Promise.resolve(this.take('clear'));
  }

  print(call: EventSpec, top: number, divisor: number, after?: 'clear' | 'zero'): void {
    const map = after === undefined ? this.read() : this.take(after);
    this.emit(call, map, { top, divisor, explicit: true });
  }

  printAtEnd(): void {
    this.emit(undefined, this.read(), printAll);
  }

  clear(): void {
    if (this.isArray) this.take('clear');
    else this.kernelMap.deleteAll();
  }

  zero(): void {
    if (this.isArray) this.take('zero');
    else this.kernelMap.zeroAll();
  }

  private emit(spec: EventSpec | undefined, map: MergedMap, options: PrintOptions): void {
    this.options.writer.emit({ type: 'map', spec, map, options });
  }

  /** Elements of an array always exist: the element is there when something was added to it since the map was cleared. */
  private get isArray(): boolean {
    return this.spec.key === undefined || this.spec.keyTexts !== undefined;
  }

  /** The elements of an array that are there after zero(). */
  private leave(how: 'clear' | 'zero', raw: RawMap, wasThere: boolean): void {
    this.zeroed = this.spec.key === undefined && how === 'zero' && wasThere;
    this.shown = new Set(this.spec.keyTexts && how === 'zero' ? indexesWritten(this.spec, raw, this.options.cpuCount, this.shown) : []);
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

  private merge(raw: RawMap): MergedMap {
    if (this.spec.keyTexts) {
      const named = namedElements(this.spec, raw, this.options.cpuCount, this.shown);
      return readMap(named.spec, named.raw, this.options.cpuCount, this.readOptions);
    }
    const map = readMap(this.spec, raw, this.options.cpuCount, { ...this.readOptions, zeroed: this.zeroed });
    return this.zeroed && map.entries.length === 0 ? { ...map, entries: [zeroEntry(this.spec, this.readOptions)] } : map;
  }

  private readRaw(): RawMap {
    return this.sinceTaken(this.kernelMap.readAll());
  }

  private sinceTaken(now: RawMap): RawMap {
    return this.taken === undefined ? now : { ...now, values: addedSince(this.spec, now.values, this.taken) };
  }

  private takeArray(): RawMap {
    const now = this.kernelMap.readAll();
    const raw = this.sinceTaken(now);
    if (this.spec.addedWords === undefined) this.kernelMap.zeroAll();
    else this.taken = now.values;
    return raw;
  }

  private get kernelMap(): SessionMap {
    return (this.kept ??= wholeMap(this.spec, this.options.map));
  }
}

/** Handlers of all kinds of events. */
export function eventHandlers(services: ScriptServices): RecordHandler[] {
  const handlers: RecordHandler[] = services.manifest.events.map((spec, id) => (view, offset, length) => {
    handlers[id] = services.manifest.warnings?.events.includes(id) ? warningHandler(spec, id, services) : handlerOf(spec)(spec, services);
    handlers[id](view, offset, length);
  });
  return handlers;
}

function handlerOf({ handler }: EventSpec): EventHandler {
  return functions.get(handler)?.handler ?? bug('trace', `no function handles events of '${handler}'`);
}

/** The record of a failed helper holds its result, that of another failure nothing. */
function warningHandler({ layout }: EventSpec, id: number, { recordReader, warnings }: ScriptServices): RecordHandler {
  const read = recordReader(layout);
  return (view, offset, length) => warnings.sent(id, Number(read(view, offset, length)[0] ?? 0));
}

/** The first bytes of a file as text; files of /proc do not know their size.
 * @throws NodeJS.ErrnoException
 * @throws TbpfError  it is no regular file: the trace would wait for a pipe */
function readStart(path: string, maxBytes: number): string {
  const bytes = withForeignFile(path, (file) => file.read(0, maxBytes));
  return decodeText(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
}
