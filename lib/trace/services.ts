// What the run-time half of the language's functions may use, made of the runtime's rooms.
//
//   in     manifest, maps of the session, the writer
//   out    Services; the handlers of all events, each built when its first record comes

import type { EventSpec, Manifest } from '../model/layout/manifest.js';
import { bug } from '../model/diagnostics/errors.js';
import { functions } from '../language/functions/index.js';
import { isWarning } from '../language/output-event.js';
import type { EventHandler, PacketFile, Services } from '../language/services.js';
import { compileRecordFormat, recordReader, type ReadOptions } from '../runtime/collect/index.js';
import { decodeText } from '../model/syntax/decode-text.js';
import { compileText, type Rendering } from '../runtime/output/index.js';
import { withForeignFile } from '../runtime/native/foreign-file.js';
import type { RecordHandler } from '../runtime/session/drain.js';
import { recordsOf } from './records.js';
import { runShell } from './shell.js';
import { Warnings } from './warnings.js';
import { ScriptMap, type ScriptMapOptions } from './script-map.js';

export interface ServicesOptions extends ScriptMapOptions {
  readonly manifest: Manifest;
  /** names in the texts of commands and paths */
  readonly rendering: Rendering;
  readonly exit: (status: number) => void;
  /** default: packets go nowhere */
  readonly packetFile?: (path: string) => PacketFile;
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
    const mapOptions: ScriptMapOptions = { ...options, percentiles: options.manifest.config['percentiles'] === true };
    for (const spec of options.manifest.maps) this.maps.set(spec.name, new ScriptMap(spec, mapOptions, this.readOptions));
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

  packetFile: Services['packetFile'] = (path) => this.options.packetFile?.(path) ?? { add: () => undefined };

  readFile: Services['readFile'] = (path, maxBytes) => readStart(path, maxBytes);

  /** Maps of the script in the order in which they print at the end. */
  get mapsByName(): ScriptMap[] {
    return [...this.maps.values()].filter(({ spec }) => spec.scriptName !== undefined).sort((a, b) => (a.spec.scriptName! < b.spec.scriptName! ? -1 : 1));
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
