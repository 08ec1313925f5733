// Who runs: pid, tid, uid, gid, comm, curtask, cgroup, parents.
//
//   facts  get_current_pid_tgid: tgid << 32 | pid;  get_current_uid_gid: gid << 32 | uid

import { type Value, u64 } from '../../model/ir/ir.js';
import type { Span } from '../../model/source/source.js';
import { type StructType, type Type, findMovable, int32, string, uint32, uint64 } from '../../model/types/types.js';
import { pointerTo } from '../../model/types/space.js';
import type { Call, Expression } from '../../model/syntax/nodes.js';
import type { BuiltinRecord, CheckContext, FunctionRecord, LowerContext, Place } from '../record.js';
import { needsBtf } from '../diagnostics.js';
import { currentIds } from '../pid-namespace.js';
import { defineBuiltin, helperValue } from './define.js';

export const pid = defineBuiltin({
  name: 'pid', doc: 'Process id (the kernel\'s tgid).', mode: 'S',
  check: () => uint32,
  lower: (l) => l.b.shr(currentIds(l), 32),
});

export const tid = defineBuiltin({
  name: 'tid', doc: 'Thread id (the kernel\'s pid).', mode: 'S',
  check: () => uint32,
  lower: (l) => l.b.extend(currentIds(l), 4, false),
});

export const uid = defineBuiltin({
  name: 'uid', doc: 'User id of the process.', mode: 'S',
  check: () => uint64,
  lower: (l) => l.b.extend(l.b.call('get_current_uid_gid', [], u64), 4, false),
});

export const gid = defineBuiltin({
  name: 'gid', doc: 'Group id of the process.', mode: 'S',
  check: () => uint64,
  lower: (l) => l.b.shr(l.b.call('get_current_uid_gid', [], u64), 32),
});

export const username = defineBuiltin({
  name: 'username', doc: 'Login name of the user that runs the process.', mode: 'R',
  check: () => ({ kind: 'username' }),
  lower: (l) => l.b.extend(l.b.call('get_current_uid_gid', [], u64), 4, false),
});

/** of a thread's name, NUL included */
const NAME_BYTES = 16;

export const threadName = string(NAME_BYTES);

/** Zeros behind a name in a wider place, which keeps its NUL padding. */
function padName(l: LowerContext, { base, offset, type }: Place): void {
  if (type.kind === 'string' && type.capacity > NAME_BYTES) l.b.zero(base, offset + NAME_BYTES, type.capacity - NAME_BYTES);
}

/** The name of a thread at an address of the kernel, into memory of a string type. */
export function readName(l: LowerContext, address: Value, to: Place, span: Span): void {
  l.probeRead({ ...to, type: threadName }, address, 'kernel', span);
  padName(l, to);
}

export const comm = defineBuiltin({
  name: 'comm', doc: 'Name of the thread.', mode: 'S',
  check: () => threadName,
  lowerInto(l, to) {
    // Until Linux 6.2 the helper leaves old bytes behind the NUL, and in a key they would count.
    l.b.zero(to.base, to.offset, NAME_BYTES);
    l.b.call('get_current_comm', [l.b.add(to.base, to.offset), l.b.const(NAME_BYTES)]);
    padName(l, to);
  },
});

export const cgroup = helperValue('cgroup', 'get_current_cgroup_id', 'Id of the cgroup (v2) of the process.');

/** A name that is looked up when it is printed, of the group that the process was in. */
function cgroupOwner(owner: 'container' | 'pod', doc: string): BuiltinRecord {
  return defineBuiltin({
    name: owner, doc, mode: 'R',
    check: () => ({ kind: 'cgroup_path', filter: '', owner }),
    lowerInto(l, to) {
      l.b.store(to.base, to.offset, 8, l.b.call('get_current_cgroup_id', [], u64));
      l.b.store(to.base, to.offset + 8, 8, 0);
    },
  });
}

export const container = cgroupOwner('container', 'Name of the container that the process is in, or the first 12 digits of its id; empty outside of containers.');
export const pod = cgroupOwner('pod', 'NAMESPACE/NAME of the Kubernetes pod that the process is in; empty outside of pods.');

function taskPointer({ finder }: Pick<CheckContext, 'finder'>): Type {
  return pointerTo(finder.structOfKernel('task_struct', 'struct') ?? { kind: 'struct', tag: 'struct', name: 'task_struct', size: 0 }, 'kernel');
}

export const curtask = defineBuiltin({
  name: 'curtask', doc: 'The task_struct of the thread.', mode: 'S',
  check: (_, c) => taskPointer(c),
  lower: (l) => l.b.call('get_current_task', [], u64),
});

/** The kernel's: a script may define a task_struct of its own. */
export function kernelTask({ finder }: Pick<CheckContext, 'finder'>): StructType | undefined {
  return finder.kernel.struct('task_struct', 'struct');
}

/** A member of a task that another one points at: of the thread's own task as a builtin value, of any task as a function. */
function relative(name: string, through: string, field: 'pid' | 'tgid' | 'comm', doc: string): { readonly value: BuiltinRecord; readonly call: FunctionRecord } {
  const struct = (c: Pick<CheckContext, 'finder'>): StructType | undefined => {
    const task = kernelTask(c);
    return task && findMovable(task, through) && findMovable(task, field) && task;
  };
  const type = field === 'comm' ? threadName : int32;
  const check = (span: Span, c: CheckContext): Type => {
    if (!struct(c)) c.report(needsBtf.at(span, { name }));
    return type;
  };
  const addressOf = (l: LowerContext, task: Value, span: Span): Value => {
    const type = struct(l)!;
    const other = l.temporary(uint64, `${name}.task`);
    l.probeRead(other, l.memberAddress(task, type, through), 'kernel', span);
    return l.memberAddress(l.b.load(other.base, other.offset, 8), type, field);
  };
  const number = (l: LowerContext, task: Value, span: Span): Value => {
    const to = l.temporary(int32, name);
    l.probeRead(to, addressOf(l, task, span), 'kernel', span);
    return l.b.load(to.base, to.offset, 4, true);
  };
  const text = (l: LowerContext, task: Value, to: Place, span: Span): void => readName(l, addressOf(l, task, span), to, span);
  const own = (l: LowerContext): Value => l.b.call('get_current_task', [], u64);
  const of = (l: LowerContext, call: Call): Value => (call.args.length > 0 ? l.plainAddress(l.value(call.args[0] as Expression)) : own(l));
  return {
    value: {
      name, doc, mode: 'S',
      check: (node, c) => check(node.span, c),
      ...(field === 'comm' ? { lowerInto: (l, to, node) => text(l, own(l), to, node.span) } : { lower: (l, node) => number(l, own(l), node.span) }),
    },
    call: {
      name, doc, mode: 'S',
      params: [{ name: 'task', accepts: 'integer or pointer', optional: true, doc: 'a task_struct, default that of the thread' }],
      check: (call, c) => check(call.span, c),
      ...(field === 'comm' ? { lowerInto: (call, l, to) => text(l, of(l, call), to, call.span) } : { lower: (call, l) => number(l, of(l, call), call.span) }),
    },
  };
}

export const parentId = relative('ppid', 'real_parent', 'tgid', 'Process id of the parent.');
export const parentComm = relative('pcomm', 'real_parent', 'comm', 'Name of the parent.');
export const leaderId = relative('leader_tid', 'group_leader', 'pid', 'Thread id of the thread group\'s leader.');
export const leaderComm = relative('leader_comm', 'group_leader', 'comm', 'Name of the thread group\'s leader.');
