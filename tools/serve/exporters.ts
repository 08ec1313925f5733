// Prometheus, which asks for metrics: in text, or in protobuf where it wants native histograms. A collector is told (collector.ts).

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Metric } from '../shared/metrics.js';
import { prometheusText, type Producer } from '../shared/opentelemetry.js';
import { familiesBytes, PROTOBUF_TYPE, wantsProtobuf } from './exposition.js';

export interface Listening {
  readonly url: string;
  close(): void;
}

/** Answers GET /metrics. @throws NodeJS.ErrnoException  the address cannot be listened on */
export async function servePrometheus(producer: Producer, metrics: readonly Metric[], host: string | undefined, port: number, complain: (text: string) => void): Promise<Listening> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    if (request.url?.split('?')[0] !== '/metrics') return void response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Metrics are at /metrics\n');
    const answer = async (): Promise<void> => {
      if (wantsProtobuf(request.headers.accept)) response.setHeader('content-type', PROTOBUF_TYPE).end(await familiesBytes(metrics));
      else response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(prometheusText((await producer.collect()).resourceMetrics));
    };
    answer().catch((error: unknown) => {
      // a server that asks must not take half an answer for a whole one
      complain(`cannot read the maps: ${String(error)}`);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const { address, family, port: chosen } = server.address() as AddressInfo;
  const shown = address === '::' || address === '0.0.0.0' ? hostname() : family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${shown}:${chosen}/metrics`, close: () => { server.close(); server.closeAllConnections(); } };
}
