// serve: what Prometheus and a collector are told under a load whose counts are known.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { checkRows, Running, type Row } from '../../helpers/command.js';
import { canTrace } from '../../helpers/tool-load.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-serve-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const script = join(folder, 'calls.bt');
writeFileSync(script, `// @metric @calls getppid_calls{program} Calls of getppid.
tracepoint:syscalls:sys_enter_getppid /pid == $1/ { @calls[comm] = count(); @sizes[comm] = hist(1000); @by[tid] = sum(2); printf("called by %s\\n", comm); }
`);

/** A process that calls getppid so often when told a number. */
function caller(t: Test): { readonly child: ChildProcess; call(times: number): Promise<void> } {
  const child = spawn('perl', ['-e', '$| = 1; while (<STDIN>) { getppid() for 1..$_; print "done\\n" }'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return {
    child,
    async call(times) {
      child.stdin!.write(`${times}\n`);
      await once(child.stdout!, 'data');
    },
  };
}

async function serving(t: Test, args: readonly string[]): Promise<{ readonly server: Running; readonly url: string }> {
  const server = new Running(['serve', ...args], { timeoutMs: 120_000 });
  t.teardown(() => server.kill('SIGKILL'));
  await server.until('stderr', /^Metrics (at|go to) .*\n/m);
  return { server, url: /^Metrics at (\S+)$/m.exec(server.stderr)?.[1] ?? '' };
}

/** Values by series, without what tbpf says of itself. */
async function scrape(url: string): Promise<Record<string, number>> {
  const response = await fetch(url);
  const text = await response.text();
  return Object.fromEntries(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

t.test('Prometheus: each scrape has every call, none twice', async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const { child, call } = caller(t);
  const { server, url } = await serving(t, [script, String(child.pid), '--metrics', 'localhost:0']);
  let all = 0;
  for (const times of [7, 0, 1000]) {
    if (times > 0) await call(times);
    all += times;
    const series = await scrape(url);
    t.equal(series['getppid_calls_total{program="perl"}'], all);
    t.equal(series[`tbpf_by_total{tid="${child.pid}"}`], 2 * all);
    t.equal(series['tbpf_sizes_bucket{comm="perl",le="511"}'], 0);
    t.equal(series['tbpf_sizes_bucket{comm="perl",le="1023"}'], all);
    t.equal(series['tbpf_sizes_bucket{comm="perl",le="+Inf"}'], all);
    t.equal(series['tbpf_sizes_count{comm="perl"}'], all);
    t.equal(series['tbpf_lost_events_total'], 0);
    t.equal(series['tbpf_probes'], 1);
  }
  const [one, two] = await Promise.all([scrape(url), scrape(url)]);
  t.same(one, two, 'two servers at once');
  const response = await fetch(url);
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  t.match(await response.text(), /^# HELP getppid_calls_total Calls of getppid\.\n# TYPE getppid_calls_total counter$/m);
  t.equal((await fetch(url.replace('/metrics', '/'))).status, 404);
  t.equal((await fetch(url, { method: 'POST' })).status, 405);
  server.kill('SIGTERM');
  const { status, stdout, stderr } = await server.ended;
  t.equal(status, 0);
  t.equal(stdout.split('\n').filter((line) => line === 'called by perl').length, all, 'what the script prints is a log');
  t.notMatch(stdout, '@');
  t.equal(stderr, `Metrics at ${url}\n`);
});

t.test('a collector is sent all of it, the last at the end', async (t) => {
  if (!canTrace(t, 'option')) return;
  const bodies: string[] = [];
  const collector = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      bodies.push(`${request.method} ${request.url} ${body}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  t.teardown(() => collector.close());
  const { child, call } = caller(t);
  const { server } = await serving(t, [script, String(child.pid), '--otlp', `http://127.0.0.1:${(collector.address() as AddressInfo).port}`, '--otlp-interval', '3600']);
  await call(12);
  await server.until('stdout', /(called by perl\n){12}/);
  server.kill('SIGINT');
  const { status, stderr } = await server.ended;
  t.equal(status, 0, stderr);
  t.equal(bodies.length, 2, 'the maps and the lines');
  const [logs, ofMetrics] = ['logs', 'metrics'].map((what) => JSON.parse(bodies.find((body) => body.startsWith(`POST /v1/${what} `))!.replace(/^POST \S+ /, '')) as any);
  t.same(logs.resourceLogs.flatMap(({ scopeLogs }: any) => scopeLogs.flatMap(({ logRecords }: any) => logRecords.map(({ body }: any) => body.stringValue))), Array(12).fill('called by perl'));
  const { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] } = ofMetrics;
  t.match(resource.attributes.map(({ key, value }: any) => `${key}=${value.stringValue}`), ['service.name=tbpf-calls', /^host\.name=/, 'os.type=linux', /^os\.version=\d/]);
  const calls = metrics.find(({ name }: any) => name === 'getppid_calls');
  t.equal(calls.sum.isMonotonic, true);
  t.equal(calls.sum.dataPoints[0].asDouble, 12);
  t.same(calls.sum.dataPoints[0].attributes, [{ key: 'program', value: { stringValue: 'perl' } }]);
  const sizes = metrics.find(({ name }: any) => name === 'tbpf_sizes').histogram.dataPoints[0];
  t.equal(Number(sizes.count), 12);
  t.equal(sizes.bucketCounts.map(Number)[sizes.explicitBounds.indexOf(1023)], 12);
});

t.test('a collector that is not there is said, and the trace goes on', async (t) => {
  if (!canTrace(t, 'option')) return;
  const { server, url } = await serving(t, [script, '1', '--otlp', 'http://127.0.0.1:1', '--otlp-interval', '1', '--metrics', 'localhost:0']);
  await server.until('stderr', /^serve: http:\/\/127\.0\.0\.1:1: .+$/m);
  t.equal((await scrape(url))['tbpf_probes'], 1);
  server.kill('SIGTERM');
  t.equal((await server.ended).status, 0);
});

const rows: [title: string, row: Row][] = [
  ['no such script', { args: ['serve', '/nonexistent.bt'], stderr: /^serve: cannot read \/nonexistent\.bt: /, status: 1 }],
  ['a wrong address', { args: ['serve', script, '--metrics', '9435'], stderr: /error: argument --metrics: '9435' is no \[ADDR\]:PORT\n$/, status: 2 }],
  ['a port that there is not', { args: ['serve', script, '--metrics', ':99999'], stderr: /is no \[ADDR\]:PORT\n$/, status: 2 }],
  ['no URL', { args: ['serve', script, '--otlp', 'collector:4318'], stderr: /error: argument --otlp: 'collector:4318' is no http:\/\/ or https:\/\/ address\n$/, status: 2 }],
  ['a script that is wrong', { args: ['serve', '-'], input: 'begin { @ = nosuch(); }', stderr: /nosuch/, status: 1 }],
  ['an address that is not ours', { args: ['serve', '-', '--metrics', '192.0.2.1:9435'], input: 'interval:s:1 { @ = count(); }', stderr: /^serve: cannot listen on 192\.0\.2\.1:9435: /, status: 1 }],
];
t.test('wrong', async (t) => {
  if (!canTrace(t, 'option')) return;
  await checkRows(t, rows);
});
