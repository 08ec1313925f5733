// Bad arguments: each is an error with a code, which names the option, before anything is done.

import { join } from 'node:path';
import t from 'tap';
import { bpf, compile, type Histogram, listProbes, load, openPinnedMap, OptionError, trace, type Script } from '../../../lib/index.js';
import { needs } from '../../helpers/needs.js';

type Call = () => unknown;
const script = 'begin { exit(); }';
/** what a caller without TypeScript may give */
const any = (value: unknown): never => value as never;

const rows: [title: string, call: Call, option: string, code: string, message: RegExp][] = [
  ['no script', () => trace(any(undefined)), 'script', 'ERR_OPTION_TYPE', /the script is undefined/],
  ['a number for a script', () => compile(any(7)), 'script', 'ERR_OPTION_TYPE', /the number 7/],
  ['a URL for a script', () => compile(any(new URL('file:///x.bt'))), 'script', 'ERR_OPTION_TYPE', /an object \(URL\).*\{ file: path \}/],
  ['a URL of the web', () => compile({ file: new URL('https://example.org/x.bt') }), 'script.file', 'ERR_OPTION_VALUE', /a path or a file: URL/],
  ['a file that is a number', () => compile({ file: any(3) }), 'script.file', 'ERR_OPTION_TYPE', /the number 3/],
  ['no options', () => trace(script, any(null)), 'options', 'ERR_OPTION_TYPE', /options is null/],
  ['an unknown option', () => trace(script, any({ parameter: [] })), 'options.parameter', 'ERR_OPTION_UNKNOWN', /did you mean 'parameters'\?/],
  ['one of trace() for load()', async () => load(await compile(script), any({ unsafe: true })), 'options.unsafe', 'ERR_OPTION_UNKNOWN', /known are pid, parameters, namedParameters, command/],
  ['a parameter that is an object', () => compile(script, { parameters: [any({})] }), 'options.parameters[0]', 'ERR_OPTION_TYPE', /an object/],
  ['a parameter that is undefined', () => compile(script, { parameters: ['a', any(undefined)] }), 'options.parameters[1]', 'ERR_OPTION_TYPE', /undefined/],
  ['a parameter with a fraction', () => compile(script, { parameters: [1.5] }), 'options.parameters[0]', 'ERR_OPTION_VALUE', /1\.5/],
  ['a header that is no list', () => compile(script, { include: any('x.h') }), 'options.include', 'ERR_OPTION_TYPE', /"x\.h"/],
  ['a header that is a number', () => compile(script, { include: [any(1)] }), 'options.include[0]', 'ERR_OPTION_TYPE', /the number 1/],
  ['a header without a name', () => compile(script, { include: [''] }), 'options.include[0]', 'ERR_OPTION_VALUE', /path of a header/],
  ['a config variable that does not exist', () => compile(script, { config: { max_maps: 1 } }), 'options.config.max_maps', 'ERR_OPTION_VALUE', /max_maps/],
  ['a config variable out of range', () => compile(script, { config: { max_strlen: 0 } }), 'options.config.max_strlen', 'ERR_OPTION_VALUE', /from 4/],
  ['a pid that is text', () => trace(script, { pid: any('1') }), 'options.pid', 'ERR_OPTION_TYPE', /"1"/],
  ['pid 0', () => trace(script, { pid: 0 }), 'options.pid', 'ERR_OPTION_VALUE', /at least 1/],
  ['follow without a process', () => trace(script, { follow: true }), 'options.follow', 'ERR_OPTION_VALUE', /needs a process to begin with: give options.pid or options.command/],
  ['follow of a program that is kept for any process', () => compile(script, { follow: true, portable: true }), 'options.follow', 'ERR_OPTION_VALUE', /given both/],
  ['a follow that is text', () => trace(script, { follow: any('yes') }), 'options.follow', 'ERR_OPTION_TYPE', /"yes"/],
  ['a cgroup that is a number', () => trace(script, { cgroup: any(7) }), 'options.cgroup', 'ERR_OPTION_TYPE', /7/],
  ['a container without a name', () => trace(script, { container: '' }), 'options.container', 'ERR_OPTION_VALUE', /""/],
  ['a pod that is no pod', () => trace('profile:hz:1 { }', { pod: 'web' }), 'options.pod', 'ERR_OPTION_VALUE', /NAMESPACE\/NAME/],
  ['a pid and a command', () => trace(script, { pid: 1, command: ['true'] }), 'options.command', 'ERR_OPTION_VALUE', /follows one process/],
  ['a command in one string', () => trace(script, { command: any('sleep 1') }), 'options.command', 'ERR_OPTION_TYPE', /"sleep 1"/],
  ['an empty command', () => trace(script, { command: any([]) }), 'options.command', 'ERR_OPTION_VALUE', /begins with a program/],
  ['a command without argv', () => trace(script, { command: any({}) }), 'options.command.argv', 'ERR_OPTION_TYPE', /undefined/],
  ['a signal that does not exist', () => trace(script, { command: { argv: ['true'], killOnStop: any('SIGSTOPP') } }), 'options.command.killOnStop', 'ERR_OPTION_VALUE', /name of a signal/],
  ['a user that there cannot be', () => trace(script, { command: { argv: ['true'], uid: 2 ** 32 - 1 } }), 'options.command.uid', 'ERR_OPTION_VALUE', /at most 4294967294/],
  ['a user by name', () => trace(script, { command: { argv: ['true'], uid: any('nobody') } }), 'options.command.uid', 'ERR_OPTION_TYPE', /"nobody"/],
  ['streams of another kind', () => trace(script, { command: { argv: ['true'], stdio: any('tty') } }), 'options.command.stdio', 'ERR_OPTION_VALUE', /'inherit' or 'ignore' or 'pipe' or 'stderr'/],
  ['an AbortController', () => trace(script, { signal: any(new AbortController()) }), 'options.signal', 'ERR_OPTION_TYPE', /AbortController/],
  ['another word for missing', () => trace(script, { missing: any('warn') }), 'options.missing', 'ERR_OPTION_VALUE', /'error' or 'skip'/],
  ['a queue of nothing', () => trace(script, { queue: { size: 0 } }), 'options.queue.size', 'ERR_OPTION_VALUE', /at least 1/],
  ['blocking that is a number', () => compile(script, { blocking: any(1) }), 'options.blocking', 'ERR_OPTION_TYPE', /the number 1/],
  ['a path of a pinned map that is a number', () => openPinnedMap(any(1)), 'path', 'ERR_OPTION_TYPE', /the number 1/],
  ['a machine that is none', () => compile(script, { machine: any({}) }), 'options.machine', 'ERR_OPTION_TYPE', /openMachine/],
  ['a program that is text', () => load(any('x')), 'program', 'ERR_OPTION_TYPE', /what compile\(\) made/],
  ['an object without a manifest', () => load(any({ elf: new Uint8Array(4) })), 'program', 'ERR_OPTION_TYPE', /whose manifest is undefined/],
  ['a manifest that is no JSON', () => load({ elf: new Uint8Array(4), manifest: '{' }), 'program', 'ERR_OPTION_TYPE', /no JSON/],
  ['a manifest of something else', () => load({ elf: new Uint8Array(4), manifest: '{}' }), 'program', 'ERR_OPTION_TYPE', /another version/],
  ['a pattern that is none', () => listProbes(any(1)).next(), 'pattern', 'ERR_OPTION_TYPE', /RegExp/],
  ['a value within a string', () => bpf`begin { printf("${'x'}"); }`, 'bpf', 'ERR_OPTION_VALUE', /inside of a string/],
  ['a value within a comment', () => bpf`begin { } // ${'x'}`, 'bpf', 'ERR_OPTION_VALUE', /inside of a comment/],
  ['a fraction in a script', () => bpf`begin { print(${1.5}); }`, 'bpf', 'ERR_OPTION_TYPE', /whole numbers/],
  ['a NUL in a script', () => bpf`begin { print(${'a\0b'}); }`, 'bpf', 'ERR_OPTION_VALUE', /NUL/],
];

