// The forms of output by name. A new one is a file with its writer, and a line here.

import type { Manifest } from '../../model/layout/manifest.js';
import { NdjsonWriter } from './exact/ndjson-writer.js';
import type { OutputFormat } from './formats.js';
import { JsonWriter } from './json-writer.js';
import { FoldedWriter } from './stacks/folded-writer.js';
import { TextWriter } from './text-writer.js';
import type { Writer, WriterOptions } from './writer.js';

/** Formats whose code is always there. */
export type PromptFormat = Exclude<OutputFormat, 'pprof'>;

/** @param manifest  of the script whose events are written */
export type WriterMaker = (options: WriterOptions, manifest: Manifest) => Writer;

/** What makes writers of a format. Code of formats that few starts use is read when they are asked for. */
export async function loadWriter(format: OutputFormat): Promise<WriterMaker> {
  if (format !== 'pprof') return (options, manifest) => createWriter(format, options, manifest);
  const { PprofWriter } = await import('./stacks/pprof-writer.js');
  return (options, manifest) => new PprofWriter(options, manifest);
}

/** @param manifest  of the script whose events are written */
export function createWriter(format: PromptFormat, options: WriterOptions, manifest: Manifest): Writer;
export function createWriter(format: 'text' | 'json', options: WriterOptions): Writer;
export function createWriter(format: PromptFormat, options: WriterOptions, manifest?: Manifest): Writer {
  switch (format) {
    case 'text': return new TextWriter(options);
    case 'json': return new JsonWriter(options);
    case 'ndjson': return new NdjsonWriter(options, manifest!);
    case 'folded': return new FoldedWriter(options, manifest!);
  }
}
