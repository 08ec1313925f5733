// Events as JSON, one object a line (language.md 7): what the script causes on the output stream, the rest as objects on stderr.

import type { OutputEvent } from '../../language/output-event.js';
import { jsonString } from '../../language/json-text.js';
import { strerror } from '../../language/strerror.js';
import type { SourcePlace } from '../../model/layout/manifest.js';
import type { Type } from '../../model/types/types.js';
import { compileJson, type Json } from './json.js';
import { mapJson } from './maps.js';
import { messageText } from './messages.js';
import { strftime } from './strftime.js';
import { Texts } from './texts.js';
import type { Writer, WriterOptions } from './writer.js';

export class JsonWriter implements Writer {
  private readonly texts: Texts;
  private readonly jsonByType = new WeakMap<Type, Json>();

  constructor(private readonly options: WriterOptions) {
    this.texts = new Texts(options.rendering);
  }

  emit(event: OutputEvent): void {
    switch (event.type) {
      case 'printf': return this.data('printf', jsonString(event.record.text(this.texts)));
      case 'value': return this.data('value', this.jsonOf(event.spec.layout.arguments[0]!.type)(event.record.values()[0]!));
      case 'emit':
        return this.line(`"type": "emit", "name": ${jsonString(event.name)}, "data": ${this.jsonOf(event.spec.layout.arguments[0]!.type)(event.record.values()[0]!)}`);
      case 'map': {
        const object = mapJson(event.map, event.options, this.options.rendering);
        if (object) this.data(object.type, object.data, object.percentiles);
        return;
      }
      case 'time': return this.data('time', jsonString(strftime(event.format, event.epochNs)));
      case 'join': return this.data('join', jsonString(event.words.join(event.separator)));
      case 'cat': return this.data('cat', jsonString(event.content));
      case 'syscall': return this.data('syscall', jsonString(event.output));
      case 'iterated': return this.data('printf', jsonString(event.text));
      case 'attached': return this.line(`"type": "attached_probes", "count": ${event.probes}, "data": {"probes": ${event.probes}}`);
      case 'lost': return this.line(`"type": "lost_events", "count": ${event.count}, "data": {"events": ${event.count}}`);
      case 'errorf': case 'warnf': return this.placed(event.type, event.record.text(this.texts), event.spec.place);
      case 'helper_error': return this.placed('helper_error', strerror(event.retcode), event.spec.place, `, "helper": ${jsonString(event.helper)}, "retcode": ${event.retcode}`, event.more);
      case 'runtime_error': return this.placed('runtime_error', event.text, event.spec.place, '', event.more);
      case 'pinned': return this.data('pinned', `{"path": ${jsonString(event.path)}}`);
      case 'cat_failed': case 'syscall_failed': return this.message('error', messageText(event, this.texts)!);
      case 'left_out': return this.message('warning', messageText(event, this.texts)!);
      case 'skipped': return this.message('warning', `${event.reason}. ${messageText(event, this.texts)!}`);
      case 'ended': if (event.lost > 0) this.message('warning', messageText(event, this.texts)!);
        return;
      case 'events_ended':
    }
  }

  flush(): void {
    this.options.out.flush();
    this.options.errors.flush();
  }

  private jsonOf(type: Type): Json {
    let json = this.jsonByType.get(type);
    if (json === undefined) this.jsonByType.set(type, (json = compileJson(type, this.options.rendering)));
    return json;
  }

  private data(type: string, data: string, percentiles?: string): void {
    this.line(`"type": "${type}", "data": ${data}${percentiles === undefined ? '' : `, "percentiles": ${percentiles}`}`);
  }

  /** what: members about the failure;  more: see OutputEvent */
  private placed(type: string, message: string, { file, line, column }: SourcePlace, what = '', more?: number): void {
    const count = more === undefined ? '' : `, "count": ${more}`;
    this.line(`"type": "${type}", "msg": ${jsonString(message)}${what}, "filename": ${jsonString(file)}, "line": ${line}, "col": ${column}${count}`);
  }

  private line(members: string): void {
    this.options.out.write(`{${members}}\n`);
  }

  private message(type: 'error' | 'warning', message: string): void {
    this.options.out.flush();
    this.options.errors.write(`{"type": "${type}", "msg": ${jsonString(message)}}\n`);
    this.options.errors.flush();
  }
}
