// Events as JSON that loses nothing, one object a line (language.md 7.1): a schema first, then what happens, with values as they are.
//
//   facts  `site` is the number of the call in the schema. What text mode says on stderr as an error or a warning of tbpf itself is an object
//          on stderr, as with -f json

import type { MergedMap } from '../../../language/merged-map.js';
import { aggregateOf } from '../../../language/aggregates/index.js';
import { jsonInteger, jsonString } from '../../../language/json-text.js';
import type { CallRecord, OutputEvent, PrintOptions } from '../../../language/output-event.js';
import type { EventSpec, Manifest } from '../../../model/layout/manifest.js';
import type { Merged } from '../../../language/aggregate.js';
import type { Type } from '../../../model/types/types.js';
import { chosenEntries, histogramRows, percentilesJson } from '../maps.js';
import { messageText, outputText } from '../messages.js';
import { Texts } from '../texts.js';
import type { Writer, WriterOptions } from '../writer.js';
import { schemaLine } from './schema.js';
import { compileExact, compileKeyParts, exactText, plainJson, type Json, type Plain } from './values.js';

export class NdjsonWriter implements Writer {
  private readonly texts: Texts;
  private readonly jsonByType = new WeakMap<Type, Json>();
  private readonly siteBySpec: ReadonlyMap<EventSpec, number>;
  private begun = false;

  constructor(private readonly options: WriterOptions, private readonly manifest: Manifest) {
    this.texts = new Texts(options.rendering);
    this.siteBySpec = new Map(manifest.events.map((spec, site) => [spec, site]));
  }

  emit(event: OutputEvent): void {
    switch (event.type) {
      case 'printf': case 'errorf': case 'warnf':
        return this.call(event.type, event.spec, `"text": ${exactText(event.record.text(this.texts))}, "values": ${this.values(event.spec, event.record)}`);
      case 'value': return this.call('value', event.spec, `"value": ${this.only(event.spec, event.record)}`);
      case 'emit': return this.call('emit', event.spec, `"name": ${jsonString(event.name)}, "fields": ${this.only(event.spec, event.record)}`);
      case 'time': return this.call('time', event.spec, `"text": ${exactText(outputText(event, this.texts)!)}, "ns": ${jsonInteger(event.epochNs)}`);
      case 'join': return this.call('join', event.spec, `"words": [${event.words.map(exactText).join(', ')}]`);
      case 'cat': return this.call('cat', event.spec, `"path": ${exactText(event.path)}, "content": ${exactText(event.content)}`);
      case 'syscall': return this.call('syscall', event.spec, `"command": ${exactText(event.command)}, "output": ${exactText(event.output)}`);
      case 'map': return this.map(event.map, event.options, event.spec);
      case 'iterated': return this.line(`"type": "iterated", "text": ${exactText(event.text)}`);
      case 'attached': return this.line(`"type": "attached_probes", "count": ${event.probes}`);
      case 'lost': return this.line(`"type": "lost_events", "count": ${event.count}`);
      case 'helper_error':
        return this.call('helper_error', event.spec, `"msg": ${exactText(messageText(event, this.texts)!)}, "helper": ${jsonString(event.helper)}, "retcode": ${event.retcode}${more(event.more)}`);
      case 'runtime_error': return this.call('runtime_error', event.spec, `"msg": ${exactText(event.text)}${more(event.more)}`);
      case 'pinned': return this.line(`"type": "pinned", "path": ${exactText(event.path)}`);
      case 'cat_failed': case 'syscall_failed': return this.message('error', messageText(event, this.texts)!);
      case 'left_out': return this.message('warning', messageText(event, this.texts)!);
      case 'skipped': return this.message('warning', `${event.reason}. ${messageText(event, this.texts)!}`);
      case 'ended': return this.line(`"type": "end", "lost": ${event.lost}`);
      case 'events_ended':
    }
  }

  flush(): void {
    this.options.out.flush();
    this.options.errors.flush();
  }

  private map(map: MergedMap, options: PrintOptions, call: EventSpec | undefined): void {
    const { rendering } = this.options;
    const { spec } = map;
    const keyJson = spec.key && compileKeyParts(spec.key, rendering);
    const valueJson = this.jsonOf(spec.value);
    const shown = chosenEntries(map, options).map((entry) => {
      const { key, value, merged } = entry;
      const element = merged === undefined ? valueJson(value!) : mergedJson(merged, spec.value);
      const rows = options.percentiles ? histogramRows(map, entry) : undefined;
      const percentiles = rows === undefined ? '' : `, "percentiles": ${percentilesJson(rows)}`;
      return `{"key": ${keyJson ? keyJson(key!) : '[]'}, "value": ${element}${percentiles}}`;
    });
    const site = call === undefined ? '' : `"site": ${this.siteBySpec.get(call)}, `;
    const divisor = options.divisor > 1 ? `, "divisor": ${options.divisor}` : '';
    this.line(`"type": "map", ${site}"name": ${jsonString(spec.scriptName ?? spec.name)}, "entries": [${shown.join(', ')}]${divisor}`);
  }

  private only(spec: EventSpec, record: CallRecord): string {
    return this.jsonOf(spec.layout.arguments[0]!.type)(record.values()[0]!);
  }

  private values(spec: EventSpec, record: CallRecord): string {
    return `[${record.values().map((value, i) => this.jsonOf(spec.layout.arguments[i]!.type)(value)).join(', ')}]`;
  }

  private jsonOf(type: Type): Json {
    let json = this.jsonByType.get(type);
    if (json === undefined) this.jsonByType.set(type, (json = compileExact(type, this.options.rendering)));
    return json;
  }

  private call(type: string, spec: EventSpec, members: string): void {
    this.line(`"type": "${type}", "site": ${this.siteBySpec.get(spec)}, ${members}`);
  }

  private line(members: string): void {
    if (!this.begun) this.options.out.write(`${schemaLine(this.manifest)}\n`);
    this.begun = true;
    this.options.out.write(`{${members}}\n`);
  }

  private message(type: 'error' | 'warning', message: string): void {
    this.options.out.flush();
    this.options.errors.write(`{"type": "${type}", "msg": ${exactText(message)}}\n`);
    this.options.errors.flush();
  }
}

/** What a map function has gathered: avg() and stats() with all that they are made of. */
function mergedJson(merged: Merged, type: Type): string {
  if (merged.kind === 'number') return jsonInteger(merged.value);
  if (merged.kind === 'stats') return plainJson({ count: merged.count, average: merged.average, total: merged.total });
  return type.kind === 'aggregate' ? plainJson(aggregateOf(type).toValue(merged, type) as Plain) : 'null';
}

function more(count: number | undefined): string {
  return count === undefined ? '' : `, "count": ${count}`;
}
