// dw_ustack without a kernel: who may use it, and how the program walks a stack by tables that are put into its maps.

import t from 'tap';
import { compile, type CompileOptions } from '../../../lib/compile.js';
import { chunksOf, packRule, rangesValue, unwindKey, unwindKind, unwindRanges } from '../../../lib/model/layout/unwind.js';
import { Source } from '../../../lib/model/source/source.js';
import type { Arch, Target } from '../../../lib/model/target/target.js';
import { registerOffset } from '../../../lib/language/registers.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';
import { runInSim, type Firing } from '../../helpers/sim-session.js';

function said(script: string, options: CompileOptions = {}, arch: Arch = 'x86_64'): string[] {
  const target: Target = new Proxy(new FixtureTarget(), { get: (machine, name) => (name === 'arch' ? arch : (Reflect.get(machine, name) as unknown)) });
  return compile(new Source('stdin', script), target, options).diagnostics.map((d) => `${d.code} ${d.message}`);
}

const enabled = 'config = { unstable_dw_ustack = enable; print_maps_on_exit = false }';
const noProcess = 'F0372 dw_ustack requires a target process. Use { pid } or { command } to specify one.';
const warning = 'Script is using an unstable feature: dw_ustack.';

t.test('who may use it', async (t) => {
  t.strictSame(said(`${enabled} profile:hz:99 { print(dw_ustack); @[dw_ustack(perf, 3)] = count(); }`), []);
  t.strictSame(said(`${enabled} profile:hz:99 { print(dw_ustack); }`, { unwinds: false }), [noProcess]);
  t.strictSame(said(`${enabled} profile:hz:99 { print(dw_ustack(3)); }`, { unwinds: false }), [noProcess]);
  t.strictSame(said(`${enabled} profile:hz:99 { print(dw_ustack); }`, {}, 'arm64'), ['F0373 dw_ustack is not supported on arm64']);
  t.match(said('profile:hz:99 { print(dw_ustack); }'), [new RegExp(warning)]);
  t.match(said('config = { unstable_dw_ustack = error } profile:hz:99 { print(dw_ustack(3)); }'), [/dw_ustack feature is not enabled by default/]);
  t.strictSame(said(`${enabled} profile:hz:99 { print(dw_ustack(build_id)); }`), ["F0321 'build_id' stack mode can only be used for ustack"]);
  t.strictSame(said(`${enabled} profile:hz:99 { print(dw_ustack(2000)); }`), ["F0324 dw_ustack([int limit]): limit shouldn't exceed 1024, 2000 given"]);
});

const PID = 1234;
const BIAS = 0x5555_0000_0000n;
const STACK = 0x7fff_0000_0000n;
const STACK_WORDS = 512;

/** A rule, which fits. */
const rule = (kind: keyof typeof unwindKind, words = 0, saved = 0): number => packRule(unwindKind[kind], words, saved)!;

/** Functions of 256 bytes at 0x1000, 0x1100 … of a file. */
const functions = {
  leaf: rule('stackPointer', 1), pushes: rule('stackPointer', 3, 2), framed: rule('framePointer', 2, 2), large: rule('stackPointer', 101), plt: rule('plt', 1, 11), aligned: rule('indirect', 1),
  handler: rule('signal'), start: rule('end'), unknown: rule('uncovered'),
};
type Name = keyof typeof functions;
const names = Object.keys(functions) as Name[];
const addressOf = (name: Name, offset = 0x80): bigint => BIAS + BigInt(0x1000 + 0x100 * names.indexOf(name) + offset);

interface Thread {
  readonly ip: bigint;
  readonly sp?: number;
  readonly bp?: number;
  /** words of the stack by their index */
  readonly stack: Readonly<Record<number, bigint>>;
}

const at = (word: number): bigint => STACK + BigInt(8 * word);

function fire({ ip, sp = 0, bp = 0, stack }: Thread): Firing & { memory: Uint8Array } {
  const context = new Uint8Array(184);
  const registers = new DataView(context.buffer);
  for (const [name, value] of [['ip', ip], ['sp', at(sp)], ['bp', at(bp)], ['cs', 0x33n]] as const) registers.setBigUint64(registerOffset('x86_64', name)!, value, true);
  const memory = new Uint8Array(8 * STACK_WORDS);
  for (const [word, value] of Object.entries(stack)) new DataView(memory.buffer).setBigUint64(8 * Number(word), value, true);
  return { probe: 'profile:hz:99', context, memory };
}

