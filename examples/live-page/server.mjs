// A page with live numbers: how long reads take, a column of colours for each second. Plain node:http, server-sent events, no packages.
//
//   node examples/live-page/server.mjs [PORT]     (as root; http://localhost:8080)

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { trace } from 'tbpf';

const session = await trace(`
  tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; }
  tracepoint:syscalls:sys_exit_read /@start[tid]/ { @us = hist((nsecs - @start[tid]) / 1000); @reads[comm] = count(); delete(@start, tid); }
`);

const page = readFileSync(new URL('index.html', import.meta.url));
const viewers = new Set();
const server = createServer((request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    viewers.add(response);
    request.on('close', () => viewers.delete(response));
  } else if (request.url === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  } else response.writeHead(404).end();
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => console.log(`http://localhost:${server.address().port}`));

/** What was read in the last second; counts fit into a number. */
async function second() {
  const [latency] = await session.maps.get('@us').take();
  const reads = await session.maps.get('@reads').take();
  const { value } = latency ?? {};
  return {
    rows: value?.rows.map(({ min, count }) => ({ us: Number(min ?? 0n), count: Number(count) })) ?? [],
    count: Number(value?.count ?? 0n),
    p50: Number(value?.percentile(50) ?? 0n), p99: Number(value?.percentile(99) ?? 0n),
    programs: reads.map((entry) => ({ comm: entry.key, count: Number(entry.value) })).sort((a, b) => b.count - a.count).slice(0, 6),
  };
}

const timer = setInterval(async () => {
  const data = JSON.stringify(await second());
  for (const viewer of viewers) viewer.write(`data: ${data}\n\n`);
}, 1000);

process.once('SIGTERM', stop).once('SIGINT', stop);

async function stop() {
  clearInterval(timer);
  server.close();
  for (const viewer of viewers) viewer.end();
  await session.stop();
}
