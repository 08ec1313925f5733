// What a script tells, as OpenTelemetry's logs and spans, and the way to a collector.
//
//   in     metrics (shared/opentelemetry.ts), events of the session
//   out    requests of OTLP over HTTP: /v1/metrics, /v1/logs, /v1/traces
//   idea   records wait here until they are sent, at most WAITING of each kind: who sends slower than a script prints loses records, which is counted
//   facts  a span is an event of emit("span", …) with name, start and end in ns since boot, as the macro span() makes it; other fields are attributes

import { randomBytes } from 'node:crypto';
import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonLogsSerializer, JsonTraceSerializer, LogsExporterMetricsHelper, TraceExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { toJSON, type Clock, type TraceEvent, type Value } from '../../lib/index.js';
import type { Producer } from '../shared/opentelemetry.js';
import { wellFormed } from './exposition.js';

/** Records of each kind that wait to be sent. */
const WAITING = 10_000;
/** of one request */
const MOST_SENT = 2000;

type Attributes = Record<string, string | number | boolean>;

export class Collector {
  readonly #metrics: OTLPMetricExporter;
  readonly #logs: OTLPExporterBase<ReadableLogRecord[]>;
  readonly #traces: OTLPExporterBase<ReadableSpan[]>;
  readonly #scope = { name: 'tbpf' };
  #logRecords: ReadableLogRecord[] = [];
  #spans: ReadableSpan[] = [];
  #dropped = 0;

  /** @param url  of the collector; the paths of OTLP are put behind it */
  constructor(
    url: string,
    private readonly producer: Producer,
    private readonly resource: Resource,
    private readonly clock: Pick<Clock, 'toEpochNs'>,
  ) {
    const base = url.replace(/\/v1\/metrics$|\/+$/, '');
    const json = { 'Content-Type': 'application/json' };
    this.#metrics = new OTLPMetricExporter({ url: `${base}/v1/metrics` });
    this.#logs = new OTLPExporterBase(createOtlpHttpExportDelegate(convertLegacyHttpOptions({ url: `${base}/v1/logs` }, 'LOGS', 'v1/logs', json), JsonLogsSerializer, 'otlp_http_log_exporter', LogsExporterMetricsHelper, undefined));
    this.#traces = new OTLPExporterBase(createOtlpHttpExportDelegate(convertLegacyHttpOptions({ url: `${base}/v1/traces` }, 'TRACES', 'v1/traces', json), JsonTraceSerializer, 'otlp_http_span_exporter', TraceExporterMetricsHelper, undefined));
  }

  /** Logs and spans that found no room, or that the collector refused. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes what the script tells; maps and losses are metrics. */
  take(event: TraceEvent): void {
    if (event.type === 'map' || event.type === 'lost' || event.type === 'pinned') return;
    const span = event.type === 'emit' && event.name === 'span' ? this.#spanOf(event.fields as Fields) : undefined;
    if (span !== undefined) this.#spans.push(span);
    else this.#logRecords.push(this.#logOf(event));
    this.#dropped += this.#spans.splice(WAITING).length + this.#logRecords.splice(WAITING).length;
  }

  /** Sends everything now. Resolves with a reason when it could not: metrics are sent again the next time, logs and spans wait as long as there is room. */
  async send(): Promise<string | undefined> {
    const { resourceMetrics } = await this.producer.collect();
    return await exported(this.#metrics, resourceMetrics)
      ?? await this.#sendAll(this.#logs, () => this.#logRecords, (rest) => (this.#logRecords = rest))
      ?? await this.#sendAll(this.#traces, () => this.#spans, (rest) => (this.#spans = rest));
  }

  async close(): Promise<void> {
    await Promise.all([this.#metrics.shutdown(), this.#logs.shutdown(), this.#traces.shutdown()]);
  }

  async #sendAll<T>(exporter: OTLPExporterBase<T[]>, waiting: () => T[], keep: (rest: T[]) => void): Promise<string | undefined> {
    while (waiting().length > 0) {
      const part = waiting().slice(0, MOST_SENT);
      keep(waiting().slice(part.length));
      const problem = await exported(exporter, part);
      if (problem === undefined) continue;
      const all = [...part, ...waiting()];
      this.#dropped += Math.max(0, all.length - WAITING);
      keep(all.slice(0, WAITING));
      return problem;
    }
    return undefined;
  }

  #logOf(event: Exclude<TraceEvent, { readonly type: 'map' | 'lost' | 'pinned' }>): ReadableLogRecord {
    const time = hrTimeOf(BigInt(Date.now()) * 1_000_000n);
    const bad = ['error', 'runtime-error'].includes(event.type) ? SeverityNumber.ERROR : ['warning', 'helper-error'].includes(event.type) ? SeverityNumber.WARN : SeverityNumber.INFO;
    const text = event.type === 'emit' ? event.name : event.text.replace(/\n$/, '');
    return {
      hrTime: time, hrTimeObserved: time, severityNumber: bad, severityText: SeverityNumber[bad], body: wellFormed(text),
      ...(event.type === 'emit' && { eventName: event.name }), attributes: event.type === 'emit' ? attributesOf(event.fields as Fields) : {},
      resource: this.resource, instrumentationScope: this.#scope, droppedAttributesCount: 0,
    };
  }

  /** undefined: the record is not what span() makes */
  #spanOf({ name, start, end, ...others }: Fields): ReadableSpan | undefined {
    if (typeof name !== 'string' || typeof start !== 'bigint' || typeof end !== 'bigint') return undefined;
    const spanContext = { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex'), traceFlags: TraceFlags.SAMPLED };
    const [startTime, endTime] = [this.#hrTime(start), this.#hrTime(end)];
    return {
      name: wellFormed(name), kind: SpanKind.INTERNAL, spanContext: () => spanContext, startTime, endTime, status: { code: SpanStatusCode.UNSET }, attributes: attributesOf(others),
      links: [], events: [], duration: hrTimeOf(end - start), ended: true, resource: this.resource, instrumentationScope: this.#scope,
      droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0,
    };
  }

  #hrTime(bootNs: bigint): HrTime {
    return hrTimeOf(this.clock.toEpochNs(bootNs));
  }
}

type Fields = Readonly<Record<string, Value>>;

function hrTimeOf(ns: bigint): HrTime {
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

/** Names that OpenTelemetry's conventions have for what scripts tell. */
const conventions: Readonly<Record<string, string>> = { pid: 'process.pid', tid: 'thread.id', comm: 'thread.name' };

function attributesOf(fields: Fields): Attributes {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [conventions[name] ?? name, attributeOf(value)]));
}

function attributeOf(value: Value): string | number | boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'bigint') return BigInt.asIntN(54, value) === value ? Number(value) : String(value);
  return toJSON(value);
}

interface Exporter<T> {
  export(items: T, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
}

function exported<T>(exporter: Exporter<T>, items: T): Promise<string | undefined> {
  return new Promise((resolve) => exporter.export(items, ({ code, error }) => resolve(code === 0 ? undefined : error?.message ?? 'it was refused')));
}
