// The two forms of output, text and JSON, behind one interface (language.md 6.3, 6.6, 7).
//
//   in     what happened: script output, maps, losses, warnings
//   out    lines on the output stream (stdout or the -o file) and on stderr
//   facts  in text mode only script output is on the output stream; in JSON mode all that the script causes is, one object a line

import type { SourcePlace } from '../../model/layout/manifest.js';
import { strerror } from '../../language/strerror.js';
import type { MergedMap } from '../../language/merged-map.js';
import { jsonString } from './json.js';
import { mapJson, mapText, type PrintOptions } from './maps.js';
import { placeText, repeatedText } from './messages.js';
import { escapeControls, type Rendering } from './rendering.js';
import type { Sink } from './sink.js';

export type WarningKind = 'errorf' | 'warnf' | 'helper_error' | 'runtime_error';
export interface HelperFailure { readonly helper: string; readonly retcode: number }

export interface WriterOptions {
  readonly out: Sink;
  readonly errors: Sink;
  readonly rendering: Rendering;
  /** false: warnf() says nothing (--no-warnings) */
  readonly warnings?: boolean;
  /** stderr is a terminal while the output stream is not: messages with text of traced programs are escaped whole */
  readonly escapeMessages?: boolean;
}

export interface Writer {
  /** Script output: `text`, or an object of this `type` whose data is `jsonData` (JSON text; default: the text as a string). */
  write(type: string, text: string, jsonData?: string): void;
  map(map: MergedMap, options: PrintOptions): void;
  /** after attaching; not with -q */
  attached(count: number): void;
  /** events lost since the last call */
  lost(count: number): void;
  lostTotal(count: number): void;
  pinned(path: string): void;
  /** between the last event and the maps */
  endOfEvents(): void;
  /** more: the same place failed so many times more, of which nothing else is known */
  warn(kind: WarningKind, place: SourcePlace, message: string, failure?: HelperFailure, more?: number): void;
  /** a line on stderr without a place */
  complain(text: string): void;
  flush(): void;
  close(): void;
}

abstract class Streams {
  constructor(protected readonly options: WriterOptions) {}

  complain(text: string): void {
    this.message(`${text}\n`);
  }

  lostTotal(count: number): void {
    if (count > 0) this.message(`WARNING: Total lost event count: ${count}\n`);
  }

  flush(): void {
    this.options.out.flush();
    this.options.errors.flush();
  }

  close(): void {
    this.options.out.close();
    this.options.errors.flush();
  }

  /** On a terminal both streams are one: what was printed first appears first. */
  protected message(text: string): void {
    this.options.out.flush();
    this.options.errors.write(this.options.escapeMessages ? escapeControls(text) : text);
    this.options.errors.flush();
  }

  /** warnf() is silenced with the compiler's warnings. */
  protected silenced(kind: WarningKind): boolean {
    return kind === 'warnf' && this.options.warnings === false;
  }
}

export class TextWriter extends Streams implements Writer {
  write(_type: string, text: string): void {
    this.options.out.write(text);
  }

  map(map: MergedMap, options: PrintOptions): void {
    this.options.out.write(mapText(map, options, this.options.rendering));
  }

  attached(count: number): void {
    this.message(`Attached ${count} ${count === 1 ? 'probe' : 'probes'}\n`);
  }

  lost(count: number): void {
    if (count > 0) this.message(`Lost ${count} events\n`);
  }

  pinned(path: string): void {
    this.options.out.write(`Program pinned to ${path}\n`);
  }

  endOfEvents(): void {
    this.options.out.write('\n\n');
  }

  warn(kind: WarningKind, place: SourcePlace, message: string, failure?: HelperFailure, more?: number): void {
    if (this.silenced(kind)) return;
    if (more !== undefined) return this.message(repeatedText(place, more));
    const headline = `${placeText(place)}: ${kind === 'errorf' ? 'ERROR' : 'WARNING'}: ${message}\n`;
    if (kind === 'errorf' || kind === 'warnf') return this.message(headline);
    const info = failure ? `Additional Info - helper: ${failure.helper}, retcode: ${failure.retcode}\n` : '';
    this.message(headline + info + place.excerpt);
  }
}

export class JsonWriter extends Streams implements Writer {
  write(type: string, text: string, jsonData: string = jsonString(text)): void {
    this.options.out.write(`{"type": ${jsonString(type)}, "data": ${jsonData}}\n`);
  }

  map(map: MergedMap, options: PrintOptions): void {
    const object = mapJson(map, options, this.options.rendering);
    if (object) this.write(object.type, '', object.data);
  }

  attached(count: number): void {
    this.options.out.write(`{"type": "attached_probes", "count": ${count}, "data": {"probes": ${count}}}\n`);
  }

  lost(count: number): void {
    if (count > 0) this.options.out.write(`{"type": "lost_events", "count": ${count}, "data": {"events": ${count}}}\n`);
  }

  pinned(path: string): void {
    this.message(`Program pinned to ${path}\n`);
  }

  endOfEvents(): void {}

  warn(kind: WarningKind, place: SourcePlace, message: string, failure?: HelperFailure, more?: number): void {
    if (this.silenced(kind)) return;
    const said = failure ? strerror(failure.retcode) : message;
    const helper = failure ? `, "helper": ${jsonString(failure.helper)}, "retcode": ${failure.retcode}` : '';
    const where = `, "filename": ${jsonString(place.file)}, "line": ${place.line}, "col": ${place.column}`;
    const count = more === undefined ? '' : `, "count": ${more}`;
    this.options.out.write(`{"type": "${kind}", "msg": ${jsonString(said)}${helper}${where}${count}}\n`);
  }
}

export function createWriter(format: 'text' | 'json', options: WriterOptions): Writer {
  return format === 'json' ? new JsonWriter(options) : new TextWriter(options);
}
