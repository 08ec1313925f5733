// Attach points -> programs: what is attached where, under which names.

import t from 'tap';
import { compile, type CompileOptions } from '../../../../lib/compile.js';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../../../lib/model/btf/builder.js';
import type { ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import { Source } from '../../../../lib/model/source/source.js';
import { Config } from '../../../../lib/language/config.js';
import { FixtureTarget, type FixtureOptions } from '../../../helpers/fixture-target.js';

interface Case extends CompileOptions {
  readonly machine?: FixtureOptions;
}

function programsOf(script: string, { machine, ...options }: Case = {}): readonly ManifestProgram[] {
  const { output, diagnostics } = compile(new Source('stdin', script), new FixtureTarget(machine), options);
  if (!output) throw new Error(diagnostics.map((d) => d.message).join('\n'));
  return output.manifest.programs;
}

function messagesOf(script: string, { machine, ...options }: Case = {}): string[] {
  return compile(new Source('stdin', script), new FixtureTarget(machine), options).diagnostics.map((d) => `${d.severity}: ${d.message}`);
}

const single = { lacks: ['kprobe_multi'] };
const functions = [['vmlinux', 'tcp_connect'], ['vmlinux', 'tcp_close'], ['vmlinux', 'vfs_read'], ['kvm', 'kvm_vcpu_run'], ['kvm', 'tcp_helper'], ['other', 'tcp_helper']].map(([module, name]) => ({ module: module!, name: name! }));

const rows: [script: string, options: Case, probes: string[], attach: unknown[]][] = [
  ['kprobe:vfs_read { }', {}, ['kprobe:vfs_read'], [{ kind: 'kprobe', symbol: 'vfs_read', offset: 0, return: false, traced: true }]],
  ['k:vfs_read+0x10 { }', {}, ['kprobe:vfs_read+16'], [{ kind: 'kprobe', symbol: 'vfs_read', offset: 16, return: false }]],
  ['kr:vmlinux:vfs_read { }', {}, ['kretprobe:vmlinux:vfs_read'], [{ kind: 'kprobe', symbol: 'vfs_read', module: 'vmlinux', offset: 0, return: true }]],
  ['kprobe:0xff { }', { unsafe: true }, ['kprobe:255'], [{ kind: 'kprobe', address: 255n, offset: 0, return: false }]],
  ['name=kprobe:vfs_read { }', {}, ['name'], [{ kind: 'kprobe', symbol: 'vfs_read', offset: 0, return: false, traced: true }]],
  ['kprobe:vfs_* { }', {}, ['kprobe:vfs_*'], [{ kind: 'kprobe_multi', symbols: ['vfs_read', 'vfs_write'], return: false }]],
  ['kretprobe:vfs_* { }', {}, ['kretprobe:vfs_*'], [{ kind: 'kprobe_multi', symbols: ['vfs_read', 'vfs_write'], return: true }]],
  ['kprobe:vfs_* { @[probe] = count(); }', { machine: single }, ['kprobe:vfs_read', 'kprobe:vfs_write'],
    ['vfs_read', 'vfs_write'].map((symbol) => ({ kind: 'kprobe', symbol, offset: 0, return: false, ofPattern: true }))],
  ['kprobe:*:vfs_re* { }', {}, ['kprobe:vmlinux:vfs_read'], [{ kind: 'kprobe', symbol: 'vfs_read', module: 'vmlinux', offset: 0, return: false }]],
  // the name is in two modules: one probe where none is named, two where all are
  ['kprobe:tcp_h* { }', { machine: { kernelFunctions: functions, lacks: ['kprobe_multi'] } }, ['kprobe:tcp_helper'], [{ kind: 'kprobe', symbol: 'tcp_helper', offset: 0, return: false }]],
  ['kprobe:*:tcp_h* { }', { machine: { kernelFunctions: functions } }, ['kprobe:kvm:tcp_helper', 'kprobe:other:tcp_helper'],
    ['kvm', 'other'].map((module) => ({ kind: 'kprobe', symbol: 'tcp_helper', module, offset: 0, return: false, ofPattern: true }))],
  ['fentry:vfs_read { }', {}, ['fentry:vmlinux:vfs_read'], [{ kind: 'fentry', function: 'vfs_read', module: 'vmlinux', return: false }]],
  ['fentry:vfs_read|vfs_write|nothing { }', {}, ['fentry:vmlinux:vfs_read', 'fentry:vmlinux:vfs_write'], ['vfs_read', 'vfs_write'].map((name) => ({ kind: 'fentry', function: name, module: 'vmlinux', return: false }))],
  ['fexit:vmlinux:vfs_wr*|vfs_read { }', {}, ['fexit:vmlinux:vfs_read', 'fexit:vmlinux:vfs_write'], ['vfs_read', 'vfs_write'].map((name) => ({ kind: 'fentry', function: name, module: 'vmlinux', return: true }))],
  ['fexit:vmlinux:vfs_read { @ = retval; }', {}, ['fexit:vmlinux:vfs_read'], [{ kind: 'fentry', function: 'vfs_read', module: 'vmlinux', return: true }]],
  ['kfunc:vfs_* { }', {}, ['fentry:vmlinux:vfs_read', 'fentry:vmlinux:vfs_write'], ['vfs_read', 'vfs_write'].map((name) => ({ kind: 'fentry', function: name, module: 'vmlinux', return: false }))],
  ['iter:task { }', {}, ['iter:task'], [{ kind: 'iter', type: 'task' }]],
  ['it:task:list { }', { pid: 7 }, ['iter:task'], [{ kind: 'iter', type: 'task', pin: '/sys/fs/bpf/list', pid: 7 }]],
  ['iter:bpf_map:/tmp/x { }', { pid: 7 }, ['iter:bpf_map'], [{ kind: 'iter', type: 'bpf_map', pin: '/tmp/x' }]],
  ['w:0x1000:4:wr { }', {}, ['watchpoint:4096:4:rw'], [{ kind: 'perf_event', type: 5, config: 0n, samplePeriod: 1n, cpus: 'all', breakpoint: { address: 4096n, length: 4, mode: 3 } }]],
  ['watchpoint:4096:1:x { }', { pid: 7 }, ['watchpoint:4096:1:x'], [{ kind: 'perf_event', type: 5, config: 0n, samplePeriod: 1n, cpus: 'all', pid: 7, breakpoint: { address: 4096n, length: 8, mode: 4 } }]],
  ['test:one { } bench:one { }', {}, ['test:one', 'bench:one'], [{ kind: 'test', name: 'one' }, { kind: 'bench', name: 'one' }]],
  ['k*:vfs_read { }', {}, ['kprobe:vfs_read', 'kretprobe:vfs_read'], [false, true].map((atReturn) => ({ kind: 'kprobe_session', symbols: ['vfs_read'], return: atReturn }))],
  ['k:vfs_read|vfs_write|nothing { }', {}, ['kprobe:vfs_read|vfs_write|nothing'], [{ kind: 'kprobe_multi', symbols: ['vfs_read', 'vfs_write'], return: false }]],
  ['k:vfs_re*|nothing { }', {}, ['kprobe:vfs_read'], [{ kind: 'kprobe', symbol: 'vfs_read', offset: 0, return: false }]],
  ['t:sched:sched_switch|sched_process_exec { }', {}, ['tracepoint:sched:sched_process_exec', 'tracepoint:sched:sched_switch'], ['sched_process_exec', 'sched_switch'].map((event) => ({ kind: 'tracepoint', category: 'sched', event }))],
  ['t:sched:sched_* { @[probe] = count(); }', {}, ['tracepoint:sched:sched_process_exec', 'tracepoint:sched:sched_switch'], ['sched_process_exec', 'sched_switch'].map((event) => ({ kind: 'tracepoint', category: 'sched', event }))],
];

for (const [script, options, probes, attach] of rows) {
  t.test(`${script}${options.pid === undefined ? '' : ' -p'}`, async (t) => {
    const programs = programsOf(script, options);
    t.strictSame(programs.map((p) => p.probe), probes);
    t.strictSame(programs.map((p) => p.attach), attach);
  });
}

const shared: [script: string, machine: FixtureOptions, programs: number][] = [
  ['kprobe:vfs_* { @ = count(); }', single, 1],
  ['kprobe:vfs_* { @[probe] = count(); }', single, 1],
  ['kprobe:vfs_* { @[probe] = count(); }', { lacks: ['kprobe_multi', 'helper:get_attach_cookie'] }, 2],
  ['kprobe:vfs_* { @[probe] = count(); }', { lacks: ['helper:get_attach_cookie'] }, 2],
  ['kprobe:vfs_* { for $i : 0..2 { @[probe] = count(); } }', single, 1],
  ['kprobe:vfs_* { for $i : 0..2 { @[$i] = count(); } @[probetype == "kprobe"] = count(); }', single, 1],
  ['t:sched:sched_* { @[probe] = count(); }', {}, 1],
  ['fentry:vfs_* { @ = count(); }', {}, 2],
];

for (const [script, machine, wanted] of shared) {
  t.test(`${wanted} ${wanted === 1 ? 'program' : 'programs'} for ${script} without ${machine.lacks?.join(', ') ?? 'nothing'}`, async (t) => {
    t.equal(new Set(programsOf(script, { machine }).map((p) => p.name)).size, wanted);
  });
}

t.test('limits count probes, not programs', async (t) => {
  const config = new Config();
  config.set('max_probes', 1n, 'script');
  t.match(messagesOf('kprobe:vfs_* { }', { config })[0], /^error: Can't attach to 2 probes because it exceeds the current limit of 1 probes/);
  t.equal(programsOf('kprobe:vfs_* { }')[0]!.probeCount, 2);
});

/** Types of a kernel with functions that no trampoline takes, or that lock what maps lock. */
const odd: FixtureOptions = (() => {
  const b = new BtfBuilder();
  const int = b.int('int', 4, { signed: true });
  b.func('_raw_spin_lock', b.funcProto(0, []), 'static');
  b.func('variadic', b.funcProto(int, [{ name: 'first', type: int }, { name: '', type: 0 }]), 'static');
  return { types: Btf.parse(b.finish()), kernelFunctions: ['_raw_spin_lock', 'variadic'].map((name) => ({ module: 'vmlinux', name })) };
})();
const programs: FixtureOptions = { programFunctions: { 7: 'count_packets' } };

const complaints: [script: string, options: Case, messages: string[]][] = [
  ['fentry:tcp_helper { }', { machine: { kernelFunctions: functions } }, ["error: ambiguous attach point, please specify module containing the function 'tcp_helper'"]],
  ['fentry:vfs_read { }', { machine: { btf: false } }, ['error: No BTF found for vfs_read.']],
  ['fentry:variadic { }', { machine: odd }, ['error: variadic: functions with a variable number of arguments are not supported.']],
  ['fentry:_raw_spin_lock { }', { machine: odd }, ['warning: Attaching to dangerous function: vmlinux:_raw_spin_lock. tbpf has added mitigations to prevent a kernel deadlock but they may result in some lost events.']],
  ['fexit:tcp_close { @ = retval; }', { machine: { kernelFunctions: functions } }, ["error: Can't find a field $retval"]],
  ['fentry:kvm:vfs_read { }', { machine: { typedModules: ['kvm'] } }, ["error: 'vfs_read' of module kvm cannot be told from the function of that name in the kernel itself"]],
  ['fentry:bpf:count_packets { print(args); }', { machine: programs }, ["error: The args builtin cannot be used for 'fentry/fexit:bpf' probes"]],
  ['fexit:bpf:7:count_packets { @ = retval; }', { machine: programs }, ["error: Can't find a field $retval"]],
  ['kprobe:nosuch_* { }', {}, ["error: Probe has no valid attach points. If this is expected, set the 'missing_probes' config variable to 'warn'."]],
  ['config = { missing_probes = "warn" } kprobe:nosuch_* { }', {}, ['warning: Probe has no valid attach points. It is being removed which may cause issues with program behavior.']],
  ['config = { missing_probes = "ignore" } kprobe:nosuch_* { }', {}, []],
  ['config = { missing_probes = "warn" } fentry:nosuch { }', {}, ['warning: No matches for fentry nosuch. Skipping.', 'warning: Probe has no valid attach points. It is being removed which may cause issues with program behavior.']],
  ['iter:task, iter:bpf_map { }', {}, ['error: iter probe only supports one attach point.', 'error: iter probe only supports one attach point.']],
  ['iter:task { } iter:bpf_map { }', {}, ['error: iter probe must be the only probe of a script.', 'error: iter probe must be the only probe of a script.']],
  ['test:a { } test:a { }', {}, ['error: "a" was used as the name for more than one TEST probe']],
  ['fentry:vfs_read { @ = args.nosuch; }', {}, ["error: Struct/union of type 'struct vmlinux_vfs_read' does not contain a field named 'nosuch'"]],
  ['iter:task { printf("%o", 1); }', {}, ["error: printf() in iter probes can not print 'int8' as %o"]],
];

for (const [script, options, messages] of complaints) t.test(script, async (t) => t.strictSame(messagesOf(script, options), messages));
