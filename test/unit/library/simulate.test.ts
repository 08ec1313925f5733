// tbpf/simulate: what made-up events do; one row per way in which a program gets its arguments.

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { manifestToJson } from '../../../lib/model/layout/manifest.js';
import { Source } from '../../../lib/model/source/source.js';
import { simulate, type Compiled, type SimulatedEvent, type SimulationOptions, type TraceEvent } from '../../../lib/simulate.js';
import { linkObjects } from '../../../lib/trace/bpf-objects.js';
import { bpfObject } from '../../helpers/bpf-object.js';
import { checkKeysOfAllKinds, keysOfAllKinds } from '../../helpers/keys-of-all-kinds.js';
import { compiledForCalls as compiled, ManyCalls } from '../../helpers/many-calls.js';

process.env.TBPF_CHECK = '1';
process.env.TZ = 'UTC';

const textOf = (events: readonly TraceEvent[]): string => events.map((event) => ('text' in event ? event.text : event.type)).join('');

const rows: Record<string, { readonly script: string; readonly fire: readonly [probe: string, event?: SimulatedEvent][]; readonly want: string; readonly world?: SimulationOptions }> = {
  'text behind a pointer of a system call': {
    script: 'tracepoint:syscalls:sys_enter_openat { printf("%s %d %x\\n", str(args.filename), args.dfd, args.flags); }',
    fire: [['tracepoint:syscalls:sys_enter_openat', { args: { filename: '/etc/passwd', dfd: -100, flags: 0x241n } }]],
    want: '/etc/passwd -100 241\n',
  },
  'text behind a pointer that was kept at the entry of a call': {
    script: 'tracepoint:syscalls:sys_enter_openat { @path[tid] = args.filename; } tracepoint:syscalls:sys_exit_openat { printf("%d %s\\n", tid, str(@path[tid])); }',
    fire: [
      ...[1, 2].map((tid): [string, SimulatedEvent] => ['tracepoint:syscalls:sys_enter_openat', { tid, args: { filename: `/file/${tid}` } }]),
      ...[1, 2].map((tid): [string, SimulatedEvent] => ['tracepoint:syscalls:sys_exit_openat', { tid }]),
      ...Array.from({ length: 200 }, (): [string, SimulatedEvent] => ['tracepoint:syscalls:sys_enter_openat', { tid: 3, args: { filename: '/file/3' } }]),
      ...[1, 3].map((tid): [string, SimulatedEvent] => ['tracepoint:syscalls:sys_exit_openat', { tid }]),
    ],
    want: '1 /file/1\n2 /file/2\n1 \n3 /file/3\n',
  },
  'an address and the memory there': {
    script: 'tracepoint:syscalls:sys_enter_openat { printf("%s\\n", str(args.filename)); }',
    fire: [['tracepoint:syscalls:sys_enter_openat', { args: { filename: 0x1000n }, memory: new Map([[0x1000n, Buffer.from('there\0')]]) }]],
    want: 'there\n',
  },
  'bytes that are not UTF-8': {
    script: 'tracepoint:syscalls:sys_enter_openat { printf("%r\\n", buf(args.filename, 3)); }',
    fire: [['tracepoint:syscalls:sys_enter_openat', { args: { filename: Uint8Array.of(0xff, 0x41, 0) } }]],
    want: '\\xffA\\x00\n',
  },
  'arrays of characters and numbers of a record': {
    script: 'tracepoint:sched:sched_switch { printf("%s %d %s %d\\n", args.prev_comm, args.prev_pid, args.next_comm, args.next_prio); }',
    fire: [['tracepoint:sched:sched_switch', { args: { prev_comm: 'before', prev_pid: 11, next_comm: 'after', next_prio: -5 } }]],
    want: 'before 11 after -5\n',
  },
  'text of dynamic length': {
    script: 'tracepoint:sched:sched_process_exec { printf("%s %d\\n", str(args.filename), args.pid); }',
    fire: [['tracepoint:sched:sched_process_exec', { args: { filename: '/bin/true', pid: 7 } }]],
    want: '/bin/true 7\n',
  },
  'a function, in registers': {
    script: 'kprobe:vfs_read { printf("%d %d %s\\n", arg2, arg0, str(uptr(arg1))); } kretprobe:vfs_read { printf("%d\\n", retval); }',
    fire: [['kprobe:vfs_read', { args: [1, 0x2000n, 4096n], memory: new Map([[0x2000n, Buffer.from('text\0')]]) }], ['kretprobe:vfs_read', { retval: -9 }]],
    want: '4096 1 text\n-9\n',
  },
  'both ends of functions, in one program': {
    script: 'kprobe:vfs_* { printf("%d\\n", arg0); } kretprobe:vfs_* { printf("%d\\n", retval); }',
    fire: [['kprobe:vfs_read', { args: [1] }], ['kretprobe:vfs_read', { retval: -9 }], ['kprobe:vfs_write', { args: [2] }], ['kretprobe:vfs_write', { retval: 3 }]],
    want: '1\n-9\n2\n3\n',
  },
  'one of several names': {
    script: 'kprobe:vfs_read|vfs_wr* { printf("%s %d\\n", probe, arg0); } tracepoint:syscalls:sys_enter_read|sys_enter_w* { printf("%s\\n", probe); }',
    fire: [['kprobe:vfs_read', { args: [1] }], ['kprobe:vfs_write', { args: [2] }], ['tracepoint:syscalls:sys_enter_write']],
    want: 'kprobe:vfs_read 1\nkprobe:vfs_write 2\ntracepoint:syscalls:sys_enter_write\n',
  },
  'the name of a function, alone and of a wildcard': {
    script: 'kretprobe:vfs_read { @[func] = count(); print(@); } kprobe:vfs_* { printf("%s\\n", func); } fexit:vfs_read { @[func] = count(); print(@); }',
    fire: [['kprobe:vfs_write'], ['kretprobe:vfs_read'], ['kprobe:vfs_read'], ['fexit:vmlinux:vfs_read']],
    want: 'vfs_write\n@[vfs_read]: 1\nvfs_read\n@[vfs_read]: 2\n',
  },
  'a function with types': {
    script: 'fentry:vfs_read { printf("%d\\n", args.count); } fexit:vfs_read { printf("%d %d\\n", args.count, retval); }',
    fire: [['fentry:vmlinux:vfs_read', { args: { count: 3 } }], ['fexit:vmlinux:vfs_read', { args: { count: 4 }, retval: 2 }]],
    want: '3\n4 2\n',
  },
  'a raw tracepoint': {
    script: 'rawtracepoint:sched_switch { printf("%d\\n", arg0); }',
    fire: [['rawtracepoint:vmlinux:sched_switch', { args: [true] }]],
    want: '1\n',
  },
  'one program for the tracepoints of many calls': {
    script: 'tracepoint:syscalls:sys_enter_* /pid == 7/ { printf("%s %d\\n", probe, args.dfd); } tracepoint:syscalls:sys_exit_* { printf("%s %d\\n", probe, args.ret); }',
    fire: [['tracepoint:syscalls:sys_enter_openat', { pid: 7, args: { dfd: 5 } }], ['tracepoint:syscalls:sys_enter_openat', { pid: 8 }], ['tracepoint:syscalls:sys_exit_openat', { args: { ret: -2 } }]],
    want: 'tracepoint:syscalls:sys_enter_openat 5\ntracepoint:syscalls:sys_exit_openat -2\n',
  },
  'a timer, and the world': {
    script: 'interval:s:1 { printf("%d %d %s %d %d %llu\\n", pid, tid, comm, uid, cpu, nsecs); }',
    fire: [['interval:s:1'], ['interval:s:1', { tid: 9, comm: 'other', cpu: 2, nsecs: 5_000_000_000n }], ['interval:s:1']],
    world: { pid: 8, comm: 'own', uid: 33, nsecs: 1n },
    want: '8 8 own 33 0 1\n8 9 other 33 2 5000000000\n8 8 own 33 0 1\n',
  },
  'stacks': {
    script: 'interval:s:1 { @[kstack(raw)] = count(); printf("%s", ustack(raw)); }',
    fire: [['interval:s:1', { kstack: [0xffff_ffff_8130_0000n], ustack: [0x1000n, 0x2000n] }]],
    want: '\n1000\n2000\n',
  },
  'several blocks of a probe, in their order': {
    script: 'interval:s:1 { printf("a"); } interval:s:1 /pid == 1234/ { printf("b"); } interval:s:1 { printf("c"); }',
    fire: [['interval:s:1']],
    want: 'abc',
  },
  'blocks that use different arguments': {
    script: 'tracepoint:sched:sched_switch { printf("a\\n"); } tracepoint:sched:sched_switch { printf("%d\\n", args.prev_pid); } tracepoint:sched:sched_switch { printf("%s\\n", args.prev_comm); }',
    fire: [['tracepoint:sched:sched_switch', { args: { prev_comm: 'x', prev_pid: 5 } }]],
    want: 'a\n5\nx\n',
  },
  'exit() ends it': {
    script: 'interval:s:1 { printf("once\\n"); exit(3); } interval:s:1 { printf("never"); }',
    fire: [['interval:s:1'], ['interval:s:1']],
    want: 'once\n',
  },
};
for (const [title, { script, fire, want, world }] of Object.entries(rows)) {
  t.test(title, async (t) => {
    const simulation = simulate(compiled(script), world);
    t.equal(fire.map(([probe, event]) => textOf(simulation.fire(probe, event))).join(''), want);
    simulation.end();
  });
}

