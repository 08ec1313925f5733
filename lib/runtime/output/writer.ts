// What every form of output is: told of each event, it puts what there is to be read of it on the output stream or on stderr.

import type { OutputEvent } from '../../language/output-event.js';
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

export function createWriter(format: 'text' | 'json', options: WriterOptions): Writer {
  return format === 'json' ? new JsonWriter(options) : new TextWriter(options);
}
