// What the run-time half of a function may use. Implemented by lib/runtime, handed in by lib/trace, so that language imports no runtime.

import type { EventSpec, Manifest, ManifestMap } from '../model/layout/manifest.js';
import type { RecordLayout } from '../model/layout/layout.js';
import type { Value } from '../model/layout/value.js';
import type { FormatPiece } from './format.js';
import type { OutputEvent, CallRecord } from './output-event.js';

/** Reads the arguments of a record that starts at byte `offset` of `view`. */
export type RecordReader = (view: DataView, offset: number, length: number) => Value[];

export interface Services {
  readonly manifest: Manifest;
  /** Builds a reader once per call site. */
  recordReader(layout: RecordLayout): RecordReader;
  /** Reads a record and formats it in one go, for the shell or a path: nothing is escaped. Build it once per call site; the record's
   *  arguments are those of the conversions, in order. */
  recordFormat(layout: RecordLayout, pieces: readonly FormatPiece[]): (view: DataView, offset: number) => string;
  /** Built once per call site: makes the `record` of an event from a record in the ring buffer. It is valid until the site's next record. */
  recordsOf(spec: EventSpec): (view: DataView, offset: number, length: number) => CallRecord;
  /** hands an event to the writer or the library's listeners */
  emit(event: OutputEvent): void;
  map(kernelName: string): MapAccess;
  /** ends the session: later events are discarded, end probes run; status is the process's exit status */
  exit(status: number): void;
  /** ns since the epoch */
  nowNs(): bigint;
  /** runs `sh -c`; resolves synchronously */
  runShell(command: string): { readonly status: number; readonly output: string };
  readFile(path: string, maxBytes: number): string;
  /** the capture file of this name, which is new at the start of the script */
  packetFile(path: string): PacketFile;
}

export interface PacketFile {
  /** @param bootNs  ns since boot
   *  @param bytes  of the packet, copied
   *  @param length  that it had before it was cut */
  add(bootNs: bigint, bytes: Uint8Array, length: number): void;
}

export interface MapAccess {
  readonly spec: ManifestMap;
  /** prints the map as print(@m, top, div) does. after: the map is cleared or zeroed in the same step, so that what programs add
   *  meanwhile is in the next print */
  print(call: EventSpec, top: number, divisor: number, after?: 'clear' | 'zero'): void;
  clear(): void;
  zero(): void;
}

/** Run-time half of an asynchronous function: called once per call site, gives the function that handles its records. */
export type EventHandler = (spec: EventSpec, services: Services) => (view: DataView, offset: number, length: number) => void;
