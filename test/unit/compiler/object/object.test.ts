import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { cutLine } from '../../../../lib/compiler/object/line-info.js';
import { writeObject } from '../../../../lib/compiler/object/object.js';
import { readObject } from '../../../../lib/compiler/object/read-object.js';
import { Assembler } from '../../../../lib/model/bpf/assembler.js';
import type { Insn } from '../../../../lib/model/bpf/insn.js';
import type { MapSpec, ObjectSpec } from '../../../../lib/model/bpf/object-spec.js';
import { R0, R1, R10, R2, R3, R4 } from '../../../../lib/model/bpf/registers.js';
import { helper } from '../../../../lib/model/bpf/uapi.js';
import { Source } from '../../../../lib/model/source/source.js';

const source = new Source('reads.bt', 'tracepoint:syscalls:sys_enter_read\n{\n  @reads = count();\n  @[comm] = 1; // für jeden\n}\n');
const line3 = source.span(39, 55);
const line4 = source.span(59, 71);

function countReads(): Insn[] {
  const asm = new Assembler();
  const absent = asm.label('absent');
  return asm.at(line3).loadMap(R1, 'at_reads').mov64(R2, 0).store(R10, -4, R2, 'u32').mov64(R2, R10).add64(R2, -4).call(helper.map_lookup_elem)
    .jumpIf(R0, '==', 0, absent).load(R3, R0, 0, 'u64').add64(R3, 1).store(R0, 0, R3, 'u64').place(absent)
    .at(line4).mov64(R1, 4).loadFunction(R2, 'body').mov64(R3, 0).mov64(R4, 0).call(helper.loop).mov64(R1, 1).callFunction('add_two')
    .loadMapValue(R1, '.rodata', 3).load(R0, R1, 0, 'u8').mov64(R0, 0).exit().finish();
}

const addToTotal = (): Insn[] =>
  new Assembler().loadMapValue(R1, 'at_total', 8).mov64(R2, 1).atomicAdd(R1, 0, R2, 'u64').mov64(R0, 0).exit().finish();
const program = (name: string, section: string, insns: Insn[]) => ({ name, section, insns, argumentCount: 1 });
const map = (name: string, type: MapSpec['type'], keySize: number, valueSize: number, maxEntries: number, flags = 0): MapSpec =>
  ({ name, type, keySize, valueSize, maxEntries, flags });

const full: ObjectSpec = {
  programs: [
    program('on_enter', 'raw_tp', countReads()),
    program('on_read', 'tracepoint/syscalls/sys_enter_read', addToTotal()),
    program('on_exit', 'raw_tp', countReads()),
    program('on_tick', 'perf_event', addToTotal()),
    program('on_call', 'uprobe', addToTotal()),
  ],
  subprograms: [
    { name: 'body', argumentCount: 2, insns: new Assembler().mov64(R1, 5).callFunction('add_two').mov64(R0, 0).exit().finish() },
    { name: 'add_two', argumentCount: 1, verifiedOnce: true, insns: new Assembler().at(line4).mov64(R0, R1).add64(R0, 2).exit().finish() },
  ],
  maps: [
    map('at_reads', 'percpu_array', 4, 8, 1), map('at_', 'hash', 16, 8, 4096, 1), map('at_lru', 'lru_hash', 8, 8, 10), map('at_pc', 'percpu_hash', 8, 16, 10),
    map('events', 'ringbuf', 0, 0, 65536), map('output', 'perf_event_array', 4, 4, 0), map('stacks', 'stack_trace', 4, 1016, 128),
    map('at_total', 'array', 4, 16, 1),
  ],
  rodata: new TextEncoder().encode('hello'),
  license: 'GPL',
};

const withoutSources = ({ span: _span, label: _label, comment: _comment, ...insn }: Insn): Insn => insn;
function plain(spec: ObjectSpec): ObjectSpec {
  return {
    ...spec,
    programs: spec.programs.map((program) => ({ ...program, insns: program.insns.map(withoutSources) })),
    subprograms: spec.subprograms.map((subprogram) => ({ ...subprogram, insns: subprogram.insns.map(withoutSources) })),
  };
}

