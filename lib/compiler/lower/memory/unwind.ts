// dw_ustack: the user stack of a program without frame pointers, by tables made of its .eh_frame (layout/unwind.ts).
//
//   idea   a turn of bpf_loop is a frame: the process's ranges are searched for the address, two chunks for the rule, and the rule says where the
//          caller's registers are. The searches have no branches, so that the verifier has one way through them: the sign of a difference is a mask
//          for the step
//   state  stack pointer, frame pointer and address lie in scratch memory, which the turns share
//   facts  registers of user mode: a user probe's context, and a perf event's where it hit user mode; else where the kernel saved them when the
//          thread entered it. A return address is looked for one byte before, where the call is

import { type Value, pointer, s64, u64 } from '../../../model/ir/ir.js';
import { Cell, type IrBuilder } from '../../../model/ir/builder.js';
import { signalFrame, unwindChunk, unwindEnds, unwindKind, unwindRanges, unwindRule, type UnwindEnd } from '../../../model/layout/unwind.js';
import { STACK_ENTRY_BYTES, stackBytes, stackPlaces } from '../../../model/types/size.js';
import type { StackType } from '../../../model/types/types.js';
import type { Span } from '../../../model/source/source.js';
import { newBlocks } from '../../../language/branches.js';
import { procPid } from '../../../language/pid-namespace.js';
import type { Place } from '../../../language/record.js';
import { registerOffset } from '../../../language/registers.js';
import { UNWIND_ENDS, UNWIND_RANGES, UNWIND_RULES } from '../module-state.js';
import { callLoop, callback, turnParameters } from '../flow/callback.js';
import type { Lowerer } from '../context.js';

const WORD = 8;
/** what the turns share, bytes from its start. back: how far before the address the call is; end: why the stack ended; key: of look-ups; read: a word of the stack */
const state = { ip: 0, sp: 8, bp: 16, back: 24, count: 32, end: 40, pid: 48, key: 52, read: 56, bytes: 64 } as const;
const NO_TABLE = 'No DWARF unwind data available for this process. Use -p or --dwarf-pid to specify target PIDs.';
const USER_MODE = 3;

/** Puts the stack into `to`, whose type says how many frames. */
export function unwindStack(l: Lowerer, to: Place, span: Span): void {
  const { b, f } = l;
  const type = to.type as StackType;
  f.state.usesUnwind = true;
  const pid = procPid(l);
  b.store(to.base, to.offset + stackBytes.pid, 4, pid);
  b.store(to.base, to.offset + stackBytes.program, 4, l.fileIndex);
  b.store(to.base, to.offset + stackBytes.length, 8, 0);
  if (type.limit === 0) return;
  const entries = to.offset + stackPlaces(type).entries;
  const bytes = type.limit * STACK_ENTRY_BYTES;
  const inPlace = to.base === f.scratch();
  const at = f.scratchPlace(state.bytes, 'statement').offset;
  const frames = inPlace ? entries : f.scratchPlace(bytes, 'statement').offset;
  const scratch = f.scratch();
  b.zero(scratch, frames, bytes);
  b.store(scratch, at + state.pid, 4, pid);
  b.store(scratch, at + state.count, 8, 0);
  b.store(scratch, at + state.back, 8, 0);
  b.store(scratch, at + state.end, 8, unwindEnds.indexOf('limit'));
  const ranges = b.call('map_lookup_elem', [b.map(UNWIND_RANGES), b.add(scratch, at + state.pid)], pointer('map_value', true));
  l.branch('ne', ranges, 0, () => {
    storeRegisters(l, at);
    const { name } = callback(l, turnParameters, (inner) => frame(inner, at, frames, type.limit));
    callLoop(l, type.limit, name);
  }, () => {
    b.store(scratch, at + state.end, 8, unwindEnds.indexOf('unknown'));
    l.runtimeError({ kind: 'text', text: NO_TABLE }, span);
  }, true);
  countEnd(l, at);
  b.store(to.base, to.offset + stackBytes.length, 8, b.shl(b.load(scratch, at + state.count, 8), 3));
  if (!inPlace) b.copy(to.base, entries, scratch, frames, bytes);
}

/** The registers that the thread has in user mode. */
function storeRegisters(l: Lowerer, at: number): void {
  const { b } = l;
  const { programKind, addressSpace, registers } = l.probe.record;
  const store = (base: Value): void => {
    for (const [name, to] of [['ip', state.ip], ['sp', state.sp], ['bp', state.bp]] as const) b.store(l.f.scratch(), at + to, 8, b.load(base, registerOffset('x86_64', name)!, 8));
  };
  const saved = (): void => store(b.call('task_pt_regs', [b.call('get_current_task_btf', [], pointer('btf'))], pointer('btf')));
  if (registers && addressSpace === 'user' && programKind === 'kprobe') store(l.context);
  else if (programKind === 'perf_event') l.branch('eq', b.and(b.load(l.context, registerOffset('x86_64', 'cs')!, 8), USER_MODE), USER_MODE, () => store(l.context), saved);
  else saved();
}

function countEnd(l: Lowerer, at: number): void {
  const { b } = l;
  const scratch = l.f.scratch();
  b.store(scratch, at + state.key, 4, b.load(scratch, at + state.end, 8));
  const count = b.call('map_lookup_elem', [b.map(UNWIND_ENDS), b.add(scratch, at + state.key)], pointer('map_value', true));
  l.branch('ne', count, 0, () => b.addInPlace(count, 0, 1));
}

/** A turn: notes the frame, and goes to its caller's.
 * @param at  of the state.  @param frames  of the addresses */
