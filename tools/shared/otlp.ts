// Records and counts of tools for OpenTelemetry's collector and for Prometheus, on stdout.
//
//   in     rows of a tool that prints a record for each event; samples of one that counts
//   out    otlp: a line of OTLP/JSON for each record (ExportLogsServiceRequest) or each report (ExportMetricsServiceRequest), as the collector's
//          otlpjsonfile receiver reads them.  prom: an exposition in Prometheus' text format for each report, and an empty line behind it
//   facts  OpenTelemetry has no integers above 2^53 in JavaScript: they are texts of digits. Text that is not UTF-8 is bytes

import { JsonLogsSerializer, JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { HrTime } from '@opentelemetry/api';
import { bytesOf } from '../../lib/index.js';
import { textLines, type FieldValue } from './columns.js';
import { added, type Metric, type Sample } from './metrics.js';
import { machineResource, Producer, prometheusText, SCOPE } from './opentelemetry.js';
import { knownOf, type Lines, type MetricFormat, type RecordKind, type RecordWriter } from './records.js';

const NS_IN_S = 1_000_000_000n;
/** SeverityNumber of the specification */
const severities = { INFO: 9, WARN: 13 } as const;

/** Bytes of traced programs that are not UTF-8 (textOf of the library). */
const foreignBytes = /[\udc80-\udcff]/u;

type Attribute = string | number | boolean | Uint8Array | Attribute[];

/** A log record for each row: its fields are attributes, its line of text is the body. */
export function logWriter<Row>({ tool, record, columns, epochNs }: RecordKind<Row>, out: Lines): RecordWriter<Row> {
  const resource = machineResource(`tbpf-${tool}`);
  const instrumentationScope = { name: SCOPE };
  const known = knownOf(columns);
  const lines = textLines(columns);
  const write = (eventName: string, severity: keyof typeof severities, ns: bigint, body: string, attributes: Record<string, Attribute>): void => {
    const bytes = JsonLogsSerializer.serializeRequest([{
      hrTime: hrTime(ns), hrTimeObserved: hrTime(nowNs()), severityNumber: severities[severity], severityText: severity,
      eventName: `tbpf.${eventName}`, body: attributeOf(body), attributes, droppedAttributesCount: 0, resource, instrumentationScope,
    }])!;
    out.write(jsonLine(bytes));
  };
  return {
    begin: () => undefined,
    write: (row) => {
      const attributes = known.flatMap(({ field, value }): [string, Attribute][] => {
        const given = value(row);
        return given === null ? [] : [[field, attributeOf(given)]];
      });
      write(record, 'INFO', epochNs?.(row) ?? 0n, lines.row(row).trimEnd(), Object.fromEntries(attributes));
    },
    lost: (count) => write('lost', 'WARN', nowNs(), `Lost ${count} events`, { count }),
    end: () => undefined,
  };
}

/** Prints what a tool has counted since it started. */
export function metricWriter(format: MetricFormat, tool: string, out: Lines): (samples: readonly Sample[]) => Promise<void> {
  const resource = machineResource(`tbpf-${tool}`);
  let metrics: readonly Metric[] = [];
  const producer = new Producer(() => metrics, resource);
  return async (samples) => {
    metrics = metricsOf(samples);
    const { resourceMetrics } = await producer.collect();
    out.write(format === 'prom' ? `${prometheusText(resourceMetrics)}\n` : jsonLine(JsonMetricsSerializer.serializeRequest(resourceMetrics)!));
  };
}

/** The samples of a name are the series of a metric. Those with the same labels are one: functions of two libraries may have the same name. */
function metricsOf(samples: readonly Sample[]): readonly Metric[] {
  const byName = new Map<string, Map<string, Sample>>();
  for (const sample of samples) {
    const series = byName.get(sample.name) ?? new Map<string, Sample>();
    byName.set(sample.name, series);
    const labels = JSON.stringify(sample.labels);
    series.set(labels, { ...sample, value: added(series.get(labels)?.value, sample.value) });
  }
  return [...byName].map(([name, series]) => {
    const all = [...series.values()];
    return { name, help: all[0]!.help, kind: all[0]!.kind, read: () => Promise.resolve(all) };
  });
}

function attributeOf(value: FieldValue): Attribute {
  if (value === null) return '';
  if (typeof value === 'bigint') return BigInt.asIntN(54, value) === value ? Number(value) : String(value);
  if (typeof value === 'object') return value.map(attributeOf);
  return typeof value === 'string' && foreignBytes.test(value) ? bytesOf(value) : value;
}

/** JSON leaves DEL and the controls behind it as they are, which a terminal may obey. */
function jsonLine(bytes: Uint8Array): string {
  return `${Buffer.from(bytes).toString().replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)}\n`;
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function hrTime(ns: bigint): HrTime {
  return [Number(ns / NS_IN_S), Number(ns % NS_IN_S)];
}