const probeRows: [title: string, script: string, want: object[]][] = [
  ['what begin and end probes are', 'begin { } end { } interval:s:1 { }', [{ probe: 'interval:s:1', args: [], hasRetval: false, hasPositional: false }]],
  ['fields of a tracepoint', 'tracepoint:sched:sched_switch { print(args.next_comm); }', [{ probe: 'tracepoint:sched:sched_switch', args: { 0: { name: 'prev_comm', takes: 'text' }, 1: { name: 'prev_pid', takes: 'number' } }, hasRetval: false, hasPositional: false }]],
  ['an address', 'tracepoint:syscalls:sys_enter_openat { print(args.filename); }', [{ args: { 2: { name: 'filename', takes: 'address' } } }]],
  ['a text of any length', 'tracepoint:sched:sched_process_exec { print(args.filename); }', [{ args: { 0: { name: 'filename', takes: 'text' } } }]],
  ['each place of a wildcard', 'kprobe:vfs_* { @[probe] = count(); }', [{ probe: 'kprobe:vfs_read', hasPositional: true }, { probe: 'kprobe:vfs_write' }]],
  ['both ends of a function', 'kprobe:vfs_read { } kretprobe:vfs_read { print(retval); }', [{ probe: 'kprobe:vfs_read', hasRetval: false }, { probe: 'kretprobe:vfs_read', hasRetval: true }]],
  ['two blocks of one probe', 'tracepoint:sched:sched_switch { } tracepoint:sched:sched_switch { print(args.prev_pid); }', [{ probe: 'tracepoint:sched:sched_switch' }]],
  ['what cannot be fired', 'iter:task { print(1); }', []],
];
for (const [title, script, want] of probeRows) t.test(`probes: ${title}`, async (t) => {
  const { probes } = simulate(compiled(script));
  t.equal(probes.length, want.length);
  t.match(probes, want);
  for (const { probe } of probes) t.doesNotThrow(() => simulate(compiled(script)).fire(probe));
});

