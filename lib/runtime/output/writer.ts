// Writers, one for each form of output: a writer gets each event, and writes its text or JSON to the output stream or to stderr.

import type { OutputEvent } from '../../language/output-event.js';
import type { Manifest } from '../../model/layout/manifest.js';
import { NdjsonWriter } from './exact/ndjson-writer.js';
import { JsonWriter } from './json-writer.js';
import type { Rendering } from './rendering.js';
import type { Sink } from './sink.js';
import { TextWriter } from './text-writer.js';

export interface Writer {
  emit(event: OutputEvent): void;
  flush(): void;
}

export interface WriterOptions {
  readonly out: Sink;
  readonly errors: Sink;
  readonly rendering: Rendering;
  /** the output stream is a terminal: control characters in text of traced programs are escaped */
  readonly terminal?: boolean;
  /** so is stderr: messages are escaped whole */
  readonly terminalErrors?: boolean;
}

/** json: as bpftrace writes it;  ndjson: as JSON that loses nothing */
export type OutputFormat = 'text' | 'json' | 'ndjson';

/** @param manifest  of the script whose events are written */
export function createWriter(format: OutputFormat, options: WriterOptions, manifest: Manifest): Writer;
export function createWriter(format: Exclude<OutputFormat, 'ndjson'>, options: WriterOptions): Writer;
export function createWriter(format: OutputFormat, options: WriterOptions, manifest?: Manifest): Writer {
  switch (format) {
    case 'text': return new TextWriter(options);
    case 'json': return new JsonWriter(options);
    case 'ndjson': return new NdjsonWriter(options, manifest!);
  }
}