function frame(l: Lowerer, at: number, frames: number, limit: number): void {
  const { b, f } = l;
  const scratch = f.scratch();
  const load = (what: number): Value => b.load(scratch, at + what, 8);
  const leave = (why: UnwindEnd): void => {
    b.store(scratch, at + state.end, 8, unwindEnds.indexOf(why));
    f.return(1);
  };
  const onlyWhere = (...[comparison, left, right, why]: [Parameters<IrBuilder['branch']>[0], Value, number | bigint | Value, UnwindEnd]): void => {
    const [on, out] = newBlocks(b, 'on', 'out');
    b.branch(comparison, left, typeof right === 'object' ? right : b.const(right), on, out, true);
    b.enter(out);
    leave(why);
    b.enter(on);
  };
  const number = b.extend(f.parameters[0]!, 4, false);
  // the verifier does not know how many turns there are
  onlyWhere('ult', number, limit, 'limit');
  const ip = load(state.ip);
  b.store(b.add(scratch, b.shl(number, 3)), frames, 8, ip);
  b.store(scratch, at + state.count, 8, b.add(number, 1));

  const address = b.sub(ip, load(state.back));
  const ranges = b.call('map_lookup_elem', [b.map(UNWIND_RANGES), b.add(scratch, at + state.pid)], pointer('map_value', true));
  onlyWhere('ne', ranges, 0, 'unknown');
  const range = search(b, ranges, unwindRanges.count, unwindRanges.rangeBytes, 8, address);
  const place = b.sub(address, b.load(range, unwindRanges.bias, 8));
  const root = b.load(range, unwindRanges.chunk, 4);
  onlyWhere('ne', root, 0, 'uncovered');
  onlyWhere('ult', place, 0xffff_ffff, 'uncovered');
  const inChunk = (number: Value): Value => {
    b.store(scratch, at + state.key, 4, number);
    const chunk = b.call('map_lookup_elem', [b.map(UNWIND_RULES), b.add(scratch, at + state.key)], pointer('map_value', true));
    onlyWhere('ne', chunk, 0, 'uncovered');
    return b.load(search(b, chunk, unwindChunk.rows, unwindChunk.rowBytes, 4, place), unwindChunk.value, 4);
  };
  const rule = inChunk(inChunk(root));
  const part = ([shift, bits]: readonly [number, number]): Value => b.and(b.shr(rule, shift), 2 ** bits - 1);
  const kind = part(unwindRule.kind);
  const offset = b.shl(part(unwindRule.offset), 3);
  onlyWhere('ne', kind, unwindKind.end, 'complete');
  onlyWhere('ne', kind, unwindKind.uncovered, 'uncovered');

  const [sp, bp] = [load(state.sp), load(state.bp)];
  const read = (from: Value): Value => {
    const failed = b.call('probe_read_user', [b.add(scratch, at + state.read), b.const(WORD), from], s64);
    onlyWhere('eq', failed, 0, 'unreadable');
    return load(state.read);
  };
  const [signal, call] = newBlocks(b, 'signal', 'call');
  b.branch('eq', kind, b.const(unwindKind.signal), signal, call);

  b.enter(signal);
  b.store(scratch, at + state.bp, 8, read(b.add(sp, signalFrame.framePointer)));
  b.store(scratch, at + state.ip, 8, read(b.add(sp, signalFrame.instructionPointer)));
  b.store(scratch, at + state.sp, 8, read(b.add(sp, signalFrame.stackPointer)));
  b.store(scratch, at + state.back, 8, 0);
  f.return(0);

  b.enter(call);
  const cfa = new Cell('cfa', u64);
  const framePointerAt = new Cell('saved', u64);
  const [simple, special, plt, indirect, called] = newBlocks(b, 'simple', 'special', 'plt', 'indirect', 'called');
  b.branch('ule', kind, b.const(unwindKind.framePointer), simple, special, true);
  b.enter(simple);
  const simply = b.add(l.select('eq', kind, unwindKind.framePointer, () => bp, () => sp), offset);
  const below = part(unwindRule.saved);
  b.write(cfa, simply);
  b.write(framePointerAt, l.select('eq', below, 0, () => b.const(0), () => b.sub(simply, b.shl(below, 3))));
  b.jump(called);
  b.enter(special);
  b.branch('eq', kind, b.const(unwindKind.plt), plt, indirect);
  b.enter(plt);
  b.write(cfa, b.add(b.add(sp, offset), l.select('uge', b.and(ip, 15), part(unwindRule.saved), () => b.const(WORD), () => b.const(0))));
  b.write(framePointerAt, b.const(0));
  b.jump(called);
  b.enter(indirect);
  b.write(cfa, read(b.sub(bp, offset)));
  b.write(framePointerAt, bp);
  b.jump(called);

  b.enter(called);
  const frameAddress = b.read(cfa);
  onlyWhere('ugt', frameAddress, sp, 'unreadable');
  const next = read(b.sub(frameAddress, WORD));
  b.store(scratch, at + state.ip, 8, next);
  const savedAt = b.read(framePointerAt);
  l.branch('ne', savedAt, 0, () => b.store(scratch, at + state.bp, 8, read(savedAt)));
  b.store(scratch, at + state.sp, 8, frameAddress);
  b.store(scratch, at + state.back, 8, 1);
  onlyWhere('ne', next, 0, 'complete');
  f.return(0);
}

/** The last of `count` entries of `stride` bytes whose first `width` bytes are not above `wanted`, or the first. */
function search(b: IrBuilder, entries: Value, count: number, stride: number, width: 4 | 8, wanted: Value): Value {
  let at = entries;
  for (let left = count; left > 1;) {
    const step = left >> 1;
    const above = b.sub(b.sub(b.load(at, step * stride, width), wanted), 1);
    const mask = b.binary('ashr', above, b.const(63), s64);
    at = b.add(at, b.and(mask, step * stride));
    left -= step;
  }
  return at;
}
