// Metrics as Prometheus reads them in protobuf, the only form that has native histograms.
//
//   out    io.prometheus.client.MetricFamily messages, each behind its length
//   facts  numbers of the fields: prometheus/client_model, io/prometheus/client/metrics.proto. Schema 0 of native histograms: bucket i counts
//          what is above 2^(i-1) and up to 2^i; deltas are from bucket to bucket, spans leave out buckets that are empty

import type { Buckets, Metric, NativeBuckets, Series } from '../shared/metrics.js';

export const PROTOBUF_TYPE = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

/** Whether a server that asks (its Accept header) would take protobuf. */
export function wantsProtobuf(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((each) => {
    const [type, ...parameters] = each.split(';').map((part) => part.trim());
    return type === 'application/vnd.google.protobuf' && parameters.includes('proto=io.prometheus.client.MetricFamily') && parameters.includes('encoding=delimited') && !parameters.includes('q=0');
  });
}

const typeNumbers = { counter: 0, gauge: 1, histogram: 4 } as const;
/** What is at most so far from zero counts as zero: Prometheus's own default. */
const ZERO_THRESHOLD = 2 ** -128;
const SCHEMA_OF_POWERS = 0;

/** Reads the metrics. */
export async function familiesBytes(metrics: readonly Metric[]): Promise<Uint8Array> {
  const families: Uint8Array[] = [];
  for (const metric of metrics) families.push(familyBytes(metric, await metric.read()));
  return Buffer.concat(families);
}

export function familyBytes({ name, help, kind }: Metric, series: readonly Series[]): Uint8Array {
  const shown = kind === 'counter' ? `${name}_total` : name;
  const family = new Message().text(1, shown).text(2, help).number(3, typeNumbers[kind]);
  for (const { labels, value } of series) {
    const metric = new Message();
    for (const [label, text] of Object.entries(labels)) metric.message(1, new Message().text(1, label).text(2, text));
    if (kind === 'histogram') metric.message(7, histogram(value as Buckets));
    else metric.message(kind === 'counter' ? 3 : 2, new Message().double(1, value as number));
    family.message(4, metric);
  }
  return new Message().raw(varint(BigInt(family.length))).raw(family.bytes).bytes;
}

function histogram({ bounds, counts, count, native }: Buckets): Message {
  // the sum of the values is not known
  const message = new Message().number(1, count).double(2, NaN);
  let below = 0;
  for (const [index, bound] of [...bounds, Infinity].entries()) message.message(3, new Message().number(1, below += counts[index]!).double(2, bound));
  if (native) nativeParts(message, native);
  return message;
}

function nativeParts(message: Message, { zero, negative, positive }: NativeBuckets): void {
  message.signed(5, SCHEMA_OF_POWERS).double(6, ZERO_THRESHOLD).number(7, zero);
  if (negative > 0) message.message(9, new Message().signed(1, 0).number(2, 1)).signed(10, negative);
  let before = 0;
  let next = 0;
  const indexes = [...positive.keys()].sort((a, b) => a - b);
  for (const index of indexes) {
    // each bucket is a span of its own: offset from the end of the span before
    message.message(12, new Message().signed(1, index - next).number(2, 1));
    next = index + 1;
  }
  for (const index of indexes) {
    message.signed(13, positive.get(index)! - before);
    before = positive.get(index)!;
  }
}

/** Lone surrogates stand for bytes that are no UTF-8, and nobody takes anything else. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** A message of protobuf that is put together field by field. */
class Message {
  private readonly parts: Uint8Array[] = [];
  length = 0;

  get bytes(): Uint8Array {
    return Buffer.concat(this.parts);
  }

  raw(bytes: Uint8Array): this {
    this.parts.push(bytes);
    this.length += bytes.length;
    return this;
  }

  /** uint32, uint64, enum */
  number(field: number, value: number): this {
    return this.key(field, 0).raw(varint(BigInt(value)));
  }

  /** sint32, sint64 */
  signed(field: number, value: number): this {
    const wide = BigInt(value);
    return this.key(field, 0).raw(varint(wide < 0n ? -wide * 2n - 1n : wide * 2n));
  }

  double(field: number, value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return this.key(field, 1).raw(bytes);
  }

  text(field: number, value: string): this {
    return this.bytesField(field, Buffer.from(wellFormed(value)));
  }

  message(field: number, message: Message): this {
    return this.bytesField(field, message.bytes);
  }

  private bytesField(field: number, bytes: Uint8Array): this {
    return this.key(field, 2).raw(varint(BigInt(bytes.length))).raw(bytes);
  }

  private key(field: number, wire: 0 | 1 | 2): this {
    return this.raw(varint(BigInt(field * 8 + wire)));
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  do {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    bytes.push(value > 0n ? low | 0x80 : low);
  } while (value > 0n);
  return Uint8Array.from(bytes);
}
