// What the run-time half of the language's functions may use, made of the runtime's rooms.
//
//   in     manifest, maps of the session, a writer, a rendering
//   out    Services; the handlers of all events, each built when its first record comes

import { closeSync, openSync, readSync } from 'node:fs';
import type { EventSpec, Manifest, ManifestMap } from '../model/layout/manifest.js';
import type { Type } from '../model/types/types.js';
import { bug } from '../model/diagnostics/errors.js';
import { functions } from '../language/functions/index.js';
import type { EventHandler, MapAccess, Services } from '../language/services.js';
import { compileRecordFormat, readMap, recordReader, zeroEntry, type MergedMap, type ReadOptions } from '../runtime/collect/index.js';
import { decodeText } from '../runtime/collect/strings.js';
import { compileJson, compileText, helperErrorText, printAll, strftime, type PrintOptions, type Rendering, type Writer } from '../runtime/output/index.js';
import type { RecordHandler } from '../runtime/session/drain.js';
import type { SessionMap } from '../runtime/session/kernel.js';
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
  readonly rendering: Rendering;
  readonly exit: (status: number) => void;
  /** ns since the epoch; default the clock of the system */
  readonly now?: () => bigint;
  /** false: failures of helpers are not told (--no-warnings) */
  readonly warnings?: boolean;
}

/** Services, and what the end of a script needs of its maps. */
export class ScriptServices implements Services {
  readonly manifest: Manifest;
  readonly writer: Writer;
  readonly warnings = new Warnings((event, result, more) => this.warnOf(this.manifest.events[event]!, result, more));
  private readonly readOptions: ReadOptions;
  private readonly maps = new Map<string, ScriptMap>();
  private readonly textByType = new WeakMap<Type, (value: never) => string>();
  private readonly jsonByType = new WeakMap<Type, (value: never) => string>();

  constructor(private readonly options: ServicesOptions) {
    this.writer = options.writer;
    this.manifest = options.manifest;
    this.readOptions = { truncationTrailer: String(options.manifest.config['str_trunc_trailer'] ?? '..') };
    for (const spec of options.manifest.maps) this.maps.set(spec.name, new ScriptMap(spec, options, this.readOptions));
  }

  recordReader: Services['recordReader'] = (layout) => recordReader(layout, this.readOptions);

  recordFormat: Services['recordFormat'] = (layout, pieces, { raw = false } = {}) => {
    const rendering = raw ? { ...this.options.rendering, data: (text: string) => text } : this.options.rendering;
    return compileRecordFormat(layout, pieces, { textOf: (type) => compileText(type, rendering) }, this.readOptions);
  };

  data: Services['data'] = (text) => this.options.rendering.data(text);

  formatText: Services['formatText'] = (type, value) => cached(this.textByType, type, () => compileText(type, this.options.rendering))(value as never);

  formatJson: Services['formatJson'] = (type, value) => cached(this.jsonByType, type, () => compileJson(type, this.options.rendering))(value as never);

  write: Services['write'] = (type, text, jsonData) => this.writer.write(type, text, jsonData);

  complain: Services['complain'] = (text) => this.writer.complain(text);

  warn: Services['warn'] = (kind, place, message) => this.writer.warn(kind, place, message);

  private warnOf({ handler, data, place }: EventSpec, retcode: number, more?: number): void {
    if (handler === 'runtime_error') return this.writer.warn(handler, place, (data as { text: string }).text, undefined, more);
    if (handler !== 'helper_error') bug('trace', `events of '${handler}' are no warnings`);
    if (this.options.warnings === false) return;
    const { helper } = data as { helper: string };
    this.writer.warn(handler, place, helperErrorText(helper, retcode), { helper, retcode }, more);
  }

  map(kernelName: string): ScriptMap {
    return this.maps.get(kernelName) ?? bug('trace', `an event names map ${kernelName}, which the script does not have`);
  }

  exit: Services['exit'] = (status) => this.options.exit(status);

  bootToRealtimeNs: Services['bootToRealtimeNs'] = () => this.options.rendering.bootToRealtimeNs();

  strftime: Services['strftime'] = (format, epochNs) => strftime(format, this.options.now?.() ?? epochNs);

  runShell: Services['runShell'] = (command) => {
    this.writer.flush();
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
  private kept: SessionMap | undefined;

  constructor(
    readonly spec: ManifestMap,
    private readonly options: ServicesOptions,
    private readonly readOptions: ReadOptions,
  ) {}

  /** The elements as they are now, CPUs merged, in print order. */
  read(): MergedMap {
    const map = readMap(this.spec, this.kernelMap.readAll(), this.options.cpuCount, { ...this.readOptions, zeroed: this.zeroed });
    return this.zeroed && map.entries.length === 0 ? { ...map, entries: [zeroEntry(this.spec, this.readOptions)] } : map;
  }

  print(top: number, divisor: number, explicit: boolean): void {
    this.write({ top, divisor, explicit });
  }

  printAtEnd(): void {
    this.write(printAll);
  }

  clear(): void {
    this.zeroed = false;
    if (this.spec.key === undefined) this.kernelMap.zeroAll();
    else this.kernelMap.deleteAll();
  }

  zero(): void {
    if (this.spec.key === undefined && this.read().entries.length > 0) this.zeroed = true;
    this.kernelMap.zeroAll();
  }

  private write(options: PrintOptions): void {
    this.options.writer.map(this.read(), options);
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

function cached<V>(values: WeakMap<Type, V>, type: Type, make: () => V): V {
  let value = values.get(type);
  if (value === undefined) values.set(type, (value = make()));
  return value;
}

/** The first bytes of a file as text; files of /proc do not know their size.
 * @throws NodeJS.ErrnoException */
function readStart(path: string, maxBytes: number): string {
  const fd = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(maxBytes);
    let length = 0;
    for (let read = 1; read > 0 && length < maxBytes; length += read) read = readSync(fd, bytes, length, maxBytes - length, null);
    return decodeText(new DataView(bytes.buffer), 0, length);
  } finally {
    closeSync(fd);
  }
}
