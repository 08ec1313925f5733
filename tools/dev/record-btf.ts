// Records a small part of a kernel's BTF, for tests that need task_struct and the like without that kernel.
//
//   in     the BTF at argv[2] (default /sys/kernel/btf/vmlinux); the names below
//   out    argv[3]: a BTF that holds these types, everything they contain, and the structs that their members point at;
//          structs further away are forward declarations, unnamed ones further away become void
//   idea   first decide which structs are complete and number all types, then write them in that order
//   run    `node scripts/run.mjs tools/dev/record-btf.ts /sys/kernel/btf/vmlinux test/fixtures/btf/NAME.btf`

import { readFileSync, writeFileSync } from 'node:fs';
import { Btf } from '../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../lib/model/btf/builder.js';
import type { BtfFunc, BtfType, TypeId } from '../../lib/model/btf/types.js';

/** complete, and so are the structs that their members point at */
const centralStructs = ['task_struct', 'file', 'sock'];
/** complete; what they point at is declared only */
const structs = [
  'path', 'dentry', 'qstr', 'inode', 'super_block', 'mm_struct', 'vm_area_struct', 'linux_binprm', 'sk_buff', 'sock_common', 'inet_sock', 'tcp_sock',
  'msghdr', 'kiocb', 'iov_iter', 'nsproxy', 'cred', 'pid', 'pt_regs', 'trace_entry', 'trace_event_raw_sys_enter', 'trace_event_raw_sys_exit',
  'trace_event_raw_sched_switch', 'trace_event_raw_sched_process_exec', 'trace_event_raw_sched_process_fork', 'bpf_iter_meta', 'bpf_iter__task',
  'bpf_iter__task_file', 'bpf_iter__task_vma', 'bpf_iter__bpf_map', 'bpf_map', 'bpf_perf_event_data', 'bpf_raw_tracepoint_args', 'bio', 'request',
];
const functions = [
  'vfs_read', 'vfs_write', 'vfs_open', 'vfs_fsync', 'do_nanosleep', 'tcp_sendmsg', 'tcp_connect', 'tcp_v4_connect', 'tcp_close', 'wake_up_new_task', 'do_exit',
  'bpf_iter_task', 'bpf_iter_task_file', 'bpf_iter_task_vma', 'bpf_iter_bpf_map', 'bpf_task_acquire', 'bpf_task_release', 'bpf_session_is_return',
];
const typedefs = [
  'u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', 'size_t', 'ssize_t', 'pid_t', 'uid_t', 'loff_t', 'bool', 'uint8_t', 'uint16_t', 'uint32_t', 'uint64_t',
  'btf_trace_sched_switch', 'btf_trace_sched_wakeup', 'btf_trace_sched_process_exec', 'btf_trace_sched_process_exit', 'btf_trace_sys_enter',
  'btf_trace_sys_exit',
];
const enums = ['pid_type', 'bpf_map_type', 'sock_type', 'tcp_ca_state'];

const inputPath = process.argv[2] ?? '/sys/kernel/btf/vmlinux';
const outputPath = process.argv[3];
if (outputPath === undefined) throw new Error('usage: record-btf.ts INPUT OUTPUT');
const btf = Btf.parse(readFileSync(inputPath));

/** structs and unions that are recorded with their members */
const complete = new Set<TypeId>();

/** Types that a type refers to, and whether by pointer: what is behind one need not be complete. */
function parts(type: BtfType): { readonly id: TypeId; readonly far: boolean }[] {
  const near = (id: TypeId) => ({ id, far: false });
  switch (type.kind) {
    case 'ptr':
      return [{ id: type.type, far: true }];
    case 'struct':
    case 'union':
      return type.members.map((member) => near(member.type));
    case 'array':
      return [near(type.type), near(type.indexType)];
    case 'func_proto':
      return [near(type.returns), ...type.parameters.map((parameter) => near(parameter.type))];
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
    case 'func':
    case 'var':
      return [near(type.type)];
    default:
      return [];
  }
}

