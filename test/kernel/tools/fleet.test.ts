// serve with real engines: Prometheus scrapes two processes of tbpf, PromQL merges their histograms; a collector gets logs and spans.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot, Running, runCommand } from '../../helpers/command.js';
import { canTrace } from '../../helpers/tool-load.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-fleet-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const hasPrometheus = existsSync('/usr/bin/prometheus');

/** A process that makes calls of lseek(2) with an offset, so often, when told. */
function caller(t: Test): { readonly child: ChildProcess; call(times: number, offset: number): Promise<void> } {
  const child = spawn('perl', ['-e', '$| = 1; open my $f, "<", "/bin/sh"; while (<STDIN>) { my ($n, $at) = split; for (1 .. $n) { sysseek $f, $at, 0 } print "done\\n" }'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return {
    child,
    async call(times, offset) {
      child.stdin!.write(`${times} ${offset}\n`);
      await once(child.stdout!, 'data');
    },
  };
}

async function serving(t: Test, args: readonly string[]): Promise<{ readonly server: Running; readonly url: string }> {
  const server = new Running(['serve', ...args], { timeoutMs: 240_000 });
  t.teardown(() => server.kill('SIGKILL'));
  await server.until('stderr', /^Metrics (at|go to) .*\n/m);
  return { server, url: /^Metrics at (\S+)$/m.exec(server.stderr)?.[1] ?? '' };
}

const SEEKS = join(folder, 'seeks.bt');
writeFileSync(SEEKS, '// @metric @at seek_offset{program} Offsets of seeks.\ntracepoint:syscalls:sys_enter_lseek /pid == $1 && args.whence == 0/ { @at[comm] = hist(args.offset); @n = count(); }\n');

/** Prometheus with two targets of names, until the test ends. @returns a function that asks PromQL */
async function prometheus(t: Test, targets: Readonly<Record<string, string>>, ...flags: string[]): Promise<(query: string) => Promise<Record<string, number>>> {
  const data = mkdtempSync(join(folder, 'prometheus-'));
  writeFileSync(join(data, 'prometheus.yml'), `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: tbpf
    static_configs:
${Object.entries(targets).map(([instance, url]) => `      - { targets: ['${new URL(url).host}'], labels: { instance: ${instance} } }`).join('\n')}
`);
  const child = spawn('prometheus', [`--config.file=${data}/prometheus.yml`, `--storage.tsdb.path=${data}/tsdb`, '--web.listen-address=127.0.0.1:0', '--log.level=info', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  let log = '';
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`prometheus ended:\n${log}`)));
    child.stderr.on('data', (part: Buffer) => {
      log += part.toString();
      const found = /Listening on" address=127\.0\.0\.1:(\d+)/.exec(log);
      if (found) resolve(found[1]!);
    });
  });
  return async (query) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
    // it listens before it is ready
    if (response.status === 503) return {};
    const { data: answer } = await response.json() as { readonly data?: { readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[] } };
    return Object.fromEntries((answer?.result ?? []).map(({ metric, value }) => [metric['instance'] ?? '', Number(value[1])]));
  };
}

