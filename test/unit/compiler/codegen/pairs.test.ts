import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { Chains } from '../../../../lib/compiler/codegen/chains.js';
import { joinPairs } from '../../../../lib/compiler/codegen/pairs.js';
import { Assembler } from '../../../../lib/model/bpf/assembler.js';
import type { ProgramSpec } from '../../../../lib/model/bpf/object-spec.js';
import { R0 } from '../../../../lib/model/bpf/registers.js';
import type { ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import { Source } from '../../../../lib/model/source/source.js';
import { FixtureTarget, type FixtureOptions } from '../../../helpers/fixture-target.js';
import { runInSim } from '../../../helpers/sim-session.js';

/** For each block its probe, and behind an arrow the program that it runs in when that is another block's. */
function blocksOf(script: string, machine: FixtureOptions = {}): string[] {
  const { compiled, diagnostics } = runInSim(script, { target: new FixtureTarget(machine), unsafe: true, run: false });
  t.strictSame(diagnostics, [], script);
  const { object, manifest } = compiled!;
  const blocks = manifest.programs.map(({ name, probe, within }: ManifestProgram) => (within === undefined ? [name, probe] : [within, `${probe} → ${probeOf(manifest.programs, within)}`]));
  t.strictSame([...new Set(blocks.map(([name]) => name))].sort(), object.programs.map(({ name }) => name).sort(), 'the object has the programs that are named');
  return blocks.map(([, text]) => text!);
}

function probeOf(programs: readonly ManifestProgram[], name: string): string {
  return programs.find((program) => program.name === name)!.probe;
}

const empty = runInSim('begin { }').compiled!.manifest;
const joined = ['kprobe:vfs_*', 'kretprobe:vfs_* → kprobe:vfs_*'];
const apart = ['kprobe:vfs_*', 'kretprobe:vfs_*'];
const rows: [title: string, script: string, blocks: readonly string[], machine?: FixtureOptions][] = [
  ['a pair', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; }', joined],
  ['the return first', 'kretprobe:vfs_* { @ = 2; } kprobe:vfs_* { @ = 1; }', [joined[1]!, joined[0]!]],
  ['other words for the same functions', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_*|vfs_read { @ = 2; }', ['kprobe:vfs_*', 'kretprobe:vfs_*|vfs_read → kprobe:vfs_*']],
  ['a kernel without sessions', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; }', apart, { lacks: ['kprobe_session'] }],
  ['a kernel without types', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; }', apart, { btf: false }],
  ['a kernel without multi links', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; }', ['kprobe:vfs_read', 'kprobe:vfs_write', 'kretprobe:vfs_read', 'kretprobe:vfs_write'], { lacks: ['kprobe_multi'] }],
  ['other functions', 'kprobe:vfs_* { @ = 1; } kretprobe:* { @ = 2; }', ['kprobe:vfs_*', 'kretprobe:*']],
  ['one function', 'kprobe:vfs_read { @ = 1; } kretprobe:vfs_read { @ = 2; }', ['kprobe:vfs_read', 'kretprobe:vfs_read → kprobe:vfs_read']],
  ['one function, and others', 'kprobe:vfs_read { @ = 1; } kretprobe:vfs_read { @ = 2; } kprobe:vfs_write { @ = 3; }', ['kprobe:vfs_read', 'kretprobe:vfs_read → kprobe:vfs_read', 'kprobe:vfs_write']],
  ['a name that two modules have', 'kprobe:vfs_read { @ = 1; } kretprobe:vfs_read { @ = 2; }', ['kprobe:vfs_read', 'kretprobe:vfs_read'],
    { kernelFunctions: ['vmlinux', 'nfs'].map((module) => ({ module, name: 'vfs_read' })) }],
  ['a function that is not traced', 'kprobe:do_exit { @ = 1; } kretprobe:do_exit { @ = 2; }', ['kprobe:do_exit', 'kretprobe:do_exit'], { symbols: { do_exit: 1n }, lacks: ['kprobe'] }],
  ['a function of a module', 'kprobe:vmlinux:vfs_read { @ = 1; } kretprobe:vmlinux:vfs_read { @ = 2; }', ['kprobe:vmlinux:vfs_read', 'kretprobe:vmlinux:vfs_read']],
  ['a place in the function', 'kprobe:vfs_read+4 { @ = 1; } kretprobe:vfs_read { @ = 2; }', ['kprobe:vfs_read+4', 'kretprobe:vfs_read']],
  ['registers', 'kprobe:vfs_read { @ = reg("bx"); } kretprobe:vfs_read { @ = 2; }', ['kprobe:vfs_read', 'kretprobe:vfs_read']],
  ['override()', 'kprobe:vfs_read { override(1); } kretprobe:vfs_read { @ = 2; }', ['kprobe:vfs_read', 'kretprobe:vfs_read'], { injectable: ['vfs_read'] }],
  ['two blocks at the entry', 'kprobe:vfs_read { @ = 1; } kprobe:vfs_read { @ = 2; } kretprobe:vfs_read { @ = 3; }', ['kprobe:vfs_read', 'kprobe:vfs_read', 'kretprobe:vfs_read']],
  ['a second block at the entry', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; } kprobe:vfs_* { @ = 3; }', [...apart, 'kprobe:vfs_*']],
  ['a second block at the return', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; } kretprobe:vfs_* { @ = 3; }', [...apart, 'kretprobe:vfs_*']],
  ['another block on one of the functions', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; } kprobe:vfs_read+4 { @ = 3; }', [...apart, 'kprobe:vfs_read+4']],
  ['a block on an address', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; } kprobe:0x1234 { @ = 3; }', [...apart, 'kprobe:4660']],
  ['two pairs', 'kprobe:vfs_* { @ = 1; } kretprobe:vfs_* { @ = 2; } kprobe:do_*|de_* { @ = 3; } kretprobe:do_*|de_* { @ = 4; }', [...joined, 'kprobe:do_*|de_*', 'kretprobe:do_*|de_* → kprobe:do_*|de_*'],
    { kernelFunctions: ['vfs_read', 'vfs_write', 'do_nanosleep', 'do_exit'].map((name) => ({ module: 'vmlinux', name })) }],
];
for (const [title, script, blocks, machine] of rows) t.test(title, async (t) => t.strictSame(blocksOf(script, machine), blocks));

t.test('a built file keeps two programs, which kernels without sessions have as well', async (t) => {
  const kindsOf = (script: string, portable: boolean) => compile(new Source('stdin', script), new FixtureTarget(), { portable }).output!.manifest.programs.map(({ attach }) => attach.kind);
  for (const name of ['vfs_read', 'vfs_*']) {
    const script = `kprobe:${name} { @ = 1; } kretprobe:${name} { @ = 2; }`;
    t.strictSame(kindsOf(script, false), ['kprobe_session', 'kprobe_session'], name);
    t.strictSame(kindsOf(script, true), name === 'vfs_read' ? ['kprobe', 'kprobe'] : ['kprobe_multi', 'kprobe_multi'], name);
  }
});

t.test('each half runs at its end of the function', async (t) => {
  const script = `kprobe:vfs_* /arg0 != 7/ { @entry[probe, func == 0] = count(); @start[tid] = nsecs; if (arg0 == 1) { return 1; } @went = count(); }
    kretprobe:vfs_* { @return[probe] = sum(retval); printf("%d\\n", retval); if (retval == 3) { exit(); } delete(@start, tid); }`;
  const registers = (offset: number, value: bigint): Uint8Array => {
    const bytes = new Uint8Array(352);
    new DataView(bytes.buffer).setBigUint64(offset, value, true);
    return bytes;
  };
  const enter = (value: bigint) => ({ probe: 'kprobe:vfs_*', context: registers(112, value) });
  const leave = (value: bigint) => ({ probe: 'kretprobe:vfs_*', context: registers(80, value) });
  const options = { fire: [enter(1n), enter(2n), leave(2n), enter(7n), enter(3n), leave(3n)] };
  const { compiled, machine, stdout } = runInSim(script, options);
  t.equal(compiled!.object.programs.length, 1);
  t.equal(stdout, runInSim(script, { ...options, target: new FixtureTarget({ lacks: ['kprobe_session'] }) }).stdout);
  t.match(stdout, /^2\n3\n/);
  t.equal(machine!.run(compiled!.object.programs[0]!.name, { context: registers(112, 1n) }).retval, 0n, 'the return is wanted whatever the block answers');
});

t.test('lost events are counted for each of the two', async (t) => {
  const { machine, compiled } = runInSim('begin { } kprobe:vfs_* { printf("in"); } kretprobe:vfs_* { printf("out"); } end { }');
  const name = compiled!.object.programs.find(({ name }) => name.startsWith('kprobe'))!.name;
  const before = compiled!.manifest.programs.map((program) => program.probe);
  t.strictSame(before, ['begin', 'kprobe:vfs_*', 'kretprobe:vfs_*', 'end']);
  for (let i = 0; i < 100_000; i++) machine!.run(name, { isReturn: i % 4 !== 0, context: new Uint8Array(352) });
  const counts = machine!.keyedMap(compiled!.manifest.lostEvents!).entries().map(([, value]) => Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0, true)));
  t.equal(counts.length, 4);
  t.equal(counts[0]! + counts[3]!, 0);
  t.ok(counts[1]! > 0 && Math.abs(counts[2]! - 3 * counts[1]!) < 8, String(counts));
});