/** Marks the structs in a type as complete, and those `pointers` pointers away. */
function markComplete(id: TypeId, pointers: number, seen = new Map<TypeId, number>()): void {
  if (pointers < 0 || (seen.get(id) ?? -1) >= pointers) return;
  seen.set(id, pointers);
  const type = btf.type(id);
  if (type.kind === 'struct' || type.kind === 'union') complete.add(id);
  for (const { id: part, far } of parts(type)) {
    // a pointer to a function needs what the function takes by value, and nothing behind its parameters' pointers
    const further = !far ? pointers : btf.type(part).kind === 'func_proto' ? 0 : pointers - 1;
    markComplete(part, further, seen);
  }
}

/** What a type becomes: the same key is the same type in the output; undefined is void. */
function keyOf(id: TypeId): string | undefined {
  const type = btf.type(id);
  switch (type.kind) {
    case 'void':
      return undefined;
    case 'struct':
    case 'union':
      if (complete.has(id)) return `#${id}`;
      return type.name === '' ? undefined : `fwd ${type.kind} ${type.name}`;
    case 'fwd':
      return `fwd ${type.of} ${type.name}`;
    case 'ptr':
    case 'volatile':
    case 'const':
    case 'restrict':
      return `${type.kind} ${keyOf(type.type)}`;
    case 'array':
      return `array ${keyOf(type.type)} ${type.length} ${keyOf(type.indexType)}`;
    default:
      return `#${id}`;
  }
}

const newIds = new Map<string, TypeId>();
const order: TypeId[] = [];

function plan(id: TypeId): void {
  const key = keyOf(id);
  if (key === undefined || newIds.has(key)) return;
  order.push(id);
  newIds.set(key, order.length);
  if (key.startsWith('fwd')) return;
  for (const part of parts(btf.type(id))) plan(part.id);
}

const newId = (id: TypeId): TypeId => {
  const key = keyOf(id);
  return key === undefined ? 0 : newIds.get(key)!;
};

function write(builder: BtfBuilder, id: TypeId): TypeId {
  const type = btf.type(id);
  switch (type.kind) {
    case 'int':
      return builder.int(type.name, type.sizeBytes, type);
    case 'float':
      return builder.float(type.name, type.sizeBytes);
    case 'ptr':
      return builder.ptr(newId(type.type));
    case 'array':
      return builder.array(newId(type.type), type.length, newId(type.indexType));
    case 'struct':
    case 'union': {
      if (!complete.has(id)) return builder.fwd(type.name, type.kind);
      const members = type.members.map((member) => ({ ...member, type: newId(member.type) }));
      return builder[type.kind](type.name, type.sizeBytes, members);
    }
    case 'enum':
      return builder.enum(type.name, type.sizeBytes, type.values, type.signed);
    case 'enum64':
      return builder.enum64(type.name, type.sizeBytes, type.values, type.signed);
    case 'fwd':
      return builder.fwd(type.name, type.of);
    case 'typedef':
      return builder.typedef(type.name, newId(type.type));
    case 'volatile':
    case 'const':
    case 'restrict':
      return builder.qualified(type.kind, newId(type.type));
    case 'type_tag':
      return builder.typeTag(type.name, newId(type.type));
    case 'func_proto':
      return builder.funcProto(newId(type.returns), type.parameters.map(({ name, type: parameter }) => ({ name, type: newId(parameter) })));
    case 'func':
      return builder.func(type.name, newId((type as BtfFunc).type), type.linkage);
    case 'var':
      return builder.var(type.name, newId(type.type), type.linkage);
    default:
      throw new Error(`nothing recorded refers to a ${type.kind}`);
  }
}

const roots: TypeId[] = [];
function root(kind: 'struct' | 'func' | 'typedef' | 'enum', names: readonly string[], pointers: number): void {
  for (const name of names) {
    const id = btf.find(kind, name);
    if (id === undefined) console.error(`${inputPath} has no ${kind} ${name}`);
    else {
      roots.push(id);
      markComplete(id, pointers);
    }
  }
}

root('struct', centralStructs, 1);
root('struct', structs, 0);
root('func', functions, 0);
root('typedef', typedefs, 0);
root('enum', enums, 0);
for (const id of roots) plan(id);
const builder = new BtfBuilder();
order.forEach((id, i) => {
  if (write(builder, id) !== i + 1) throw new Error(`type ${id} was numbered ${i + 1} but is written as another`);
});
const bytes = builder.finish();
writeFileSync(outputPath, bytes);
console.log(`${order.length} types, ${complete.size} structs and unions with members, ${bytes.length} bytes`);