/** Asks until the answer is as wanted: scrapes come each second. */
async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (let left = 100; ; left--) {
    const answer = await ask();
    if (isRight(answer) || left === 0) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

// 900 offsets of 100 on one, 90 of 5000 and 10 of 100000 on the other: of 1000 the 950th is in 4096 … 8191
const loads: [instance: string, calls: [times: number, offset: number][]][] = [['alpha', [[900, 100]]], ['beta', [[90, 5000], [10, 100_000]]]];

for (const kind of ['classic', 'native'] as const) {
  t.test(`two processes, one histogram: ${kind}`, async (t) => {
    if (!canTrace(t, 'option')) return;
    if (!hasPrometheus) return t.plan(0, 'prometheus is not installed');
    const targets: Record<string, string> = {};
    for (const [instance, calls] of loads) {
      const { child, call } = caller(t);
      const { url } = await serving(t, [SEEKS, String(child.pid), '--metrics', '127.0.0.1:0']);
      targets[instance] = url;
      for (const [times, offset] of calls) await call(times, offset);
    }
    const ask = await prometheus(t, targets, ...(kind === 'native' ? ['--enable-feature=native-histograms'] : []));
    const counts = await until(() => ask('tbpf_n_total'), (found) => found['alpha'] === 900 && found['beta'] === 100);
    t.same(counts, { alpha: 900, beta: 100 }, 'each has what its own process did');
    t.same(await ask('sum(up)'), { '': 2 });
    t.same(await ask('tbpf_lost_events_total'), { alpha: 0, beta: 0 });
    if (kind === 'classic') {
      t.same(await ask('seek_offset_count'), { alpha: 900, beta: 100 });
      t.same(await ask('sum(seek_offset_bucket{le="127"})'), { '': 900 });
      // of the 90 in (4095, 8191] the 50th, as PromQL divides a bucket evenly
      const [quantile] = Object.values(await ask('histogram_quantile(0.95, sum by (le) (seek_offset_bucket))'));
      t.ok(Math.abs(quantile! - (4095 + 4096 * 50 / 90)) < 0.01, `${quantile}`);
      const [top] = Object.values(await ask('histogram_quantile(0.995, sum by (le) (seek_offset_bucket))'));
      t.ok(Math.abs(top! - (65_535 + 65_536 * 5 / 10)) < 0.01, `${top}`);
    } else {
      t.same(await ask('histogram_count(seek_offset)'), { alpha: 900, beta: 100 });
      t.same(await ask('histogram_count(sum(seek_offset))'), { '': 1000 });
      const [quantile] = Object.values(await ask('histogram_quantile(0.95, sum(seek_offset))'));
      t.ok(quantile! > 4096 && quantile! <= 8192, `${quantile}`);
      t.ok(Math.abs(quantile! - (4096 + 4096 * 50 / 90)) < 0.01, `${quantile}`);
      t.same(await ask('histogram_fraction(0, 128, sum(seek_offset))'), { '': 0.9 });
    }
  });
}

t.test('a program that build wrote, about one control group', async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const mount = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
  if (mount === undefined) return t.plan(0, 'cgroup v2 is not mounted');
  const name = `tbpf-test-${process.pid}`;
  const file = join(folder, 'calls.tbpf');
  const source = join(folder, 'calls.bt');
  writeFileSync(source, '// @metric @calls getppid_calls{program} Calls of getppid.\ntracepoint:syscalls:sys_enter_getppid { @calls[comm] = count(); }\n');
  t.equal((await runCommand(['build', source, '-o', file])).stderr, '');
  mkdirSync(join(mount, name));
  t.teardown(() => rmdirSync(join(mount, name)));
  const { url, server } = await serving(t, [file, '--cgroup', name, '--metrics', '127.0.0.1:0']);
  for (const [into, times] of [[name, 12], ['', 5000]] as const) {
    const child = spawn('sh', ['-c', `echo $$ > ${mount}/${into}/cgroup.procs && exec perl -e 'getppid for 1 .. ${times}'`], { stdio: 'inherit' });
    await once(child, 'exit');
  }
  t.match(await (await fetch(url)).text(), /^getppid_calls_total\{program="perl"\} 12$/m, 'its comments name the metric');
  server.kill('SIGTERM');
  t.equal((await server.ended).status, 0);
});

interface Request {
  readonly path: string;
  readonly body: Record<string, { readonly resource: unknown; readonly [scope: string]: unknown }[]>;
}

