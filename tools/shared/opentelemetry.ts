// Metrics as OpenTelemetry's data, and the machine that they are of.
//
//   idea   what asks or is told are OpenTelemetry's own exporters and serializers; here is what they are fed with (MetricProducer, Resource)

import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { ValueType, type HrTime } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type MetricData, type MetricProducer, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Buckets, Metric, Series } from './metrics.js';

/** who measures */
export const SCOPE = 'tbpf';

export class Producer implements MetricProducer {
  readonly #startTime = now();

  /** @param metrics  what there is to read, asked for each time */
  constructor(private readonly metrics: () => readonly Metric[], private readonly resource: Resource) {}

  async collect(): Promise<{ resourceMetrics: ResourceMetrics; errors: unknown[] }> {
    const metrics: MetricData[] = [];
    for (const metric of this.metrics()) metrics.push(metricData(metric, await metric.read(), this.#startTime));
    return { resourceMetrics: { resource: this.resource, scopeMetrics: [{ scope: { name: SCOPE }, metrics }] }, errors: [] };
  }
}

/** Prometheus' text format 0.0.4, without a metric for the resource and without names of scopes. */
export function prometheusText(metrics: ResourceMetrics): string {
  return `${new PrometheusSerializer('', false, undefined, false, true).serialize(metrics).trimEnd()}\n`;
}

/** This machine, in the words of OpenTelemetry's conventions. */
export function machineResource(service: string): Resource {
  const container = containerId();
  return resourceFromAttributes({ 'service.name': service, 'host.name': hostname(), 'os.type': 'linux', 'os.version': release(), ...(container !== undefined && { 'container.id': container }) });
}

/** Of a container engine's control group: 64 hexadecimal digits at the end of its path. */
function containerId(): string | undefined {
  try {
    return /([0-9a-f]{64})(?:\.scope)?$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  } catch {
    return undefined; // no /proc: no container is known
  }
}

function metricData({ name, help, kind }: Metric, series: readonly Series[], startTime: HrTime): MetricData {
  const endTime = now();
  const descriptor = { name, description: help, unit: '', valueType: ValueType.DOUBLE };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const pointsOf = <T>(valueOf: (value: number | Buckets) => T) => series.map(({ labels, value }) => ({ startTime, endTime, attributes: labels, value: valueOf(value) }));
  const number = (value: number | Buckets): number => value as number;
  switch (kind) {
    case 'counter': return { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: pointsOf(number) };
    case 'gauge': return { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints: pointsOf(number) };
    case 'histogram': return {
      descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM,
      // the sum of the values is not kept by hist() and lhist()
      dataPoints: pointsOf((value) => {
        const { bounds, counts, count } = value as Buckets;
        return { buckets: { boundaries: [...bounds], counts: [...counts] }, count };
      }),
    };
  }
}

function now(): HrTime {
  const ms = Date.now();
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}
