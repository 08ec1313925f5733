// Metrics as OpenTelemetry's data, and who takes them: Prometheus, which asks, and a collector, which is told.
//
//   idea   both are OpenTelemetry's own exporters; here is what they are fed with (MetricProducer), and what this machine is (Resource)

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, release } from 'node:os';
import { ValueType, type HrTime } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type MetricData, type MetricProducer, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Buckets, Metric, Series } from './series.js';

const SCOPE = 'tbpf';

export class Producer implements MetricProducer {
  readonly #startTime = now();

  constructor(private readonly metrics: readonly Metric[], private readonly resource: Resource) {}

  async collect(): Promise<{ resourceMetrics: ResourceMetrics; errors: unknown[] }> {
    const metrics: MetricData[] = [];
    for (const metric of this.metrics) metrics.push(metricData(metric, await metric.read(), this.#startTime));
    return { resourceMetrics: { resource: this.resource, scopeMetrics: [{ scope: { name: SCOPE }, metrics }] }, errors: [] };
  }
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

export interface Listening {
  readonly url: string;
  close(): void;
}

/** Answers GET /metrics. @throws NodeJS.ErrnoException  the address cannot be listened on */
export async function servePrometheus(producer: Producer, host: string | undefined, port: number, complain: (text: string) => void): Promise<Listening> {
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    if (request.url?.split('?')[0] !== '/metrics') return void response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Metrics are at /metrics\n');
    producer.collect().then(
      ({ resourceMetrics }) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(`${serializer.serialize(resourceMetrics).trimEnd()}\n`),
      (error: unknown) => {
        // a server that asks must not take half an answer for a whole one
        complain(`cannot read the maps: ${String(error)}`);
        response.writeHead(500).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const { address, family, port: chosen } = server.address() as AddressInfo;
  const shown = address === '::' || address === '0.0.0.0' ? hostname() : family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${shown}:${chosen}/metrics`, close: () => { server.close(); server.closeAllConnections(); } };
}

/** Sends everything now. Resolves with a reason when it could not. */
export function otlpSender(producer: Producer, url: string): { send(): Promise<string | undefined>; close(): Promise<void> } {
  const exporter = new OTLPMetricExporter({ url: url.endsWith('/v1/metrics') ? url : `${url.replace(/\/+$/, '')}/v1/metrics` });
  return {
    send: async () => {
      const { resourceMetrics } = await producer.collect();
      return new Promise((resolve) => exporter.export(resourceMetrics, ({ code, error }) => resolve(Number(code) === 0 ? undefined : error?.message ?? 'it was refused')));
    },
    close: () => exporter.shutdown(),
  };
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