t.test('what is written can be read back', async (t) => {
  const { spec } = readObject(writeObject(full));
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  const sorted = (spec: ObjectSpec) => ({ ...spec, programs: [...spec.programs].sort(byName), maps: [...spec.maps].sort(byName) });
  t.same(sorted(spec), sorted(plain(full)));
});

t.test('kernel functions', async (t) => {
  const kfuncs: ObjectSpec['kfuncs'] = [{
    name: 'bpf_task_acquire',
    prototype: { returns: { kind: 'ptr', to: { kind: 'struct', name: 'task_struct' } }, parameters: [{ kind: 'ptr', to: { kind: 'struct', name: 'task_struct' } }] },
  }];
  const spec: ObjectSpec = {
    programs: [program('on_switch', 'tp_btf/sched_switch', new Assembler().load(R1, R1, 8, 'u64').callKfunc('bpf_task_acquire').mov64(R0, 0).exit().finish())],
    subprograms: [], maps: [], rodata: new Uint8Array(0), license: 'GPL', kfuncs,
  };
  t.same(readObject(writeObject(spec)).spec, plain(spec));
});

t.test('the smallest object', async (t) => {
  const spec: ObjectSpec = { programs: [], subprograms: [], maps: [], rodata: new Uint8Array(0), license: 'GPL' };
  t.same(readObject(writeObject(spec)).spec, spec);
});

t.test('same input, same bytes', async (t) => {
  t.ok(Buffer.from(writeObject(full)).equals(writeObject({ ...full })));
});

t.test('line records', async (t) => {
  const { lines } = readObject(writeObject(full, { sourceFile: 'made-up' }));
  const reads = '  @reads = count();';
  const each = '  @[comm] = 1; // für jeden';
  t.same(lines.map(({ section, offset, file, text, line, column }) => [section, offset, file, text, line, column]), [
    ['.text', 0, 'made-up', '', 0, 0],
    ['.text', 32, 'reads.bt', each, 4, 3],
    ['raw_tp', 0, 'reads.bt', reads, 3, 3],
    ['raw_tp', 88, 'reads.bt', each, 4, 3],
    ['raw_tp', 192, 'reads.bt', reads, 3, 3],
    ['raw_tp', 280, 'reads.bt', each, 4, 3],
    ['tracepoint/syscalls/sys_enter_read', 0, 'made-up', '', 0, 0],
    ['perf_event', 0, 'made-up', '', 0, 0],
    ['uprobe', 0, 'made-up', '', 0, 0],
  ]);
});

t.test('a function that starts without a place takes its first one', async (t) => {
  const insns = new Assembler().mov64(R1, 1).at(line4).mov64(R0, 0).exit().finish();
  const { lines } = readObject(writeObject({ ...full, programs: [program('p', 'raw_tp', insns)], subprograms: [] }));
  t.same(lines.map(({ offset, line }) => [offset, line]), [[0, 4]]);
});

t.test('no spans, no line records', async (t) => {
  t.same(readObject(writeObject({ ...full, programs: [program('p', 'raw_tp', addToTotal())], subprograms: [] })).lines, []);
});

t.test('long lines are cut around the column', async (t) => {
  const long = 'x'.repeat(100) + 'HERE' + 'y'.repeat(1000);
  t.equal(cutLine('short', 1), 'short');
  t.equal(cutLine(long, 101), `${long.slice(0, 240)}…`);
  t.match(cutLine(long, 900), /^…y{240}…$/);
  t.match(cutLine(long, 1104), /^…y+$/);
});

const wrong: [title: string, message: RegExp, spec: Partial<ObjectSpec>][] = [
  ['unknown map', /map nowhere/, { programs: [program('p', 'raw_tp', new Assembler().loadMap(R1, 'nowhere').exit().finish())] }],
  ['unknown data', /data .rodata/, { rodata: new Uint8Array(0) }],
  ['unknown subprogram', /subprogram body/, { subprograms: [] }],
  ['unknown kernel function', /kfunc f/, { programs: [program('p', 'raw_tp', new Assembler().callKfunc('f').exit().finish())] }],
  ['pointing into a hash', /no array of one value/, { maps: [map('at_total', 'hash', 4, 16, 1)] }],
  ['map used both ways', /used both as a map and by the address/, {
    programs: [program('p', 'raw_tp', new Assembler().loadMap(R1, 'at_total').loadMapValue(R1, 'at_total', 0).exit().finish())],
  }],
];
t.test('wrong references are bugs', async (t) => {
  for (const [title, message, spec] of wrong) t.throws(() => writeObject({ ...full, ...spec }), { name: 'Bug', message }, title);
});

