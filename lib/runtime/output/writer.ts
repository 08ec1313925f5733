// Writers, one for each form of output: a writer gets each event, and writes its text or JSON to the output stream or to stderr.

import type { OutputEvent } from '../../language/output-event.js';
import type { Rendering } from './rendering.js';
import type { Sink } from './sink.js';

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
