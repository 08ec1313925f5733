// Who takes metrics: Prometheus, which asks, and a collector, which is told. Both are OpenTelemetry's own exporters.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { prometheusText, type Producer } from '../shared/opentelemetry.js';

export interface Listening {
  readonly url: string;
  close(): void;
}

/** Answers GET /metrics. @throws NodeJS.ErrnoException  the address cannot be listened on */
export async function servePrometheus(producer: Producer, host: string | undefined, port: number, complain: (text: string) => void): Promise<Listening> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    if (request.url?.split('?')[0] !== '/metrics') return void response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Metrics are at /metrics\n');
    producer.collect().then(
      ({ resourceMetrics }) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(prometheusText(resourceMetrics)),
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
