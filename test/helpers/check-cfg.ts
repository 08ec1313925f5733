// What verifiers up to 6.2 ask of the flow of a program before they look at anything else.
//
//   facts  check_cfg of kernel/bpf/verifier.c in Linux 6.1: depth first, what follows before what is jumped to; an edge back to an
//          instruction on the way there is allowed from jumps only; every instruction must be reached

import { jumpDistance } from '../../lib/model/bpf/disassembler.js';
import { type Insn, slotCount } from '../../lib/model/bpf/insn.js';
import { decodeOpcode } from '../../lib/model/bpf/opcodes.js';

/** The verifier's complaint; undefined when there is none. */
export function flowProblem(insns: readonly Insn[]): string | undefined {
  const slots: number[] = [];
  const bySlot = new Map<number, number>();
  let slot = 0;
  insns.forEach((insn, index) => {
    slots.push(slot);
    bySlot.set(slot, index);
    slot += slotCount(insn);
  });
  const edgesOf = (index: number): { to: number; isJump: boolean }[] => {
    const insn = insns[index]!;
    const { kind } = decodeOpcode(insn.opcode);
    if (kind === 'exit') return [];
    const distance = jumpDistance(insn);
    const target = distance === undefined ? undefined : bySlot.get(slots[index]! + 1 + distance);
    if (kind === 'goto') return [{ to: target!, isJump: true }];
    const next = { to: index + 1, isJump: kind === 'jump' };
    return kind === 'jump' ? [next, { to: target!, isJump: true }] : [next];
  };
  const state = new Uint8Array(insns.length); // 1 on the way, 2 done
  const stack: { index: number; edges: { to: number; isJump: boolean }[] }[] = [{ index: 0, edges: edgesOf(0) }];
  state[0] = 1;
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const edge = top.edges.shift();
    if (!edge) {
      state[top.index] = 2;
      stack.pop();
    } else if (edge.to >= insns.length) return `insn ${top.index} falls off the end`;
    else if (state[edge.to] === 0) {
      state[edge.to] = 1;
      stack.push({ index: edge.to, edges: edgesOf(edge.to) });
    } else if (state[edge.to] === 1 && !edge.isJump) return `back-edge from insn ${top.index} to ${edge.to}`;
  }
  const unreached = state.indexOf(0);
  return unreached < 0 ? undefined : `unreachable insn ${unreached}`;
}
