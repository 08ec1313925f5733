// Metrics for Prometheus: system calls by program as a counter, how long reads take as a histogram. prom-client keeps them between the scrapes.
//
//   npm i prom-client
//   node examples/prom-client.mjs [PORT]     (as root), then: curl http://127.0.0.1:9464/metrics

import { createServer } from 'node:http';
import { Counter, Registry } from 'prom-client';
import { trace } from 'tbpf';

const session = await trace(`
  tracepoint:raw_syscalls:sys_enter { @calls[comm] = count(); }
  tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; }
  tracepoint:syscalls:sys_exit_read /@start[tid]/ { @read_ns = hist(nsecs - @start[tid]); delete(@start, tid); }
`);

const registry = new Registry();
const calls = new Counter({ name: 'syscalls_total', help: 'System calls', labelNames: ['comm'], registers: [registry] });
const lost = new Counter({ name: 'tbpf_lost_events_total', help: 'Events that found no room', registers: [registry] });

/** The kernel has counted into its own buckets, and prom-client observes single values only: what it would print is written here. */
const buckets = new Map();
let sum = 0n;

async function update() {
  for (const { key, value } of await session.maps.get('@calls').take()) calls.inc({ comm: key }, Number(value));
  for (const { value } of await session.maps.get('@read_ns').take()) {
    for (const { min = 0n, max, count } of value.rows) {
      buckets.set(max, (buckets.get(max) ?? 0n) + count);
      sum += count * min; // of a bucket only its bounds are known: this is the least that the sum can be
    }
  }
  const { lost: all } = session.stats();
  lost.reset();
  lost.inc(all.reduce((total, { count }) => total + Number(count), 0));
}

function histogramText() {
  const rows = [...buckets].filter(([max]) => max !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  let below = 0n;
  const lines = rows.map(([max, count]) => `read_seconds_bucket{le="${Number(max) / 1e9}"} ${(below += count)}`);
  const all = [...buckets.values()].reduce((total, count) => total + count, 0n);
  return ['# HELP read_seconds Time in read()', '# TYPE read_seconds histogram', ...lines, `read_seconds_bucket{le="+Inf"} ${all}`, `read_seconds_sum ${Number(sum) / 1e9}`, `read_seconds_count ${all}`, ''].join('\n');
}

const server = createServer((request, response) => {
  if (request.url !== '/metrics') return void response.writeHead(404).end();
  update().then(async () => response.setHeader('Content-Type', registry.contentType).end(`${await registry.metrics()}\n${histogramText()}`))
    .catch((error) => response.writeHead(500).end(String(error)));
});
server.listen(Number(process.argv[2] ?? 9464), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/metrics`));

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    void session.stop();
  });
}