t.test('maps, begin, end and the status', async (t) => {
  const simulation = simulate(compiled('begin { @start = 5; printf("begun\\n"); } tracepoint:sched:sched_switch { @[args.prev_comm] = count(); @h = hist(args.prev_pid); } end { printf("%d\\n", @start); }'));
  t.equal(textOf(simulation.begin), 'begun\n');
  for (let pid = 1; pid <= 3; pid++) simulation.fire('tracepoint:sched:sched_switch', { args: { prev_comm: 'x', prev_pid: pid } });
  t.equal(simulation.maps.get('@').lookup('x'), 3n);
  t.match(simulation.maps.get('@h').value, { count: 3n });
  t.same(await simulation.maps.get('@').take(), [{ key: 'x', value: 3n }]);
  t.same([...simulation.maps.get('@')], []);
  t.equal(simulation.status, undefined);
  t.equal(textOf(simulation.end()), '5\n');
  t.equal(simulation.status, 0);
  t.same(simulation.end(), []);
});

t.test('every element of a map is found by its key', async (t) => {
  const simulation = simulate(compiled(keysOfAllKinds));
  checkKeysOfAllKinds(t, simulation.maps);
});

t.test('emit() gives its fields', async (t) => {
  const simulation = simulate(compiled('interval:s:1 { emit("tick", (n = 1, big = nsecs, who = comm)); }'));
  t.match(simulation.fire('interval:s:1', { nsecs: 9n, comm: 'me' }), [{ type: 'emit', name: 'tick', fields: { n: 1, big: 9n, who: 'me' } }]);
});

t.test('nothing of this machine is run or read', async (t) => {
  const script = compiled('interval:s:1 { system("echo %d", pid); cat("/etc/passwd"); }', true);
  t.match(simulate(script).fire('interval:s:1'), [{ type: 'system', text: '\n' }, { type: 'error', code: 'ERR_CAT', text: /failed to open file/ }]);
  const asked: string[] = [];
  const made = simulate(script, { system: (command) => { asked.push(command); return 'ran\n'; }, readFile: (path) => `text of ${path}\n` });
  t.equal(textOf(made.fire('interval:s:1')), 'ran\n\ntext of /etc/passwd\n', 'the text of system() ends with a newline of its own');
  t.same(asked, ['echo 1234']);
});

