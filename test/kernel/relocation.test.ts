// A program that was built for a kernel whose structs look otherwise finds the members of this one: what libbpf makes of the relocations in the object.
//
//   idea   the other kernel is a BTF of our own, and a format of an event, where what the script reads lies at places where it lies on no kernel

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { load } from '../../lib/index.js';
import { encodeProgramFile } from '../../lib/api/program-file.js';
import { compile, type Compiled } from '../../lib/compile.js';
import { Btf } from '../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../lib/model/btf/builder.js';
import { manifestToJson } from '../../lib/model/layout/manifest.js';
import { Source } from '../../lib/model/source/source.js';
import { overlaid } from '../../lib/model/target/overlaid.js';
import type { Target, TracepointFormat } from '../../lib/model/target/target.js';
import { BtfTypes } from '../../lib/language/btf-types.js';
import { insnPlaces } from '../../lib/trace/insn-places.js';
import { withoutRelocations } from '../../lib/trace/relocations.js';
import { findMember } from '../../lib/model/types/types.js';
import { runningMachine } from '../helpers/live-run.js';

const TASK_BYTES = 512;

/** The members that the script reads, where no kernel has them. @param typeOfTgid  another one than kernels have */
function otherTypes(typeOfTgid: 'int' | 'long' = 'int'): Btf {
  const b = new BtfBuilder();
  const char = b.int('char', 1, { signed: true });
  const int = b.int('int', 4, { signed: true });
  const long = b.int('long int', 8, { signed: true });
  const member = (name: string, type: number, offset: number): { name: string; type: number; offsetBits: number } => ({ name, type, offsetBits: offset * 8 });
  const names = b.struct('new_utsname', 390, [member('nodename', b.array(char, 65, int), 80)]);
  const namespace = b.struct('uts_namespace', 500, [member('name', names, 100)]);
  const proxy = b.struct('nsproxy', 100, [member('uts_ns', b.ptr(namespace), 88)]);
  const name = b.array(char, 16, int);
  const toProxy = b.ptr(proxy);
  const uint = b.int('unsigned int', 4);
  const signal = b.struct('signal_struct', 300, [{ name: 'has_child_subreaper', type: uint, offsetBits: 203 * 8 + 3, bitfieldSize: 1 }, { name: 'is_child_subreaper', type: uint, offsetBits: 203 * 8 + 4, bitfieldSize: 1 }]);
  const toSignal = b.ptr(signal);
  // the struct follows the pointer to it
  const toTask = b.ptr(b.nextId + 1);
  b.struct('task_struct', TASK_BYTES, [member('comm', name, 3), member('tgid', typeOfTgid === 'int' ? int : long, 32), member('real_parent', toTask, 40), member('nsproxy', toProxy, 56), member('signal', toSignal, 64)]);
  return Btf.parse(b.finish());
}

/** How much further on the fields of an event are there. */
const further = { numbers: 8, texts: 10 };

function otherRecord(category: string, event: string): TracepointFormat | undefined {
  const format = runningMachine().tracepoint(category, event);
  return format && { ...format, fields: format.fields.map((field) => ({ ...field, offset: field.offset + (field.size > 8 ? further.texts : further.numbers) })) };
}

const script = `begin {
  $task = (struct task_struct *)curtask;
  printf("%d %d %s %s\\n", $task->tgid, $task->real_parent->tgid, $task->comm, $task->nsproxy->uts_ns->name.nodename);
  printf("%d %s\\n", ppid, pcomm);
  exit();
}`;

function build(types: Btf, text = script): Compiled & { readonly file: Uint8Array } {
  const source = new Source('x.bt', text);
  const machine: Target = overlaid<Target>(runningMachine(), { btf: types, kernelBuild: 'another', kernelRelease: '1.2.3', tracepoint: otherRecord });
  const { diagnostics, output } = compile(source, machine, { portable: true });
  if (!output) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return { ...output, file: encodeProgramFile({ elf: output.elf, manifest: manifestToJson(output.manifest), places: insnPlaces(output.object, source) }) };
}

t.test('members are found where this kernel has them', async (t) => {
  const session = await load(build(otherTypes()).file);
  let said = '';
  for await (const event of session) if ('text' in event) said += event.text;
  const parent = readFileSync(`/proc/${process.ppid}/comm`, 'utf8');
  t.match(said, new RegExp(`^${process.pid} ${process.ppid} \\S+ ${hostname()}\n${process.ppid} ${parent}$`));
});

t.test('bits are found where this kernel has them', async (t) => {
  // prctl(PR_SET_CHILD_SUBREAPER), and a call by which the script knows when to look
  const command = ['perl', '-e', 'syscall(157, 36, 1, 0, 0, 0); syscall(121, 0); syscall(157, 36, 0, 0, 0, 0); syscall(121, 0)'] as const;
  const bits = '$signal = ((struct task_struct *)curtask)->signal; printf("%d %d\\n", $signal->is_child_subreaper, $signal->has_child_subreaper);';
  const session = await load(build(otherTypes(), `tracepoint:raw_syscalls:sys_enter / pid == cpid && args.id == 121 / { ${bits} }`).file, { command });
  let said = '';
  for await (const event of session) if ('text' in event) said += event.text;
  t.equal(said, '1 0\n0 0\n');
});

t.test('fields of an event are found where its records have them', async (t) => {
  const session = await load(build(otherTypes(), `tracepoint:task:task_newtask / pid == ${process.pid} && args.pid != 0 / { printf("%d %s %s", args.pid, args.comm, args.comm == comm ? "same" : "another"); print(args); exit(); }`).file);
  const { pid } = spawnSync('true');
  let said = '';
  for await (const event of session) if ('text' in event) said += event.text;
  t.match(said, new RegExp(`^${pid} \\S+ same\\{ \\.pid = ${pid}, \\.comm = \\S+, \\.clone_flags = \\d+, \\.oom_score_adj = -?\\d+ \\}\n$`));
});

t.test('a member of another type is refused before anything is loaded', async (t) => {
  await t.rejects(load(build(otherTypes('long')).file), { code: 'ERR_ELSEWHERE', message: /differs: line 3: tgid of struct task_struct is int32, and was int64 where the script was compiled$/ });
});

t.test('bpftool finds in the object what it needs of a kernel', (t) => {
  if (spawnSync('bpftool', ['version']).error) {
    t.comment('there is no bpftool here');
    return void t.end();
  }
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { elf } = build(otherTypes());
  const needs = (object: Uint8Array): Btf => {
    writeFileSync(join(folder, 'x.bpf.o'), object);
    execFileSync('bpftool', ['gen', 'min_core_btf', '/sys/kernel/btf/vmlinux', join(folder, 'min.btf'), join(folder, 'x.bpf.o')]);
    return Btf.parse(readFileSync(join(folder, 'min.btf')));
  };
  const small = new BtfTypes(needs(elf)).struct('task_struct')!;
  const whole = new BtfTypes(runningMachine().btf!).struct('task_struct')!;
  for (const name of ['tgid', 'comm', 'real_parent', 'nsproxy']) t.equal(findMember(small, name)?.offset, findMember(whole, name)!.offset, name);
  t.equal(findMember(small, 'stack'), undefined, 'what the script does not read is left out');
  t.equal(needs(withoutRelocations(elf)).find('struct', 'task_struct'), undefined);
  t.end();
});
