// The records of one call site as events hold them: bytes, and the two ways to read them.
//
//   idea   a call site has one object for the record at hand, which is moved from record to record: on a flood nothing is made per event
//          but text. It has prepared a reader of values, and for each face that shows text a function straight from bytes to text

import { formatOf } from '../language/format.js';
import { compileFormat, type ValueTexts } from '../language/format/convert.js';
import type { CallRecord } from '../language/output-event.js';
import type { RecordReader } from '../language/services.js';
import type { EventSpec } from '../model/layout/manifest.js';
import type { Value } from '../model/layout/value.js';
import { compileRecordFormat, recordReader, type ReadOptions, type RecordFormat } from '../runtime/collect/index.js';

export function recordsOf(spec: EventSpec, options: ReadOptions): (view: DataView, offset: number, length: number) => CallRecord {
  const record = new RecordAtHand(spec, options);
  return (view, offset, length) => record.moveTo(view, offset, length);
}

class RecordAtHand implements CallRecord {
  private view!: DataView;
  private offset = 0;
  private length = 0;
  private read: RecordReader | undefined;
  private readonly ofBytes: PerFace<RecordFormat>;
  private readonly ofValues: PerFace<(values: readonly Value[]) => string>;

  constructor(
    private readonly spec: EventSpec,
    private readonly options: ReadOptions,
  ) {
    this.ofBytes = new PerFace((texts) => compileRecordFormat(spec.layout, formatOf(spec), texts, options));
    this.ofValues = new PerFace((texts) => compileFormat(formatOf(spec), spec.layout.arguments.map(({ type }) => type), texts));
  }

  moveTo(view: DataView, offset: number, length: number): this {
    this.view = view;
    this.offset = offset;
    this.length = length;
    return this;
  }

  values(): readonly Value[] {
    return (this.read ??= recordReader(this.spec.layout, this.options))(this.view, this.offset, this.length);
  }

  text(texts: ValueTexts): string {
    return this.ofBytes.of(texts)(this.view, this.offset);
  }

  keep(): CallRecord {
    return new KeptRecord(this.ofValues, this.values());
  }
}

class KeptRecord implements CallRecord {
  constructor(
    private readonly ofValues: PerFace<(values: readonly Value[]) => string>,
    private readonly kept: readonly Value[],
  ) {}

  values(): readonly Value[] {
    return this.kept;
  }

  text(texts: ValueTexts): string {
    return this.ofValues.of(texts)(this.kept);
  }

  keep(): this {
    return this;
  }
}

/** What is made of a face's texts, made once. Nearly always there is one face. */
class PerFace<T> {
  private readonly made = new Map<ValueTexts, T>();
  private lastTexts: ValueTexts | undefined;
  private last: T | undefined;

  constructor(private readonly make: (texts: ValueTexts) => T) {}

  of(texts: ValueTexts): T {
    if (texts === this.lastTexts) return this.last!;
    let known = this.made.get(texts);
    if (known === undefined) this.made.set(texts, (known = this.make(texts)));
    this.lastTexts = texts;
    return (this.last = known);
  }
}
