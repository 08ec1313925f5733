// What the runtime says, as events of the library.
//
//   in     OutputEvents as they happen
//   out    TraceEvents that can be kept: values are decoded now, because the bytes of a record are used again; text is made when it is read
//   never  events for what the session says otherwise: probes that were left out, maps at the end

import { type EventOf, keptEvent, type OutputEvent } from '../language/output-event.js';
import { bug } from '../model/diagnostics/errors.js';
import type { EventSpec } from '../model/layout/manifest.js';
import type { Value } from '../model/layout/value.js';
import { chosenEntries, messageText, outputText, Texts, type Rendering, type Writer } from '../runtime/output/index.js';
import { namesUserAddresses } from '../trace/kernel-names.js';
import type { CallEvent, TraceEvent, WarningEvent } from './event.js';
import { mapEntries, type MapEntryValue } from './map-entries.js';

type PlacedOutput = Extract<OutputEvent, { readonly spec: EventSpec | undefined }>;

export class EventWriter implements Writer {
  readonly #push: (event: TraceEvent) => void;
  readonly #texts: Texts;
  readonly #errnoName: (negative: number) => string;
  readonly #sites = new Map<EventSpec, Site>();

  /** @param errnoName  of what a helper answered: a negative errno */
  constructor(push: (event: TraceEvent) => void, rendering: Rendering, specs: readonly EventSpec[], errnoName: (negative: number) => string) {
    this.#push = push;
    this.#errnoName = errnoName;
    this.#texts = new Texts(rendering);
    specs.forEach((spec, index) => this.#sites.set(spec, { index, namesAddresses: namesUserAddresses(spec) }));
  }

  emit(event: OutputEvent): void {
    switch (event.type) {
      case 'printf': return this.#add(new Called('printf', event.record.values(), ...this.#of(event)));
      case 'value': return this.#add(new Printed(event.record.values()[0]!, ...this.#of(event)));
      case 'emit': return this.#add(new Emitted(event.name, event.record.values()[0] as Emitted['fields'], ...this.#of(event)));
      case 'time': case 'cat': case 'join': return this.#add(new Called(event.type, event.record.values(), ...this.#of(event)));
      case 'syscall': return this.#add(new Called('system', event.record.values(), ...this.#of(event)));
      case 'warnf': return this.#add(new Complaint('warning', {}, ...this.#of(event)));
      case 'errorf': return this.#add(new Complaint('error', {}, ...this.#of(event)));
      case 'cat_failed': return this.#add(new Complaint('error', { code: 'ERR_CAT' }, ...this.#of(event)));
      case 'syscall_failed': return this.#add(new Complaint('error', { code: 'ERR_SYSTEM' }, ...this.#of(event)));
      case 'runtime_error': return this.#add(new Complaint('runtime-error', { count: event.more }, ...this.#of(event)));
      case 'helper_error': return this.#add(new Complaint('helper-error', { count: event.more, code: event.retcode < 0 ? this.#errnoName(event.retcode) : undefined, helper: event.helper }, ...this.#of(event)));
      case 'map': if (event.spec) this.#add(new PrintedMap(event, ...this.#of(event)));
        return;
      case 'iterated': return this.#push({ type: 'iterator', text: event.text });
      case 'pinned': return this.#push({ type: 'pinned', path: event.path });
      case 'lost': for (const { probe, count } of event.byProbe) this.#push({ type: 'lost', probe, count });
        return;
      case 'left_out': case 'skipped': case 'attached': case 'events_ended': case 'ended': return;
      default: unknownEvent(event);
    }
  }

  flush(): void {}

  #add(event: Shown): void {
    this.#push(event as Shown & TraceEvent);
  }

  #of(event: PlacedOutput): [Site, OutputEvent, Texts] {
    return [this.#sites.get(event.spec!)!, event, this.#texts];
  }
}

interface Site {
  readonly index: number;
  /** Text with addresses of processes is made at once: when it is read, the process may be gone. */
  readonly namesAddresses: boolean;
}

/** An event with text. */
class Shown {
  readonly site: number;
  readonly #kept: OutputEvent;
  readonly #texts: Texts;
  #text: string | undefined;

  constructor(site: Site, event: OutputEvent, texts: Texts) {
    this.site = site.index;
    this.#kept = keptEvent(event);
    this.#texts = texts;
    if (site.namesAddresses) void this.text;
  }

  get text(): string {
    return (this.#text ??= outputText(this.#kept, this.#texts) ?? messageText(this.#kept, this.#texts)!);
  }
}

class Called extends Shown {
  constructor(readonly type: CallEvent['type'], readonly values: readonly Value[], ...shown: ConstructorParameters<typeof Shown>) {
    super(...shown);
  }
}

class Emitted extends Shown {
  readonly type = 'emit';

  constructor(readonly name: string, readonly fields: Readonly<Record<string, Value>>, ...shown: ConstructorParameters<typeof Shown>) {
    super(...shown);
  }
}

class Printed extends Shown {
  readonly type = 'print';

  constructor(readonly value: Value, ...shown: ConstructorParameters<typeof Shown>) {
    super(...shown);
  }
}

class Complaint extends Shown {
  readonly count: number;
  readonly code: string | undefined;
  readonly helper: string | undefined;

  constructor(readonly type: WarningEvent['type'], { count = 1, code, helper }: Partial<Pick<WarningEvent, 'count' | 'code' | 'helper'>>, ...shown: ConstructorParameters<typeof Shown>) {
    super(...shown);
    this.count = count;
    this.code = code;
    this.helper = helper;
  }
}

class PrintedMap extends Shown {
  readonly type = 'map';
  readonly name: string;
  readonly entries: readonly MapEntryValue[];

  constructor({ map, options }: EventOf<'map'>, ...shown: ConstructorParameters<typeof Shown>) {
    super(...shown);
    this.name = map.spec.scriptName ?? map.spec.name;
    this.entries = mapEntries({ ...map, entries: chosenEntries(map, options) });
  }
}

/** The compiler refuses to compile this where a type of event has no case. */
function unknownEvent(event: never): never {
  return bug('api', `an event of type ${(event as OutputEvent).type}`);
}
