// Programs on the raw tracepoints of system calls: which call it is, whether it is wanted, what its registers hold.
//
//   idea   the number indexes a table of bytes in read-only data: 1 where the call is wanted
//   facts  raw tracepoint sys_enter has (struct pt_regs *, long number), sys_exit (struct pt_regs *, long result). The registers are
//          those of task_pt_regs(current), which the verifier lets programs load from when a helper gives them.
//          A 32-bit call is marked where arch_trace_is_compat_syscall of the kernel looks: TS_COMPAT in thread_info.status on x86,
//          TIF_32BIT in thread_info.flags on arm64; x32 calls have a bit in their number, which puts it outside of the table

import { bug } from '../../../model/diagnostics/errors.js';
import { type Value, pointer, u64 } from '../../../model/ir/ir.js';
import { type StructType, findMember } from '../../../model/types/types.js';
import { newBlocks } from '../../../language/branches.js';
import type { LowerContext, ResolvedProbe } from '../../../language/record.js';
import { registerOffset, syscallNumberField, syscallRegisters } from '../../../language/registers.js';

const compatMarks = { x86_64: { field: 'status', width: 4, bit: 1n << 1n }, arm64: { field: 'flags', width: 8, bit: 1n << 22n } } as const;

/** Leaves the program unless the call is one of those. */
export function selectSyscalls(l: LowerContext, { numbers }: NonNullable<ResolvedProbe['syscalls']>): void {
  const { b } = l;
  const table = new Uint8Array(Math.max(...numbers) + 1);
  for (const number of numbers) table[number] = 1;
  const number = syscallNumber(l);
  const [inTable, wanted, native, other] = newBlocks(b, 'known', 'wanted', 'native', 'other-call');
  b.branch('ult', number, b.const(table.length), inTable, other);
  b.enter(inTable);
  b.branch('ne', b.load(b.add(l.constant(table), number), 0, 1), b.const(0), wanted, other);
  b.enter(wanted);
  b.branch('eq', compatMark(l), b.const(0), native, other, true);
  b.enter(other);
  l.leave();
  b.enter(native);
}

export function syscallNumber(l: LowerContext): Value {
  if (!l.probe.syscalls!.exit) return l.b.load(l.context, 8, 8);
  const { offset, width } = syscallNumberField[l.target.arch];
  return l.b.load(registers(l), offset, width);
}

export function syscallArgument(l: LowerContext, index: number): Value {
  const { arch } = l.target;
  return l.b.load(registers(l), registerOffset(arch, syscallRegisters[arch][index]!)!, 8);
}

function currentTask(l: LowerContext): Value {
  return l.b.call('get_current_task_btf', [], pointer('btf'));
}

function registers(l: LowerContext): Value {
  return l.b.call('task_pt_regs', [currentTask(l)], pointer('btf'));
}

/** Not 0 in a call of a 32-bit program. */
function compatMark(l: LowerContext): Value {
  const mark = compatMarks[l.target.arch];
  const info = memberOf(l.finder.kernel.struct('task_struct', 'struct'), 'thread_info');
  const field = memberOf(info.type.kind === 'struct' ? info.type : undefined, mark.field);
  return l.b.binary('and', l.b.load(currentTask(l), info.offset + field.offset, mark.width), l.b.const(mark.bit), u64);
}

function memberOf(struct: StructType | undefined, name: string): NonNullable<ReturnType<typeof findMember>> {
  const member = struct && findMember(struct, name);
  if (!member) bug('lower', `the kernel's types have no ${struct?.name ?? 'struct'}.${name}`);
  return member;
}