t.test('OTLP: what is printed is a log, emit() has attributes, span() is a span; nothing twice after a refusal', async (t) => {
  if (!canTrace(t, 'option')) return;
  const requests: Request[] = [];
  let refusals = 1;
  const receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      if (request.url === '/v1/logs' && refusals-- > 0) return void response.writeHead(400).end();
      requests.push({ path: request.url!, body: JSON.parse(Buffer.concat(parts).toString()) as Request['body'] });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => receiver.close());
  const script = join(folder, 'events.bt');
  writeFileSync(script, `tracepoint:syscalls:sys_enter_lseek /pid == $1 && args.whence == 0/ { @start[tid] = nsecs; }
tracepoint:syscalls:sys_exit_lseek /@start[tid]/ { span("seek", @start[tid]); emit("sought", (at = (uint64)args.ret, who = comm)); printf("at %d\\n", args.ret); delete(@start, tid); @n = count(); }
`);
  const { child, call } = caller(t);
  const { server } = await serving(t, [script, String(child.pid), '--otlp', `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`, '--otlp-interval', '1']);
  const before = BigInt(Date.now()) * 1_000_000n;
  await call(3, 4096);
  const of = (path: string, list: string, scopes: string, records: string): Record<string, unknown>[] => requests.filter((each) => each.path === path)
    .flatMap(({ body }) => body[list]!).flatMap((each) => each[scopes] as Record<string, Record<string, unknown>[]>[]).flatMap((each) => each[records]!);
  const logs = (): Record<string, unknown>[] => of('/v1/logs', 'resourceLogs', 'scopeLogs', 'logRecords');
  const spans = (): Record<string, unknown>[] => of('/v1/traces', 'resourceSpans', 'scopeSpans', 'spans');
  await until(async () => logs().length + spans().length, (count) => count >= 9);
  server.kill('SIGTERM');
  const { stderr, status } = await server.ended;
  t.equal(status, 0);
  t.match(stderr, /serve: http:\S+: /, 'the refusal is said');
  t.same(logs().map(({ body, eventName }) => [(body as { stringValue: string }).stringValue, eventName ?? '']).sort(([a], [b]) => String(a).localeCompare(String(b))), [...Array<[string, string]>(3).fill(['at 4096', '']), ...Array<[string, string]>(3).fill(['sought', 'sought'])]);
  t.same(logs().find(({ eventName }) => eventName === 'sought')!['attributes'], [{ key: 'at', value: { intValue: 4096 } }, { key: 'who', value: { stringValue: 'perl' } }]);
  t.equal(spans().length, 3);
  for (const span of spans()) {
    t.equal(span['name'], 'seek');
    t.match(span['attributes'], [{ key: 'process.pid', value: { intValue: child.pid } }, { key: 'thread.id' }, { key: 'thread.name', value: { stringValue: 'perl' } }]);
    const [from, to] = [BigInt(span['startTimeUnixNano'] as string), BigInt(span['endTimeUnixNano'] as string)];
    t.ok(from >= before - 1_000_000_000n && from < to && to - from < 10_000_000_000n, `${from} ${to}`);
    t.match(span['traceId'], /^[0-9a-f]{32}$/);
  }
  t.equal(new Set(spans().map(({ spanId }) => spanId)).size, 3);
  const resource = JSON.stringify(requests.find(({ path }) => path === '/v1/traces')!.body['resourceSpans']![0]!.resource);
  for (const key of ['host.name', 'os.version', 'service.name']) t.match(resource, `"key":"${key}"`);
});

t.test('the example of docs/fleet.md, built and served for one control group', async (t) => {
  if (!canTrace(t, 'option')) return;
  const mount = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
  if (mount === undefined) return t.plan(0, 'cgroup v2 is not mounted');
  const name = `tbpf-test-fleet-${process.pid}`;
  const group = join(mount, name, `docker-${'5'.repeat(64)}.scope`);
  const file = join(folder, 'read-latency.tbpf');
  t.equal((await runCommand(['build', join(packageRoot, 'examples/kubernetes/read-latency.bt'), '-o', file])).stderr, '');
  mkdirSync(group, { recursive: true });
  t.teardown(() => [group, join(mount, name)].forEach((each) => rmdirSync(each)));
  const { url } = await serving(t, [file, '--cgroup', name, '--metrics', '127.0.0.1:0']);
  const child = spawn('sh', ['-c', `echo $$ > ${group}/cgroup.procs && exec perl -e 'open my $f, "<", "/dev/zero"; sysread $f, my $x, 1 for 1 .. 500; sysread STDERR, $x, 1 for 1 .. 3' 2> /dev/null`], { stdio: ['ignore', 'inherit', 'inherit'] });
  await once(child, 'exit');
  const text = await (await fetch(url)).text();
  t.match(text, /^# HELP read_latency_ns How long read\(2\) took, in ns\.$/m);
  const all = Number(/^read_latency_ns_count\{pod="",container="555555555555"\} (\d+)$/m.exec(text)?.[1]);
  t.ok(all >= 503 && all < 560, `${all}: 503, and what Perl reads at its start`);
  t.match(text, /^read_failed_total\{pod="",container="555555555555"\} \d+$/m);
  t.notMatch(text, 'tbpf_start', 'a map that is none');
});