t.test('a thousand programs', async (t) => {
  const insns = countReads();
  const many = (count: number): ObjectSpec => ({
    ...full, programs: Array.from({ length: count }, (_, i) => program(`program_${i}`, `tracepoint/syscalls/sys_enter_${i}`, insns)),
  });
  writeObject(many(100));
  for (const count of [1, 100, 1000]) {
    const start = performance.now();
    const { length } = writeObject(many(count));
    t.comment(`${count} programs: ${(performance.now() - start).toFixed(2)} ms, ${length} bytes`);
  }
  t.equal(readObject(writeObject(many(1000))).spec.programs.length, 1000);
});

const has = (tool: string): string | false => (spawnSync(tool, ['--version']).error ? `${tool} is not installed` : false);

function inFolder<T>(use: (folder: string, file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-object-'));
  const file = join(folder, 'full.o');
  writeFileSync(file, writeObject(full));
  try {
    return use(folder, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

t.test('readelf', { skip: has('readelf') }, async (t) => {
  inFolder((_, file) => {
    const { stdout, stderr, status } = spawnSync('readelf', ['-aW', file], { encoding: 'utf8' });
    t.equal(status, 0);
    t.equal(stderr, '', 'no warnings');
    t.match(stdout, /Machine:\s+Linux BPF/);
    t.match(stdout, /FUNC\s+GLOBAL\s+DEFAULT\s+\d+\s+on_enter/);
  });
});

t.test('llvm-objdump', { skip: has('llvm-objdump') }, async (t) => {
  inFolder((_, file) => {
    const { stdout, stderr, status } = spawnSync('llvm-objdump', ['-dr', '--no-show-raw-insn', file], { encoding: 'utf8' });
    t.equal(status, 0);
    t.equal(stderr, '');
    t.match(stdout, /Disassembly of section tracepoint\/syscalls\/sys_enter_read:/);
    t.match(stdout, /<on_read>:\n\s+0:\tr1 = 8 ll\n.*R_BPF_64_64\t\.data\.at_total\n\s+2:\tr2 = 1\n\s+3:\tlock \*\(u64 \*\)\(r1 \+ 0\) \+= r2/);
    t.match(stdout, /R_BPF_64_64\tat_reads/);
    t.notMatch(stdout, /unknown/);
  });
});

/** Why this machine cannot load BPF programs; false when it can. */
function cannotLoad(): string | false {
  if (has('bpftool')) return has('bpftool');
  if (process.getuid!() !== 0) return 'not root';
  return spawnSync('bpftool', ['prog', 'show']).status === 0 ? false : 'bpf() is not allowed';
}

t.test('bpftool loads every program', { skip: cannotLoad() }, async (t) => {
  inFolder((folder, file) => {
    const bpffs = join(folder, 'bpf');
    mkdirSync(bpffs);
    execFileSync('mount', ['-t', 'bpf', 'bpf', bpffs]);
    try {
      const { stderr, status } = spawnSync('bpftool', ['prog', 'loadall', file, join(bpffs, 'programs')], { encoding: 'utf8' });
      t.equal(status, 0, stderr);
      t.same(readdirSync(join(bpffs, 'programs')).sort(), full.programs.map(({ name }) => name).sort());
      const dump = execFileSync('bpftool', ['prog', 'dump', 'xlated', 'pinned', join(bpffs, 'programs', 'on_enter'), 'linum'], { encoding: 'utf8' });
      t.match(dump, /int on_enter\(struct bpf_raw_tracepoint_args \* ctx\):\n; @reads = count\(\); \[file:reads.bt line_num:3 line_col:3\]/);
      t.match(dump, /; @\[comm\] = 1; \/\/ für jeden \[file:reads.bt line_num:4 line_col:3\]/);
      t.match(dump, /unsigned long long add_two\(unsigned long long a1\):/);
      rmSync(join(bpffs, 'programs'), { recursive: true });
    } finally {
      execFileSync('umount', [bpffs]);
    }
  });
});
