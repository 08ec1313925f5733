// Callbacks: the functions that bpf_loop and bpf_for_each_map_elem call, once for each turn.
//
//   frame   what a callback and its surroundings share lies in the program's frame, whose address the callback gets, and in scratch memory
//   result  1 ends the loop, 0 goes on; a `return` of the script leaves a mark in the frame besides

import { type Value, pointer, s64, u32 } from '../../../model/ir/ir.js';
import type { Lowerer } from '../context.js';
import { FunctionState } from '../function.js';

/** the kernel's own limit for bpf_loop */
export const MOST_ITERATIONS = 1 << 23;

/** Parameters of bpf_loop's callback: the number of the turn and the frame. */
export const turnParameters = [u32, pointer('stack')] as const;

/** Parameters of bpf_for_each_map_elem's callback: the map, key and value of the element, and the frame. */
export const elementParameters = [pointer('map'), pointer('map_value'), pointer('map_value'), pointer('stack')] as const;

export interface LoopFrame {
  /** the body has a `return`. returned: u64 in the frame, 1 when it ran; result: u64 in the frame, what it returned */
  exit?: { readonly returned: number; readonly result: number };
}

/** Lowers `body` as a callback; answers its name and where it leaves word of a `return`. */
export function callback(l: Lowerer, parameters: typeof turnParameters | typeof elementParameters, body: (inner: Lowerer) => void): { name: string; frame: LoopFrame } {
  const name = l.f.state.callbackName();
  const frame: LoopFrame = {};
  const f = new FunctionState(l.f.state, l.f.frame, name, 'callback', '.text', parameters);
  f.subprogram = l.f.subprogram;
  const inner = l.within(f);
  inner.b.span = l.b.span;
  inner.returnFrom = (value) => {
    frame.exit ??= { returned: l.f.frame.allocateFrame(8), result: l.f.frame.allocateFrame(8) };
    inner.b.store(f.frameBase(), frame.exit.returned, 8, 1);
    inner.b.store(f.frameBase(), frame.exit.result, 8, value ?? l.probe.record.returnValue);
    f.return(1);
  };
  inner.jumps.push({ breakTo: () => f.return(1), continueTo: () => f.return(0), records: 0 });
  body(inner);
  f.finish(0);
  return { name, frame };
}

/** In a function the loop may run again: what its last run left in the frame goes. */
export function forgetReturn(l: Lowerer, { exit }: LoopFrame): void {
  if (exit && l.f.subprogram) l.b.store(l.f.frameBase(), exit.returned, 8, 0);
}

/** Calls the callback `turns` times. @returns how often it was called; negative when the kernel refused */
export function callLoop(l: Lowerer, turns: Value | number, name: string): Value {
  const { b } = l;
  return b.call('loop', [typeof turns === 'number' ? b.const(turns) : turns, b.function(name), l.f.frameBase(), b.const(0)], s64);
}

/** Calls the callback with each element of a kernel map. */
export function callForEachElement(l: Lowerer, map: string, name: string): Value {
  const { b } = l;
  return b.call('for_each_map_elem', [b.map(map), b.function(name), l.f.frameBase(), b.const(0)], s64);
}
