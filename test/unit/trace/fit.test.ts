// A program on another kernel than the one it was compiled for: it runs where what it depends on is the same, and says what is different elsewhere.
//
//   idea   two kernels as recorded facts, the second changed in one thing

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { base64OfBytes } from '../../../lib/model/bytes/base64.js';
import { BtfBuilder } from '../../../lib/model/btf/builder.js';
import { manifestFromJson, manifestToJson, type Manifest } from '../../../lib/model/layout/manifest.js';
import { Source } from '../../../lib/model/source/source.js';
import { type Facts, FactsTarget, nothingKnown, type RecordedFormat } from '../../../lib/model/target/facts.js';
import { fitToMachine } from '../../../lib/trace/fit.js';
import { mayDiffer } from '../../../lib/trace/may-differ.js';

interface Kernel {
  readonly build?: string;
  /** byte of `wanted` in struct thing */
  readonly wanted?: number;
  readonly wantedBytes?: 4 | 8;
  readonly bits?: number;
  /** byte of the struct without a name in struct thing */
  readonly inner?: number;
  readonly sizeOfPart?: number;
  readonly enumerators?: Readonly<Record<string, number>>;
  readonly without?: 'struct' | 'member' | 'tracepoint' | 'field' | 'feature';
  /** byte of the tracepoint's field */
  readonly field?: number;
  readonly functions?: readonly string[];
  /** links for many functions */
  readonly multi?: boolean;
  /** raw tracepoints */
  readonly events?: readonly string[];
  readonly cpus?: number;
  readonly arch?: Facts['arch'];
}

function kernel({ build = 'a', wanted = 8, wantedBytes = 4, bits = 3, inner = 24, sizeOfPart = 8, enumerators = { FIRST: 0, SECOND: 1 }, without, field = 8, functions = ['aa_one', 'aa_two'], multi = true, events = ['early', 'late'], cpus = 4, arch = 'x86_64' }: Kernel): FactsTarget {
  const b = new BtfBuilder();
  const u32 = b.int('unsigned int', 4);
  const u64 = b.int('long unsigned int', 8);
  const kind = b.enum('kind', 4, Object.entries(enumerators).map(([name, value]) => ({ name, value })), Object.values(enumerators).some((value) => value < 0));
  const nameless = b.struct('', 8, [{ name: 'deep', type: u32, offsetBits: (sizeOfPart - 8) * 8 }]);
  const part = b.struct('part', sizeOfPart, [{ name: 'x', type: u32, offsetBits: 0 }]);
  b.struct(without === 'struct' ? 'other' : 'thing', 64, [
    { name: 'unused', type: u64, offsetBits: (wanted === 8 ? 16 : 8) * 8 },
    ...(without === 'member' ? [] : [{ name: 'wanted', type: wantedBytes === 4 ? u32 : u64, offsetBits: wanted * 8 }]),
    { name: 'flag', type: u32, offsetBits: bits === 0 ? 20 * 8 : 24 * 8 - bits - 5, bitfieldSize: bits },
    { name: 'how', type: kind, offsetBits: 48 * 8 },
    { name: 'in', type: nameless, offsetBits: inner * 8 },
    { name: 'part', type: part, offsetBits: 32 * 8 },
    { name: '', type: b.struct('', 8, [{ name: 'hidden', type: u32, offsetBits: 4 * 8 }]), offsetBits: 52 * 8 },
  ]);
  const fields: RecordedFormat['fields'] = [
    { name: 'count', type: 'unsigned int', offset: field, size: 4, signed: false },
    { name: 'other', type: 'unsigned int', offset: field === 8 ? 12 : 8, size: 4, signed: false },
    { name: 'text', type: 'char[8]', offset: 16, size: 8, count: 8, signed: build === 'a' },
    { name: 'data', type: '__data_loc char[]', offset: field === 8 ? 24 : 28, size: 4, signed: false, dynamic: 'data_loc' },
    { name: 'near', type: '__rel_loc char[]', offset: 32, size: 4, signed: false, dynamic: 'rel_loc' },
  ];
  return new FactsTarget({
    ...nothingKnown, kernelRelease: build === 'a' ? '6.18.1' : '6.1.9', kernelBuild: build, cpuCount: cpus, arch, btf: base64OfBytes(b.finish()),
    features: { kprobe: true, kprobe_multi: multi, 'helper:map_lookup_percpu_elem': without !== 'feature', 'helper:for_each_map_elem': true, 'helper:loop': true, 'helper:get_attach_cookie': true },
    tracepoints: without === 'tracepoint' ? [] : [{ category: 'own', event: 'event', id: 1, fields: without === 'field' ? fields.slice(1) : fields }],
    rawTracepoints: events.map((event) => ['vmlinux', event] as const),
    functions: functions.map((name) => ({ module: 'vmlinux', name, address: '4096', size: 16 })),
  });
}

