// Where the function of a user probe lies in the memory of the process that the probe interrupts.
//
//   facts  at a uprobe the instruction pointer is the probed place's address. At a return the kernel knows the function's: bpf_get_func_ip answers
//          it since Linux 6.6 (0 before); before, the dispatcher of uprobes leaves it in a struct on its stack, which the task points at

import { type Value, u64 } from '../model/ir/ir.js';
import type { Span } from '../model/source/source.js';
import { type StructType, findMovable, uint64 } from '../model/types/types.js';
import type { CheckContext, LowerContext } from './record.js';
import { instructionPointer } from './registers.js';

/** struct uprobe_dispatch_data of kernel/trace/trace_uprobe.c: `{ struct trace_uprobe *tu; unsigned long bp_addr; }` */
const BREAKPOINT_ADDRESS = 8;

/** Whether this kernel tells programs at a return from a user function which function that was. */
const tellsFunction = ({ target }: Pick<CheckContext, 'target'>): boolean => target.has('uprobe_multi');

/** Whether probedAddress() can be had; what it lacks otherwise is BTF. */
export function knowsProbedAddress(c: Pick<CheckContext, 'target' | 'finder' | 'probe'>): boolean {
  return !c.probe.record.isReturn || tellsFunction(c) || dispatchData(c) !== undefined;
}

/** In memory: the probed instruction, or at a return the first of the function. */
export function probedAddress(l: LowerContext, span: Span): Value {
  if (!l.probe.record.isReturn) return l.register(instructionPointer[l.target.arch]);
  if (tellsFunction(l)) return l.b.call('get_func_ip', [l.context], u64);
  const { task, uprobeTask } = dispatchData(l)!;
  const word = l.temporary(uint64, 'uprobe');
  const follow = (address: Value): Value => {
    l.probeRead(word, address, 'kernel', span);
    return l.b.load(word.base, word.offset, 8);
  };
  const inTask = follow(l.memberAddress(l.b.call('get_current_task', [], u64), task, 'utask'));
  return follow(l.b.add(follow(l.memberAddress(inTask, uprobeTask, 'vaddr')), BREAKPOINT_ADDRESS));
}

/** Where a task has what a program at a uprobe is about. */
function dispatchData({ finder }: Pick<CheckContext, 'finder'>): { readonly task: StructType; readonly uprobeTask: StructType } | undefined {
  const task = finder.kernel.struct('task_struct', 'struct');
  const uprobeTask = finder.kernel.struct('uprobe_task', 'struct');
  return task && findMovable(task, 'utask') && uprobeTask && findMovable(uprobeTask, 'vaddr') ? { task, uprobeTask } : undefined;
}
