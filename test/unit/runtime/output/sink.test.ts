import t from 'tap';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sink } from '../../../../lib/runtime/output/index.js';
import { packageRoot } from '../../../../lib/runtime/native/index.js';
import { writeAll } from '../../../../lib/runtime/output/sink.js';
import { needs } from '../../../helpers/needs.js';

const directory = mkdtempSync(join(tmpdir(), 'sink-'));
t.teardown(() => rmSync(directory, { recursive: true }));
let files = 0;
const newFile = (): string => join(directory, `file${files++}`);

t.test('line: text appears when the turn ends, many texts in one write', async (t) => {
  const path = newFile();
  const sink = Sink.openFile(path);
  sink.write('a');
  sink.write('b\n');
  t.equal(readFileSync(path, 'utf8'), '');
  await Promise.resolve();
  t.equal(readFileSync(path, 'utf8'), 'ab\n');
  sink.write('c\n');
  await Promise.resolve();
  t.equal(readFileSync(path, 'utf8'), 'ab\nc\n');
  sink.close();
});

t.test('none: every text at once', async (t) => {
  const path = newFile();
  const sink = Sink.openFile(path, { buffering: 'none' });
  sink.write('a');
  t.equal(readFileSync(path, 'utf8'), 'a');
  sink.close();
});

t.test('full: when much has come together, and at the end', async (t) => {
  const path = newFile();
  const sink = Sink.openFile(path, { buffering: 'full' });
  sink.write('a');
  await new Promise(setImmediate);
  t.equal(readFileSync(path, 'utf8'), '');
  sink.write('x'.repeat(70_000));
  t.equal(readFileSync(path, 'utf8').length, 70_001);
  sink.write('end');
  sink.close();
  t.equal(readFileSync(path, 'utf8').length, 70_004);
  sink.write('dropped');
  sink.flush();
});

t.test('bytes that are no UTF-8 come out as they went in', async (t) => {
  const path = newFile();
  const sink = Sink.openFile(path);
  sink.write('ü\udcff\u{1f600}');
  sink.close();
  t.same([...readFileSync(path)], [0xc3, 0xbc, 0xff, 0xf0, 0x9f, 0x98, 0x80]);
});

t.test('a file that cannot be made', async (t) => {
  t.throws(() => Sink.openFile(join(directory, 'missing', 'file')), { code: 'ENOENT', syscall: 'open', message: /^cannot write to / });
});

t.test('a full disk is an error', async (t) => {
  const fd = openSync('/dev/full', 'w');
  const sink = new Sink(fd, {}, '/dev/full');
  sink.write('a');
  t.throws(() => sink.flush(), { code: 'ENOSPC', message: 'cannot write to /dev/full: No space left on device' });
  t.equal(sink.closed, true);
  closeSync(fd);
});

t.test('EAGAIN: tried again until all is written', async (t) => {
  const answers = [3, 0, 0, 2, 0, 5];
  const seen: number[] = [];
  writeAll(new Uint8Array(10), (from) => {
    seen.push(from);
    return answers.shift();
  });
  t.same(seen, [0, 3, 3, 3, 5, 5]);
});

const bundle = join(directory, 'sink.mjs');
execFileSync(join(process.cwd(), 'node_modules/.bin/esbuild'), ['lib/runtime/output/sink.ts', '--bundle', '--platform=node', '--format=esm', `--outfile=${bundle}`, '--log-level=error']);

/** Runs `script` (which imports the sink as process.argv[1]) into a pipe that `reader` reads. */
async function runPiped(script: string, reader: string, launcher = ''): Promise<{ out: string; errors: string }> {
  const child = spawn('sh', ['-c', `${launcher} "$0" --input-type=module -e "$1" "$2" | ${reader}`, process.execPath, script, bundle], { stdio: ['ignore', 'pipe', 'pipe'] });
  const read = async (stream: AsyncIterable<unknown>): Promise<string> => {
    let text = '';
    for await (const part of stream) text += String(part);
    return text;
  };
  const [out, errors] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { out, errors };
}

t.test('a non-blocking pipe with a slow reader loses nothing', async (t) => {
  const { out, errors } = await runPiped(`
    const { openSync, constants } = await import('node:fs');
    const { Sink } = await import(process.argv[1]);
    const fd = openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK);
    const sink = new Sink(fd);
    for (let i = 0; i < 30000; i++) sink.write('line ' + i + '\\n');
    sink.flush();
  `, '{ sleep 0.3; cat; }');
  t.equal(errors, '');
  t.equal(out, Array.from({ length: 30000 }, (_, i) => `line ${i}\n`).join(''));
});

t.test('a reader that is gone ends writing quietly', async (t) => {
  const { out, errors } = await runPiped(`
    const { Sink } = await import(process.argv[1]);
    let told = 0;
    const sink = new Sink(1, { onClosed: () => { told++; } });
    for (let i = 0; i < 100000; i++) sink.write('line ' + i + '\\n');
    sink.close();
    process.stderr.write(JSON.stringify({ told, closed: sink.closed }));
  `, 'head -n 1');
  t.equal(out, 'line 0\n');
  t.same(JSON.parse(errors), { told: 1, closed: true });
});

t.test('without /proc a pipe cannot be opened once more: signals are heard all the same while nobody reads', async (t) => {
  if (!needs(t, 'root')) return;
  const heard = newFile();
  const { out, errors } = await runPiped(`
    const { createRequire } = await import('node:module');
    const { writeFileSync } = await import('node:fs');
    const { sendNow } = createRequire(process.argv[1])(${JSON.stringify(join(packageRoot(), 'build/Release/tbpf.node'))});
    const { Sink } = await import(process.argv[1]);
    let changes = 0;
    const sink = new Sink(1, { unblocked: { send: sendNow, onChange: () => { changes++; } } });
    process.on('SIGTERM', () => {
      process.stderr.write('heard ');
      writeFileSync(${JSON.stringify(heard)}, '');
    });
    for (let i = 0; i < 30000; i++) sink.write('line ' + i + '\\n');
    sink.flush();
    process.stderr.write(sink.blocked ? 'blocked ' : 'not blocked ');
    process.kill(process.pid, 'SIGTERM');
    await sink.drained();
    process.stderr.write(String(changes));
  `, `{ until [ -e ${heard} ]; do sleep 0.05; done; cat; }`, `unshare --mount sh -c 'mount -t tmpfs none /proc; exec "$@"' sh`);
  const changes = Number(/^blocked heard (\d+)$/.exec(errors)?.[1]);
  t.ok(changes >= 2 && changes % 2 === 0, `each time it blocked it went on: ${errors}`);
  t.equal(out, Array.from({ length: 30000 }, (_, i) => `line ${i}\n`).join(''));
});