interface Built { readonly elf: Uint8Array; readonly manifest: Manifest }

function build(script: string, target = kernel({})): Built {
  const { diagnostics, output } = compile(new Source('x.bt', script), target, { portable: true });
  if (!output) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return { elf: output.elf, manifest: manifestFromJson(manifestToJson(output.manifest)) };
}

const thing = (member: string): string => `kprobe:aa_one {\n  print(((struct thing *)arg0)->${member});\n}`;
const other = { build: 'b' } as const;

const same: [what: string, script: string, kernel: Kernel][] = [
  ['the same build, whatever it is', thing('wanted'), { wanted: 16 }],
  ['another build with the same types', thing('wanted'), other],
  ['a member that is not used has moved', thing('flag'), { ...other, wanted: 16 }],
  ['a member that relocations find', thing('wanted'), { ...other, wanted: 16 }],
  ['a bitfield that relocations find', thing('flag'), { ...other, bits: 4 }],
  ['a member without a name of its struct, in one that relocations find', thing('in.deep'), { ...other, inner: 32 }],
  ['an enum whose names have other values', thing('how'), { ...other, enumerators: { FIRST: 1, SECOND: 0 } }],
  ['an enum with one name more', thing('how'), { ...other, enumerators: { FIRST: 0, SECOND: 1, THIRD: 2 } }],
  ['a field that is not used has moved', 'tracepoint:own:event { @ = count(); }', { ...other, field: 12 }],
  ['fields that have moved', 'tracepoint:own:event { print(args.count); if (args.other > 1) { print((args.text, str(args.data))); } }', { ...other, field: 12 }],
  ['a text whose characters have a sign elsewhere', 'tracepoint:own:event { print(args.text); }', other],
  ['a tracepoint that stayed', 'tracepoint:own:event { @[args.count] = count(); }', other],
  ['more CPUs', 'tracepoint:own:event { @n = count(); if (@n > 3) { print(ncpus); } }', { ...other, cpus: 64 }],
  ['other functions', 'kprobe:aa_* { @ = count(); }', { ...other, functions: ['aa_one', 'aa_three', 'aa_two', 'bb'] }],
  ['all members, also of one without a name', 'kprobe:aa_one { print(*(struct thing *)arg0); }', other],
  ['a member of one without a name', thing('hidden'), other],
  ['of several events one that is not here', 'rawtracepoint:early|late { print(arg0); }', { ...other, events: ['late'] }],
  ['a name of the script for any function', 'own=kprobe:aa_* { @[probe] = count(); }', { ...other, multi: false, functions: ['aa_three'] }],
  ['links for many functions, and links for each', 'kprobe:aa_* { @ = count(); }', { ...other, multi: false }],
  ['a function that is probed by its name', 'kprobe:aa_one { @[probe] = count(); }', { ...other, functions: ['aa_one'] }],
];

t.test('where nothing that counts is different the program runs', async (t) => {
  for (const [what, script, there] of same) {
    const program = build(script);
    const target = kernel(there);
    t.doesNotThrow(() => fitToMachine(program, target), what);
    t.equal(mayDiffer(program.manifest, target), there.build === 'b' || script.includes('aa_*'), `${what}: looked at only where it may be different`);
  }
});

