// The library's programs in examples/: what they print of what is made to happen here. Only counts of the whole machine and of this process's
// children are looked at.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const CHROMIUM = ['chromium-headless-shell', 'chromium'].map((name) => join('/usr/bin', name)).find((path) => existsSync(path));

interface Output { readonly process: ChildProcess; text: string; readonly ended: Promise<number | null> }

function run(t: Test, program: string, ...args: string[]): Output {
  const child = spawn('env', ['-u', 'NODE_OPTIONS', program, ...args], { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const output = { process: child, text: '', ended };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output.text += data.toString()));
  t.teardown(async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  });
  return output;
}

const node = (t: Test, example: string, ...args: string[]): Output => run(t, process.execPath, join('examples', example), ...args);

async function until(test: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 30_000;
  while (!test()) {
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Emulated, they take minutes, and none of them asks for something that this kernel lacks. */
const notInGuests = onThisMachine();

t.test('simulate: the script is tested without a kernel', notInGuests, async (t) => {
  const { ended, text } = await finished(run(t, process.execPath, '--test', 'examples/simulate/opens.test.mjs'));
  t.equal(ended, 0, text);
  t.match(text, /^# pass 3$/m);
});

t.test('read-percentiles: a line for each program, with times that grow', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const { text, ended } = await finished(node(t, 'read-percentiles.mjs', '1'));
  t.equal(ended, 0);
  t.match(text, /^COMM +READS +50 % +90 % +99 %$/m);
  t.match(text, /^\S.* +\d+ +\d+ [µm]s +\d+ [µm]s +\d+ [µm]s$/m);
});

t.test('top-syscalls: ten calls, the most frequent first', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const { text, ended } = await finished(node(t, 'top-syscalls.mjs'));
  t.equal(ended, 0, text);
  const counts = [...text.matchAll(/^ *(\d+) \w+$/gm)].map(([, count]) => Number(count));
  t.equal(counts.length, 10);
  t.same(counts, [...counts].sort((a, b) => b - a));
});

t.test('top-syscalls: a reader that goes away is no failure', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const child = run(t, process.execPath, join('examples', 'top-syscalls.mjs'));
  child.process.stdout!.destroy();
  t.equal(await child.ended, 0, child.text);
  t.equal(child.text, '');
});

t.test('worker: the main thread is told what the other one counts', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const { text, ended } = await finished(node(t, 'worker.mjs', '2'));
  t.equal(ended, 0, text);
  t.equal(text.trim().split('\n').length, 2);
  t.match(text, /^\w+ \d+, \w+ \d+/);
});

t.test('live-page: numbers come each second', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const server = node(t, 'live-page/server.mjs', '0');
  await until(() => /http:\/\/localhost:\d+\n/.test(server.text), 'the address');
  const address = /http:\/\/localhost:\d+/.exec(server.text)![0];
  let stream = '';
  const request = get(`${address}/events`, (response) => response.on('data', (data: Buffer) => (stream += data.toString())));
  await until(() => stream.split('\n\n').length > 2, 'the second event');
  request.destroy();
  const [first] = stream.split('\n\n');
  t.match(JSON.parse(first!.replace(/^data: /, '')), { count: Number, p50: Number, p99: Number, rows: Array, programs: Array });

  server.process.kill('SIGTERM');

  t.test('in a browser', async (t) => {
    if (CHROMIUM === undefined) return void t.plan(0, 'no chromium is installed (Debian: apt-get install chromium-headless-shell)');
    let page = '';
    // the browser's clock stands while the stream is open: it shows what it has when the server ends, which a busy machine reaches later
    for (const waitMs of [5000, 15_000, 40_000]) {
      const again = node(t, 'live-page/server.mjs', '0');
      await until(() => /http:\/\/localhost:\d+\n/.test(again.text), 'the address');
      const browser = run(t, CHROMIUM, '--no-sandbox', '--virtual-time-budget=2000', '--dump-dom', /http:\/\/localhost:\d+/.exec(again.text)![0]);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      again.process.kill('SIGTERM');
      page = (await finished(browser)).text;
      if (/data-seconds="\d+"/.test(page)) break;
    }
    t.match(page, /<body data-seconds="\d+">|data-seconds="\d+"/);
    t.match(page, /<dd id="count">[\d,]+<\/dd>/);
    t.match(page, /<tr><td>[^<]+<\/td><td>[\d,]+<\/td><td><i style="width: [\d.]+%;"><\/i><\/td><\/tr>/);
  });
});

t.test('prom-client: two scrapes, whose numbers only grow', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const server = node(t, 'prom-client.mjs', '0');
  await until(() => server.text.includes('/metrics\n'), 'the address');
  const address = /http:\S+/.exec(server.text)![0];
  const scrapes: string[] = [];
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    scrapes.push(await (await fetch(address)).text());
  }
  const numberOf = (name: string, text: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  for (const text of scrapes) {
    t.match(text, /^syscalls_total\{comm="[^"]+"\} [1-9]\d*$/m);
    t.equal(numberOf('read_seconds_bucket\\{le="\\+Inf"\\}', text), numberOf('read_seconds_count', text));
  }
  const [first, second] = scrapes.map((text) => numberOf('read_seconds_count', text));
  t.ok(second! >= first! && second! > 0, `${first} reads, then ${second}`);
  server.process.kill('SIGINT');
  t.equal((await finished(server)).ended, 0);
});

async function finished(output: Output): Promise<{ readonly text: string; readonly ended: number | null }> {
  const ended = await output.ended;
  return { text: output.text, ended };
}
