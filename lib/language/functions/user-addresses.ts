// uaddr: the address of a symbol of the probed program or library, in the process that the probe interrupts.
//
//   idea   a file that may be mapped anywhere keeps its distances: where the probed instruction lies in memory and where it stands in the file tell
//          how far everything of the file is moved
//   facts  at a uprobe the instruction pointer is the probed place's address. At a return the kernel knows the function's: bpf_get_func_ip answers
//          it since Linux 6.6; before, the dispatcher of uprobes leaves it in a struct on its stack, which the task points at

import { type Value, u64 } from '../../model/ir/ir.js';
import { usdtCookie } from '../../model/layout/usdt.js';
import { findMember, uint64 } from '../../model/types/types.js';
import { pointerTo } from '../../model/types/space.js';
import type { Span } from '../../model/source/source.js';
import * as say from '../diagnostics.js';
import type { CheckContext, LowerContext } from '../record.js';
import { instructionPointer } from '../registers.js';
import { defineFunction } from './define.js';

const VALID = /^[A-Za-z0-9./_-]+$/;
/** struct uprobe_dispatch_data of kernel/trace/trace_uprobe.c: `{ struct trace_uprobe *tu; unsigned long bp_addr; }` */
const BREAKPOINT_ADDRESS = 8;

/** Whether this kernel tells programs at a return from a user function which function that was. */
const tellsFunction = ({ target }: Pick<CheckContext, 'target'>): boolean => target.has('uprobe_multi');

export const uaddr = defineFunction({
  name: 'uaddr', mode: 'S', doc: 'Address of a symbol of the probed program or library: a pointer to an integer of the size of the symbol.',
  params: [{ name: 'symbol', accepts: 'literal string', doc: 'name of a variable or function' }],
  probes: ['uprobe', 'uretprobe', 'usdt'],
  check(call, c) {
    const name = String(c.literal(call.args[0]!));
    const facts = factsOf(c);
    const symbol = facts?.findData(name);
    if (!VALID.test(name)) c.report(say.noSymbolName.at(call.args[0]!.span, { name }));
    else if (facts && !symbol) c.report(say.unknownUserSymbol.at(call.args[0]!.span, { path: facts.path, name }));
    else if (facts?.isPie && c.probe.record.isReturn && !tellsFunction(c) && !dispatchData(c)) c.report(say.needsBtf.at(call.span, { name: 'uaddr() at a return' }));
    const bits = ([1, 2, 4, 8] as const).find((bytes) => bytes === symbol?.size) ?? 8;
    return pointerTo({ kind: 'int', bits: (bits * 8) as 8 | 16 | 32 | 64, signed: true, space: 'user' }, 'user');
  },
  lower(call, l) {
    const facts = factsOf(l)!;
    const { address } = facts.findData(String(l.literal(call.args[0]!)))!;
    if (!facts.isPie) return l.b.const(address);
    const { places } = l.probe.binary!;
    if (places.length === 1) return l.b.add(probedAddress(l, call.span), address - places[0]!);
    return l.b.add(l.b.sub(probedAddress(l, call.span), probedPlace(l, places)), address);
  },
});

function factsOf({ target, probe }: Pick<CheckContext, 'target' | 'probe'>): ReturnType<CheckContext['target']['binary']> {
  return probe.binary && target.binary(probe.binary.path);
}

/** In memory: the probed instruction, or at a return the first of the function. */
function probedAddress(l: LowerContext, span: Span): Value {
  if (!l.probe.record.isReturn) return l.register(instructionPointer[l.target.arch]);
  if (tellsFunction(l)) return l.b.call('get_func_ip', [l.context], u64);
  const { utask, vaddr } = dispatchData(l)!;
  const word = l.temporary(uint64, 'uprobe');
  const follow = (address: Value): Value => {
    l.probeRead(word, address, 'kernel', span);
    return l.b.load(word.base, word.offset, 8);
  };
  const task = follow(l.b.add(l.b.call('get_current_task', [], u64), utask));
  return follow(l.b.add(follow(l.b.add(task, vaddr)), BREAKPOINT_ADDRESS));
}

/** Where a task has what a program at a uprobe is about. */
function dispatchData({ finder }: Pick<CheckContext, 'finder'>): { readonly utask: number; readonly vaddr: number } | undefined {
  const task = finder.kernel.struct('task_struct', 'struct');
  const uprobeTask = finder.kernel.struct('uprobe_task', 'struct');
  const utask = task && findMember(task, 'utask');
  const vaddr = uprobeTask && findMember(uprobeTask, 'vaddr');
  return utask && vaddr ? { utask: utask.offset, vaddr: vaddr.offset } : undefined;
}

/** In the file: the probed place, of the several that share the program. */
function probedPlace(l: LowerContext, places: readonly bigint[]): Value {
  const table = new DataView(new ArrayBuffer(places.length * 8));
  places.forEach((place, i) => table.setBigUint64(i * 8, place, true));
  const cookie = l.b.call('get_attach_cookie', [l.context]);
  const index = l.probe.numbers === undefined ? cookie : l.b.shr(cookie, usdtCookie.rowShift);
  // The cookie is never outside of the table; the verifier does not know that.
  return l.select('ult', index, places.length, () => l.b.load(l.b.add(l.constant(new Uint8Array(table.buffer)), l.b.shl(index, 3)), 0, 8), () => l.b.const(0));
}