for (const [title, call, option, code, message] of rows) {
  t.test(title, async (t) => {
    if (!needs(t, 'root')) return;
    const error = await Promise.resolve().then(call).then(() => undefined, (thrown: unknown) => thrown);
    t.match(error, { name: 'OptionError', option, code, message });
    t.ok(error instanceof OptionError);
  });
}

const good: [title: string, script: () => Script, options: Parameters<typeof compile>[1]][] = [
  ['a file: URL', () => ({ file: new URL('../../../examples/busy-cpus.bt', `file://${process.cwd()}/test/kernel/library/`) }), {}],
  ['numbers and bigints as parameters', () => 'begin { printf("%d %d %s", $1, $2, str($3)); }', { parameters: [1, 2n, 'x'] }],
  ['compiling on this thread', () => script, { blocking: true }],
  ['config by number, bigint and truth', () => script, { config: { max_map_keys: 10, max_strlen: 64n, cpp_demangle: false } }],
];
for (const [title, text, options] of good) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', 'software')) return;
    t.equal((await compile(text(), options)).warnings.length, 0);
  });
}

t.test('values of bpf`…` arrive as they are', async (t) => {
  if (!needs(t, 'root')) return;
  const texts = ['plain', '"); exit(); //', '\\', '\\"', 'ä€😀', '%s%n', '\n\t\x01\x7f', '', '0', '/* */', '$1', 'a"b', "it's"];
  for (const text of texts) {
    const session = await trace(bpf`begin { printf("%s|%d|%d\n", ${text}, ${-5}, ${2n ** 63n - 1n}); if (${true}) { exit(); } }`);
    const events: unknown[] = [];
    for await (const event of session) events.push('values' in event ? event.values : event);
    t.same(events.map(String), [`${text},-5,${2n ** 63n - 1n}`], JSON.stringify(text));
  }
});

