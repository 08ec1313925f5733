// tbpf/compiler: scripts compiled from text and facts alone.

import t from 'tap';
import { bpf, check, compile, CompileError, type CompileAnywhereOptions, type Facts } from '../../../lib/compiler.js';
import { base64OfBytes, bytesFromBase64 } from '../../../lib/model/bytes/base64.js';
import { probeRecords } from '../../../lib/language/probes/index.js';
import { nothingKnown } from '../../../lib/model/target/facts.js';
import { lackOf } from '../../../lib/runtime/session/attach/lacks.js';
import { simulate } from '../../../lib/simulate.js';

const facts: Facts = {
  version: 1, arch: 'x86_64', kernelRelease: '6.12.0', cpuCount: 2, features: { kprobe: true, 'helper:get_attach_cookie': true },
  tracepoints: [{ category: 'made', event: 'up', id: 1, fields: [{ name: 'who', type: 'char[16]', offset: 8, size: 16, signed: false, count: 16 }, { name: 'size', type: 'long', offset: 24, size: 8, signed: true }] }],
  rawTracepoints: [['vmlinux', 'up']],
  functions: [{ module: 'vmlinux', name: 'vfs_read', address: '18446744071580778496', size: 64 }, { module: 'vmlinux', name: 'vfs_write' }],
};

