// What the run-time half of a function may use. Implemented by lib/runtime, handed in by trace.ts, so that language imports no runtime.

import type { EventSpec, Manifest, ManifestMap, SourcePlace } from '../model/layout/manifest.js';
import type { RecordLayout } from '../model/layout/layout.js';
import type { Type } from '../model/types/types.js';
import type { Value } from '../model/layout/value.js';
import type { FormatPiece } from './format.js';

/** Reads the arguments of a record that starts at byte `offset` of `view`. */
export type RecordReader = (view: DataView, offset: number, length: number) => Value[];

export interface Services {
  readonly manifest: Manifest;
  /** Builds a reader once per event kind. */
  recordReader(layout: RecordLayout): RecordReader;
  /** printf and its kin: reads a record and formats it in one go. Build it once per call site; the record's arguments are those of
   *  the conversions, in order. `raw`: for the shell or a path, not for a reader: nothing is escaped for terminals. */
  recordFormat(layout: RecordLayout, pieces: readonly FormatPiece[], options?: { readonly raw?: boolean }): (view: DataView, offset: number) => string;
  /** text of a traced program (or of a file it names) made fit for who reads the output: control characters escaped for terminals */
  data(text: string): string;
  /** default text rendering of a value (language.md 5.4) */
  formatText(type: Type, value: Value): string;
  /** JSON text of a value (language.md 7) */
  formatJson(type: Type, value: Value): string;
  /** script output: `text` in text mode, one object `{"type": type, "data": …}` in JSON mode. jsonData is JSON text; default: the text as string */
  write(type: string, text: string, jsonData?: string): void;
  /** stderr line without location, e.g. of cat() failing */
  complain(text: string): void;
  /** errorf and warnf, with their place */
  warn(kind: 'errorf' | 'warnf', place: SourcePlace, message: string): void;
  map(kernelName: string): MapAccess;
  /** ends the session: later events are discarded, end probes run; status is the process's exit status */
  exit(status: number): void;
  /** ms between the event (ns since boot) and the epoch: CLOCK_REALTIME - CLOCK_BOOTTIME in ns */
  bootToRealtimeNs(): bigint;
  /** strftime in local time */
  strftime(format: string, epochNs: bigint): string;
  /** runs `sh -c`; resolves synchronously */
  runShell(command: string): { readonly status: number; readonly output: string };
  readFile(path: string, maxBytes: number): string;
}

export interface MapAccess {
  readonly spec: ManifestMap;
  /** prints it as print(@m, top, div) does; `explicit`: called by the script (an empty scalar map prints its zero) */
  print(top: number, divisor: number, explicit: boolean): void;
  clear(): void;
  zero(): void;
}

/** Run-time half of an asynchronous function: called once per call site, gives the function that handles its records. */
export type EventHandler = (spec: EventSpec, services: Services) => (view: DataView, offset: number, length: number) => void;