t.test('headers that are read before those of the script', async (t) => {
  if (!needs(t, 'root')) return;
  const folder = t.testdir({ 'own.h': '#define OWN 42\nstruct own { int a; char b[7]; };\n', 'next.h': '#define NEXT (OWN + 1)\n', 'next.bt': '#ifndef NEXT\n#error too late\n#endif\nbegin { printf("%d %d", NEXT, sizeof(struct own)); exit(); }' });
  const include = ['own.h', 'next.h'].map((name) => join(folder, name));
  for (const blocking of [false, true]) {
    const session = await trace({ file: join(folder, 'next.bt') }, { include, blocking });
    const events: unknown[] = [];
    for await (const event of session) events.push('text' in event ? event.text : event);
    t.same(events, ['43 12']);
  }
  await t.rejects(compile(script, { include: [join(folder, 'nothing.h')] }), { name: 'CompileError', message: /nothing\.h' file not found/ });
});

t.test('named parameters, when compiling and when loading', async (t) => {
  if (!needs(t, 'root')) return;
  const text = 'begin { printf("%d %s %d", getopt("n", 1), getopt("name", "x"), getopt("all")); exit(); }';
  const said = async (session: Promise<AsyncIterable<{ readonly type: string }>>): Promise<unknown[]> => {
    const events: unknown[] = [];
    for await (const event of await session) events.push('text' in event ? event.text : event);
    return events;
  };
  t.same(await said(trace(text)), ['1 x 0']);
  t.same(await said(trace(text, { namedParameters: { n: 7, all: true } })), ['7 x 1']);
  t.same(await said(trace(text, { namedParameters: { name: 'here' }, blocking: true })), ['1 here 0']);
  const program = await compile(text, { namedParameters: { n: 5, name: 'compiled' } });
  t.same(await said(load(program)), ['5 compiled 0']);
  t.same(await said(load(program, { namedParameters: { n: 6n } })), ['6 compiled 0']);
  const stored = { elf: program.elf.slice(), manifest: program.manifest };
  t.same(await said(load(stored, { namedParameters: { all: true } })), ['5 compiled 1']);
  await t.rejects(trace(text, { namedParameters: { m: 1 } }), { name: 'OptionError', option: 'options.namedParameters.m' });
  await t.rejects(load(program, { namedParameters: { n: 'x' } }), { name: 'OptionError', option: 'options.namedParameters.n', code: 'ERR_OPTION_TYPE' });
});

t.test('histograms refuse what they cannot answer', async (t) => {
  if (!needs(t, 'root')) return;
  const session = await trace('begin { @h = hist(5); @l = lhist(5, 0, 10, 1); exit(); }');
  await session.done;
  const [h, l] = [session.maps.get('@h').value, session.maps.get('@l').value] as [Histogram, Histogram];
  t.throws(() => h.percentile(101), { code: 'ERR_OPTION_VALUE', option: 'q' });
  t.throws(() => h.minus(l), { code: 'ERR_OPTION_VALUE', option: 'earlier' });
});