const rows: [title: string, script: string, options: CompileAnywhereOptions, want: string[]][] = [
  ['what every machine has', 'begin { @x = 1; } interval:s:1 { print(nsecs); }', {}, []],
  ['a tracepoint that was recorded', 'tracepoint:made:up { @[args.who] = sum(args.size); }', { machine: facts }, []],
  ['by a wildcard', 'tracepoint:made:* { print(args.size); }', { machine: facts }, []],
  ['after JSON', 'tracepoint:made:up { print(args.size); }', { machine: JSON.parse(JSON.stringify(facts)) as Facts }, []],
  ['a function', 'kprobe:vfs_* { @[probe] = count(); }', { machine: facts }, []],
  ['functions as alternatives', 'kprobe:vfs_read|no_such { @[probe] = count(); }', { machine: facts }, []],
  ['events as alternatives', 'tracepoint:made:up|down { @ = count(); }', { machine: facts }, []],
  ['parameters and settings', 'begin { @[$1] = str($2); }', { parameters: [1, 'x'], config: { max_map_keys: 10 } }, []],
  ['a mistake', 'begin { @x = y; }', { name: 'x.bt' }, ["Unknown identifier: 'y'"]],
  ['an import', 'import "lib.bt"; begin { print(one()); }', { config: { unstable_import: 'enable', unstable_macro: 'enable' }, resolve: (path) => (path === 'lib.bt' ? 'macro one() { 1 }' : undefined) }, []],
];
for (const [title, script, options, want] of rows) {
  t.test(title, async (t) => {
    t.same(check(script, options).filter(({ severity }) => severity === 'error').map(({ message }) => message), want);
    if (want.length > 0) t.throws(() => compile(script, options), { name: 'CompileError' });
    else t.same([...compile(script, options).elf.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
  });
}

t.test('what was not recorded is not there', async (t) => {
  t.throws(() => compile('tracepoint:other:one { }', { machine: facts }), CompileError);
  t.match(check('kprobe:vfs_open { }', { machine: facts }), [{ message: /vfs_open/ }]);
});

t.test('values in scripts, and what was compiled runs', async (t) => {
  const program = compile(bpf`tracepoint:made:up { printf("%s %d %s\n", args.who, args.size, ${'a "quoted" %s'}); }`, { machine: facts });
  t.match(simulate(program).fire('tracepoint:made:up', { args: { who: 'me', size: -3 } }), [{ type: 'printf', text: 'me -3 a "quoted" %s\n' }]);
  t.same(program.needs, ['tracepoint']);
});

t.test('named parameters', async (t) => {
  const script = 'begin { print((getopt("n", 1, "how many"), getopt("at", -1), getopt("name", "x"), getopt("all"))); }';
  const program = compile(script);
  t.same(program.parameters, [
    { name: 'n', type: 'uint64', defaultValue: 1n, description: 'how many' }, { name: 'at', type: 'int64', defaultValue: -1n, description: undefined },
    { name: 'name', type: 'string', defaultValue: 'x', description: undefined }, { name: 'all', type: 'bool', defaultValue: false, description: undefined },
  ]);
  t.same(compile('begin { }').parameters, []);
  t.match(simulate(program).begin, [{ text: '(1, -1, x, false)\n' }]);
  t.match(simulate(compile(script, { namedParameters: { n: 2n ** 64n - 1n, at: -5, name: 'ä"', all: true } })).begin, [{ text: '(18446744073709551615, -5, ä", true)\n' }]);
  t.match(simulate(compile(script, { namedParameters: { all: true } })).begin, [{ text: '(1, -1, x, true)\n' }]);
});

const named = (namedParameters: unknown): (() => unknown) => () => compile('begin { print((getopt("size", 1), getopt("name", "x"), getopt("all"), getopt("at", -1))); }', { namedParameters } as CompileAnywhereOptions);
const mistakes: [title: string, act: () => unknown, want: object][] = [
  ['a file', () => compile({ file: 'x.bt' } as unknown as string), { code: 'ERR_OPTION_TYPE', option: 'script' }],
  ['an unknown option', () => compile('begin { }', { nothing: 1 } as CompileAnywhereOptions), { code: 'ERR_OPTION_UNKNOWN' }],
  ['no facts', () => compile('begin { }', { machine: {} as Facts }), { code: 'ERR_OPTION_TYPE', option: 'options.machine' }],
  ['named parameters in a list', named(['x']), { code: 'ERR_OPTION_TYPE', option: 'options.namedParameters' }],
  ['a named parameter that the script has not', named({ siz: 1 }), { code: 'ERR_OPTION_UNKNOWN', option: 'options.namedParameters.siz', message: /did you mean 'size'\?/ }],
  ['a named parameter for a script without any', () => compile('begin { }', { namedParameters: { x: 1 } }), { code: 'ERR_OPTION_UNKNOWN', message: /it calls no getopt\(\)/ }],
  ['a text for a number', named({ size: '1' }), { code: 'ERR_OPTION_TYPE', option: 'options.namedParameters.size', message: /the text "1"|"1"/ }],
  ['a number for a text', named({ name: 1 }), { code: 'ERR_OPTION_TYPE', option: 'options.namedParameters.name' }],
  ['a number for a truth', named({ all: 1 }), { code: 'ERR_OPTION_TYPE', option: 'options.namedParameters.all' }],
  ['less than nothing', named({ size: -1 }), { code: 'ERR_OPTION_VALUE', option: 'options.namedParameters.size' }],
  ['more than 63 bits', named({ at: 2n ** 63n }), { code: 'ERR_OPTION_VALUE', option: 'options.namedParameters.at' }],
  ['a fraction', named({ size: 1.5 }), { code: 'ERR_OPTION_VALUE', option: 'options.namedParameters.size' }],
  ['a text that is too long', named({ name: 'x'.repeat(1024) }), { code: 'ERR_OPTION_VALUE', option: 'options.namedParameters.name', message: /1024 bytes, max_strlen allows 1023/ }],
  ['null', named({ size: null }), { code: 'ERR_OPTION_TYPE', option: 'options.namedParameters.size' }],
];
for (const [title, act, want] of mistakes) t.test(title, async (t) => void t.throws(act, { name: 'OptionError', ...want }));

t.test('base64', async (t) => {
  for (const length of [0, 1, 2, 3, 100, 0x6000, 0x6001, 0x12345]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
    t.equal(base64OfBytes(bytes), Buffer.from(bytes).toString('base64'), `${length} bytes`);
    t.same(Buffer.from(bytesFromBase64(base64OfBytes(bytes))), Buffer.from(bytes));
  }
});

t.test('what the machine lacks is one class of error, whatever else the compiler may say', async (t) => {
  const nothing = { ...nothingKnown, features: {} };
  for (const [script, feature] of [
    ['rawtracepoint:sched_switch { print(args.prev); }', 'btf'], ['fentry:vfs_read { @ = count(); }', 'btf'], ['iter:task { }', 'iter'], ['kprobe:vfs_* { }', 'kprobe'],
    ['begin { print(jiffies); }', 'helper:jiffies64'], ['begin { print(nsecs(tai)); }', 'helper:ktime_get_tai_ns'],
  ] as const) {
    t.throws(() => compile(script, { machine: nothing }), { name: 'NotSupportedError', code: 'ERR_NOT_SUPPORTED', feature, cause: { name: 'CompileError' }, diagnostics: [{ severity: 'error', feature }] }, script);
  }
  t.throws(() => compile('kprobe:vfs_read { print(foo); } begin { print(jiffies + bar); }', { machine: nothing }), { name: 'CompileError', code: 'ERR_COMPILE' }, 'a script that is wrong too has to be corrected');
});

t.test('what probes need stands with their kind', async (t) => {
  for (const { name, needs } of probeRecords) {
    if (['begin', 'end', 'self'].includes(name)) t.equal(needs, undefined, name);
    else t.match(lackOf(needs!), /^[a-z][^.]*(\. Run as root)?$/, name);
  }
  t.strictSame(compile('begin { } interval:s:1 { } software:faults:1 { } hardware:cycles:1000 { }').needs, ['hardware', 'perf_event']);
});

t.test('what the stages make is shown', async (t) => {
  const stages = new Map<string, string>();
  const dump = (stage: string, text: string): void => void stages.set(stage, text);
  compile('begin { @x = 1 + 1; }', { dump });
  for (const stage of ['tree', 'types', 'ir', 'select', 'regalloc', 'bpf', 'layout']) t.ok(stages.get(stage), stage);
  t.match(stages.get('types'), /^map @x: int/);
  t.match(stages.get('bpf'), /: \d+ instructions\n/);
  stages.clear();
  check('begin { @x = y; }', { dump });
  t.same([...stages.keys()], ['tree'], 'a mistake keeps the others from being reached');
  t.throws(() => compile('begin { }', { dump: 'bpf' as never }), { name: 'OptionError', message: /options\.dump/ });
});