t.test('a pair that is too long for one program stays two', async (t) => {
  const half = (name: string, length: number, isReturn: boolean): [ProgramSpec, ManifestProgram] => {
    const asm = new Assembler();
    for (let i = 0; i < length; i++) asm.mov64(R0, 0);
    const program: ManifestProgram = { name, probe: name, block: 0, probeCount: 1, attach: { kind: 'kprobe_multi', symbols: ['f'], return: isReturn } };
    return [{ name, section: 'kprobe.multi', argumentCount: 1, insns: asm.exit().finish() }, program];
  };
  for (const [length, programs] of [[32_000, 1], [33_000, 2]]) {
    const halves = [half('entry', length!, false), half('back', 10, true)];
    const chains = new Chains(new Map(halves.map(([{ name }]) => [name, { sizeBytes: 0, callees: [], maps: [] }])));
    const result = joinPairs({ programs: halves.map(([spec]) => spec), chains }, { ...empty, programs: halves.map(([, program]) => program) }, () => true, () => true);
    t.equal(result.programs.length, programs, String(length));
    t.equal(result.manifest.programs[1]!.within, programs === 1 ? 'entry' : undefined);
  }
});

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const limits: [title: string, script: string, isJoined: boolean][] = [
  ['the maps of both are few enough', `kprobe:vfs_* { ${numbers(0, 40).map((i) => `@m${i}[1] = 1;`).join(' ')} } kretprobe:vfs_* { ${numbers(20, 60).map((i) => `@m${i}[2] = 1;`).join(' ')} }`, true],
  ['only together they use too many maps', `kprobe:vfs_* { ${numbers(0, 40).map((i) => `@m${i}[1] = 1;`).join(' ')} } kretprobe:vfs_* { ${numbers(30, 70).map((i) => `@m${i}[2] = 1;`).join(' ')} }`, false],
];
for (const [title, script, isJoined] of limits) t.test(title, async (t) => t.strictSame(blocksOf(script), isJoined ? joined : apart));