/** What a script prints in the thread. */
function run(script: string, thread: Thread, { knowsProcess = true } = {}): { stdout: string; stderr: string; ends: number[] } {
  const { memory, ...firing } = fire(thread);
  const rows = { count: names.length + 2, addresses: Uint32Array.from([0, ...names.map((_, i) => 0x1000 + 0x100 * i), 0x1000 + 0x100 * names.length]), rules: Uint32Array.from([0, ...Object.values(functions), 0]) };
  const { chunks, roots } = chunksOf(rows, 1);
  const { stdout, stderr, machine, compiled } = runInSim(`config = { unstable_dw_ustack = enable; stack_mode = raw } ${script}`, {
    fire: [firing],
    environment: { task: { tgid: PID, pid: PID }, memory: [{ address: STACK, bytes: memory, space: 'user' }] },
    prepare: (machine, { manifest: { unwind } }) => {
      for (const { number, bytes } of chunks) machine.keyedMap(unwind!.rules).update(unwindKey(number), bytes);
      const ranges = [{ start: 0n, bias: 0n, chunk: 0 }, ...roots.map(({ from, chunk }) => ({ start: BIAS + BigInt(from), bias: BIAS, chunk })), { start: BIAS + 0x10_0000n, bias: 0n, chunk: 0 }];
      if (knowsProcess) machine.keyedMap(unwind!.ranges).update(unwindKey(PID), rangesValue(ranges));
    },
  });
  if (machine === undefined) throw new Error(stderr);
  const counts = machine.keyedMap(compiled!.manifest.unwind!.ends).entries().map(([, value]) => new BigUint64Array(value.slice().buffer).reduce((sum, word) => sum + word, 0n));
  return { stdout, stderr, ends: counts.map(Number) };
}

const probe = (statement: string): string => `profile:hz:99 { ${statement} }`;
const shown = (...addresses: bigint[]): string => addresses.map((address) => `${address.toString(16)}\n`).join('');
/** counts by unwindEnds */
const ended = { uncovered: [1, 0, 0, 0, 0], complete: [0, 1, 0, 0, 0], unreadable: [0, 0, 1, 0, 0], limit: [0, 0, 0, 1, 0], unknown: [0, 0, 0, 0, 1] };

const walks: [what: string, thread: Thread, want: bigint[], end: number[]][] = [
  ['a leaf, its caller, the beginning', { ip: addressOf('leaf', 0), stack: { 0: addressOf('pushes'), 3: addressOf('start') } }, [addressOf('leaf', 0), addressOf('pushes'), addressOf('start')], ended.complete],
  ['a return address behind the last byte of its function', { ip: addressOf('leaf', 0), stack: { 0: addressOf('pushes', 0x100), 3: addressOf('start') } }, [addressOf('leaf', 0), addressOf('pushes', 0x100), addressOf('start')], ended.complete],
  ['a frame pointer that was saved on the way', { ip: addressOf('pushes'), bp: 7, stack: { 1: at(20), 2: addressOf('framed'), 20: at(0), 21: addressOf('start') } }, [addressOf('pushes'), addressOf('framed'), addressOf('start')], ended.complete],
  ['a large frame', { ip: addressOf('large'), stack: { 100: addressOf('start') } }, [addressOf('large'), addressOf('start')], ended.complete],
  ['.plt before it has pushed', { ip: addressOf('plt', 0x80), stack: { 0: addressOf('start') } }, [addressOf('plt', 0x80), addressOf('start')], ended.complete],
  ['and after', { ip: addressOf('plt', 0x8b), stack: { 1: addressOf('start') } }, [addressOf('plt', 0x8b), addressOf('start')], ended.complete],
  ['an aligned stack', { ip: addressOf('aligned'), bp: 30, stack: { 29: at(40), 30: at(0), 39: addressOf('start') } }, [addressOf('aligned'), addressOf('start')], ended.complete],
  ['a signal, whose interrupted place is exact', { ip: addressOf('leaf', 0), stack: { 0: addressOf('handler'), 16: at(70), 21: at(60), 22: addressOf('leaf', 0), 60: addressOf('start') } },
    [addressOf('leaf', 0), addressOf('handler'), addressOf('leaf', 0), addressOf('start')], ended.complete],
  ['code without data', { ip: addressOf('leaf', 0), stack: { 0: addressOf('unknown') } }, [addressOf('leaf', 0), addressOf('unknown')], ended.uncovered],
  ['code of no file', { ip: addressOf('leaf', 0), stack: { 0: 0x1234n } }, [addressOf('leaf', 0), 0x1234n], ended.uncovered],
  ['an address of the kernel', { ip: addressOf('leaf', 0), stack: { 0: 0xffff_ffff_8100_0000n } }, [addressOf('leaf', 0), 0xffff_ffff_8100_0000n], ended.uncovered],
  ['a stack that cannot be read', { ip: addressOf('large'), sp: STACK_WORDS - 50, stack: {} }, [addressOf('large')], ended.unreadable],
  ['a frame pointer that leads back', { ip: addressOf('framed'), sp: 20, bp: 2, stack: { 3: addressOf('start') } }, [addressOf('framed')], ended.unreadable],
  ['the end, for there is no caller', { ip: addressOf('leaf', 0), stack: {} }, [addressOf('leaf', 0)], ended.complete],
];
for (const [what, thread, want, end] of walks) {
  t.test(what, async (t) => {
    const { stdout, stderr, ends } = run(probe('print(dw_ustack);'), thread);
    t.equal(stderr, '');
    t.equal(stdout.trim().replaceAll(/^ */gm, ''), shown(...want).trim());
    t.strictSame(ends, end);
  });
}