const built = 'The program was compiled for Linux 6.18.1, and this machine (Linux 6.1.9) differs: ';
const refused: [script: string, kernel: Kernel, difference: string][] = [
  ['kprobe:aa_one {\n  print(((struct thing *)arg0)->wanted + offsetof(struct thing, wanted));\n}', { wanted: 16 }, 'line 2: wanted of struct thing is at byte 16, and was at byte 8 where the script was compiled'],
  ['kprobe:aa_one {\n  print(((struct thing *)arg0)->wanted); print(*(struct thing *)arg0);\n}', { wanted: 16 }, 'unused of struct thing is at byte 8, and was at byte 16 where the script was compiled; line 2: wanted of struct thing is at byte 16, and was at byte 8 where the script was compiled'],
  [thing('wanted'), { wantedBytes: 8 }, 'line 2: wanted of struct thing is uint64, and was uint32 where the script was compiled'],
  [thing('wanted'), { without: 'member' }, 'line 2: struct thing has no member wanted'],
  [thing('wanted'), { without: 'struct' }, 'the kernel has no struct thing'],
  ['kprobe:aa_one {\n  print(((struct thing *)arg0)->flag); print(*(struct thing *)arg0);\n}', { bits: 4 }, 'line 2: flag of struct thing is at 4 bits from bit 183 on, and was at 3 bits from bit 184 on where the script was compiled'],
  [thing('flag'), { bits: 0 }, 'line 2: flag of struct thing is at byte 20, and was at 3 bits from bit 184 on where the script was compiled'],
  [thing('how'), { enumerators: { FIRST: -1, SECOND: 0 } }, 'enum kind has values below 0, and had none where the script was compiled'],
  ['begin { print(SECOND); }', { enumerators: { FIRST: 0, SECOND: 2 } }, 'the constant SECOND has another value'],
  [thing('in.deep'), { sizeOfPart: 12 }, 'line 2: deep of struct thing.in is at byte 4, and was at byte 0 where the script was compiled'],
  [thing('part'), { sizeOfPart: 12 }, 'struct part has 12 bytes, and had 8 where the script was compiled'],
  ['begin { print(sizeof(struct part)); }', { sizeOfPart: 12 }, 'struct part has 12 bytes, and had 8 where the script was compiled'],
  ['begin { print(offsetof(struct thing, wanted)); }', { wanted: 16 }, 'wanted of struct thing is at byte 16, and was at byte 8 where the script was compiled'],
  ['tracepoint:own:event { print(args.count); }', { field: 10 }, 'line 1: argument count of tracepoint:own:event is 4 bytes from byte 10 on, and was 4 bytes from byte 8 on where the script was compiled'],
  ['tracepoint:own:event { print((args.count, str(args.near))); }', { field: 12 }, 'line 1: argument count of tracepoint:own:event is 4 bytes from byte 12 on, and was 4 bytes from byte 8 on where the script was compiled'],
  ['tracepoint:own:event { print((args, str(args.near))); }', { field: 12 }, 'argument count of tracepoint:own:event is 4 bytes from byte 12 on, and was 4 bytes from byte 8 on where the script was compiled; argument other of tracepoint:own:event is 4 bytes from byte 8 on, and was 4 bytes from byte 12 on where the script was compiled'],
  ['tracepoint:own:event { print(args.count); }', { without: 'field' }, 'line 1: tracepoint:own:event has no argument count'],
  ['tracepoint:own:event { print(args.count); }', { without: 'tracepoint' }, 'tracepoint:own:event is not here'],
  ['tracepoint:own:event { @n = count(); if (@n > 3) { } }', { without: 'feature' }, 'the kernel has no helper:map_lookup_percpu_elem'],
  ['rawtracepoint:late* { print(arg0); }', { events: ['early', 'late', 'later'] }, 'rawtracepoint:vmlinux:later is here besides'],
  ['rawtracepoint:early { print(arg0); } rawtracepoint:early|late { print(arg0); }', { events: ['late'] }, 'rawtracepoint:vmlinux:early is not here'],
  ['kprobe:aa_* { @[probe] = count(); }', { functions: ['aa_one', 'aa_three'] }, 'kprobe:aa_* stands for other probes here, whose names the program has to know'],
];

t.test('what is different is said, with the line of the script', async (t) => {
  for (const [script, there, difference] of refused) {
    const program = build(script);
    t.throws(() => fitToMachine(program, kernel({ ...other, ...there })), { code: 'ERR_ELSEWHERE', message: built + difference, advice: 'Compile the script here: the file has its text (tbpf inspect --script FILE).' }, `${script} ${JSON.stringify(there)}`);
  }
  t.throws(() => fitToMachine(build('begin { print(1); }'), kernel({ arch: 'arm64' })), { message: /differs: this machine is arm64, and the script was compiled for x86_64$/ });
});

t.test('functions that a wildcard means are those of the machine', async (t) => {
  const program = build('kprobe:aa_* { @ = count(); }');
  t.match(fitToMachine(program, kernel({ functions: ['aa_one', 'aa_three', 'aa_two', 'bb'] })).manifest.programs, [{ attach: { kind: 'kprobe_multi', symbols: ['aa_one', 'aa_three', 'aa_two'] }, probeCount: 3 }]);
});

t.test('an enum is printed by the names of the machine', async (t) => {
  const here = [['SECOND', 0n], ['FIRST', 1n]];
  const program = build(`kprobe:aa_one { @[(((struct thing *)arg0)->how, 1)] = ((struct thing *)arg0)->how; print((x = (enum kind)1)); print(((struct thing *)arg0)->how); }`);
  const { maps, events } = fitToMachine(program, kernel({ ...other, enumerators: { SECOND: 0, FIRST: 1 } })).manifest;
  t.match(maps, [{ key: { elements: [{ members: here }] }, value: { members: here } }]);
  t.match(events.filter(({ handler }) => handler === 'print').map(({ layout }) => layout.arguments[0]!.type), [{ fields: [{ type: { members: here } }] }, { members: here }]);
});