const mistakes: [title: string, act: () => unknown, want: object][] = [
  ['a probe that the script has not', () => simulate(compiled('interval:s:1 { }')).fire('interval:s:2'), { code: 'ERR_OPTION_VALUE', message: "the script has no probe interval:s:2: did you mean 'interval:s:1'?" }],
  ['begin', () => simulate(compiled('begin { } interval:s:1 { }')).fire('begin'), { message: /begin probes run at once/ }],
  ['an argument that there is not', () => simulate(compiled('tracepoint:sched:sched_switch { print(args.prev_pid); }')).fire('tracepoint:sched:sched_switch', { args: { prev_pod: 1 } }), { message: "the script uses no argument prev_pod of tracepoint:sched:sched_switch: did you mean 'prev_pid'?" }],
  ['an argument of a script that uses none', () => simulate(compiled('tracepoint:sched:sched_switch { print(1); }')).fire('tracepoint:sched:sched_switch', { args: { prev_pid: 1 } }), { message: /the script uses no arguments/ }],
  ['text for a number', () => simulate(compiled('fentry:vfs_read { print(args.count); }')).fire('fentry:vmlinux:vfs_read', { args: { count: 'x' } }), { code: 'ERR_OPTION_TYPE' }],
  ['text that is too long', () => simulate(compiled('tracepoint:sched:sched_switch { print(args.prev_comm); }')).fire('tracepoint:sched:sched_switch', { args: { prev_comm: 'x'.repeat(17) } }), { code: 'ERR_OPTION_VALUE' }],
  ['an unknown option of an event', () => simulate(compiled('interval:s:1 { }')).fire('interval:s:1', { pidd: 1 } as SimulatedEvent), { code: 'ERR_OPTION_UNKNOWN' }],
  ['an unknown option', () => simulate(compiled('interval:s:1 { }'), { arg: 1 } as SimulationOptions), { code: 'ERR_OPTION_UNKNOWN' }],
  ['no program', () => simulate('interval:s:1 { }' as unknown as Compiled), { code: 'ERR_OPTION_TYPE', message: /simulate\(\) takes what compile\(\) made/ }],
  ...([
    ['pid', 'x', 'TYPE'], ['tid', 1n, 'TYPE'], ['uid', -1, 'VALUE'], ['gid', 1.5, 'VALUE'], ['comm', 5, 'TYPE'], ['nsecs', 5, 'TYPE'], ['nsecs', 'x', 'TYPE'], ['cgroup', 1, 'TYPE'], ['cpu', 4, 'VALUE'],
    ['memory', {}, 'TYPE'], ['memory', new Map([[4096, Buffer.from('x')]]), 'TYPE'], ['memory', new Map([[4096n, 'x']]), 'TYPE'], ['kstack', [1], 'TYPE'], ['ustack', 1n, 'TYPE'],
  ] as const).flatMap(([name, value, kind]): typeof mistakes => {
    const world = { [name]: value } as SimulationOptions;
    const title = `${name} of the world is ${typeof value}`;
    return [
      [title, () => simulate(compiled('interval:s:1 { }'), world), { option: `options.${name}`, code: `ERR_OPTION_${kind}` }],
      [`${title}, for an event`, () => simulate(compiled('interval:s:1 { }')).fire('interval:s:1', world as SimulatedEvent), { option: `event.${name}`, code: `ERR_OPTION_${kind}` }],
    ];
  }),
  ['system() that is no function', () => simulate(compiled('begin { }'), { system: 'x' } as unknown as SimulationOptions), { option: 'options.system', code: 'ERR_OPTION_TYPE' }],
  ['readFile that is no function', () => simulate(compiled('begin { }'), { readFile: 'x' } as unknown as SimulationOptions), { option: 'options.readFile', code: 'ERR_OPTION_TYPE' }],
  ['another word for unused arguments', () => simulate(compiled('begin { }'), { unusedArguments: 'no' } as unknown as SimulationOptions), { option: 'options.unusedArguments', code: 'ERR_OPTION_VALUE' }],
];
for (const [title, act, want] of mistakes) t.test(title, async (t) => void t.throws(act, { name: 'OptionError', ...want }));

t.test('one event for several scripts', async (t) => {
  const event = { args: { prev_pid: 7, next_pid: 8 } };
  for (const [script, text] of [['print(args.prev_pid);', '7\n'], ['print(args.next_pid);', '8\n'], ['print(1);', '1\n']] as const) {
    const simulation = simulate(compiled(`tracepoint:sched:sched_switch { ${script} }`), { unusedArguments: 'ignore' });
    t.equal(textOf(simulation.fire('tracepoint:sched:sched_switch', event)), text);
  }
});

t.test('functions of imported objects', async (t) => {
  const { output } = compile(new Source('script', 'import "math.bpf.o"; begin { print(scaled(1)); }'), new ManyCalls(), { readImport: (name) => ({ files: [{ name, text: '', object: bpfObject() }] }), link: linkObjects });
  t.throws(() => simulate({ elf: output!.elf, manifest: manifestToJson(output!.manifest) }), { code: 'ERR_OPTION_VALUE', message: 'program calls a function of an imported BPF object, and the simulator runs functions of scripts only' });
});