t.test('where a stack may stand', async (t) => {
  const thread: Thread = { ip: addressOf('leaf', 0), stack: { 0: addressOf('pushes'), 3: addressOf('start') } };
  const three = shown(addressOf('leaf', 0), addressOf('pushes'), addressOf('start'));
  const plain = (text: string): string => text.replaceAll(/^ +| +$/gm, '').replaceAll(/\n+/g, '\n').trim();
  const outputs: [statement: string, want: string][] = [
    ['@[dw_ustack] = count(); @[dw_ustack] = count();', `@[\n${three}]: 2`],
    ['@[dw_ustack, 5] = sum(2);', `@[\n${three}, 5]: 2`],
    ['@ = dw_ustack;', `@:\n${three.trim()}`],
    ['printf("%s%d\\n", dw_ustack(2), len(dw_ustack));', `${shown(addressOf('leaf', 0), addressOf('pushes'))}3`],
    ['$stack = dw_ustack(1); for ($i : 0..2) { @[dw_ustack(2)] = count(); } print($stack);', `${shown(addressOf('leaf', 0))}@[\n${shown(addressOf('leaf', 0), addressOf('pushes'))}]: 2`],
    ['print(len(dw_ustack(0)));', '0'],
  ];
  for (const [statement, want] of outputs) {
    const { stdout, stderr } = run(probe(statement), thread);
    t.equal(stderr, '', statement);
    t.equal(plain(stdout), want, statement);
  }
});

t.test('as many frames as are asked for, and no more', async (t) => {
  const thread: Thread = { ip: addressOf('leaf', 0), stack: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i, addressOf('leaf')])) };
  const { stdout, stderr, ends } = run(probe('print(len(dw_ustack(7)));'), thread);
  t.equal(stderr, '');
  t.equal(stdout.trim(), '7');
  t.strictSame(ends, ended.limit);
});

t.test('a process that nobody named', async (t) => {
  const { stdout, stderr, ends } = run(probe('print(len(dw_ustack));'), { ip: addressOf('leaf', 0), stack: {} }, { knowsProcess: false });
  t.equal(stdout.trim(), '0');
  t.match(stderr, /WARNING: No DWARF unwind data available for this process\. Use -p or --dwarf-pid to specify target PIDs\./);
  t.strictSame(ends, ended.unknown);
});

t.test('a file with more rows than a chunk, and more chunks than a root', async (t) => {
  const count = 600_000;
  const { chunks, roots } = chunksOf({ count, addresses: Uint32Array.from({ length: count }, (_, i) => i * 16), rules: Uint32Array.from({ length: count }, (_, i) => i) }, 7);
  t.equal(roots.length, 3);
  t.equal(chunks[0]!.number, 7);
  t.equal(new Set(chunks.map(({ number }) => number)).size, chunks.length);
  t.strictSame(roots.map(({ from }) => from), [0, 504 * 504 * 16, 2 * 504 * 504 * 16]);
  t.equal(rangesValue([{ start: 0n, bias: 0n, chunk: 0 }]).length, unwindRanges.bytes);
});