t.test('a joined program has the larger frame and the larger callee of both', async (t) => {
  const frame = (sizeBytes: number, callees: readonly string[] = [], maps: readonly string[] = []) => ({ sizeBytes, callees, maps });
  const chains = new Chains(new Map([
    ['wide', frame(400, [], ['a'])], ['deep', frame(40, ['one'], ['b'])], ['flat', frame(40, ['small'])],
    ['one', frame(64, ['two'], ['c'])], ['two', frame(300, [], ['a', 'd'])], ['small', frame(60)],
  ]));
  t.strictSame(['wide', 'deep', 'flat'].map((name) => chains.largestFrom(name)), [416, 448, 128]);
  t.equal(chains.largestOfJoined(['wide', 'deep']), 800);
  t.equal(chains.largestOfJoined(['wide', 'flat']), 480);
  t.strictSame([...chains.mapsOf(['wide', 'deep'])].sort(), ['a', 'b', 'c', 'd']);
  const half = (name: string, isReturn: boolean): ManifestProgram => ({ name, probe: name, block: 0, probeCount: 1, attach: { kind: 'kprobe_multi', symbols: ['f'], return: isReturn } });
  const spec = (name: string): ProgramSpec => ({ name, section: 'kprobe.multi', argumentCount: 1, insns: new Assembler().mov64(R0, 0).exit().finish() });
  for (const [back, programs] of [['deep', 2], ['flat', 1]] as const) {
    const result = joinPairs({ programs: [spec('wide'), spec(back)], chains }, { ...empty, programs: [half('wide', false), half(back, true)] }, () => true, () => true);
    t.equal(result.programs.length, programs, back);
  }
});
