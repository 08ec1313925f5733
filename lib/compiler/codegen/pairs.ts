// A kprobe and a kretprobe program on the same functions become one program, which one link attaches to both ends of each function.
//
//   in     programs as generated, the manifest
//   out    the same; the program of the entry has the code of both, and asks the kernel at which end it runs
//          Pairs that only together need more stack, or more maps, than a program has stay two programs
//   idea   each half begins with the context in r1 and never runs while the other does, so it is what it was, on the same stack
//   facts  bpf_session_is_return and BPF_TRACE_KPROBE_SESSION since Linux 6.10 (kernel/trace/bpf_trace.c). What the program returns at
//          the entry says whether it runs at the return: 0 does. A link has one place in the order of programs on a function, but the
//          two blocks may have different ones: only functions that the script probes nowhere else are joined.
//          A multi link gives a program the registers of a call only, and of several functions with one name it takes one

import { Assembler, JumpTooFar } from '../../model/bpf/assembler.js';
import type { Insn } from '../../model/bpf/insn.js';
import type { ProgramSpec } from '../../model/bpf/object-spec.js';
import { MOST_MAPS } from '../../model/bpf/limits.js';
import { R0, R1, R6 } from '../../model/bpf/registers.js';
import type { Manifest, ManifestProgram } from '../../model/layout/manifest.js';
import type { Generated } from './index.js';
import { STACK_BYTES } from './stack.js';

/** The kernel function that says whether a session program runs at the return. */
export const IS_RETURN = 'bpf_session_is_return';

/** The result is a C bool: eight bits of the register. */
const BOOL_BITS = 0xff;

export interface Paired {
  readonly programs: readonly ProgramSpec[];
  readonly manifest: Manifest;
}

/** @param hasSessions  asked where there is a pair
 *  @param isOneFunction  asked for a name in a pair: whether it is that of one function */
export function joinPairs({ programs, chains }: Pick<Generated, 'programs' | 'chains'>, manifest: Manifest, hasSessions: () => boolean, isOneFunction: (name: string) => boolean): Paired {
  const found = pairsOf(manifest.programs);
  if (found.length === 0 || !hasSessions()) return { programs, manifest };
  const pairs = found.filter(([{ attach }]) => attach.kind !== 'kprobe' || isOneFunction(attach.symbol!));
  const specs = new Map(programs.map((spec) => [spec.name, spec]));
  const changed = new Map<ManifestProgram, ManifestProgram>();
  for (const [entry, back] of pairs) {
    const both = [entry.name, back.name];
    if (chains.largestOfJoined(both) > STACK_BYTES || chains.mapsOf(both).size > MOST_MAPS) continue;
    const insns = joined(specs.get(entry.name)!.insns, specs.get(back.name)!.insns);
    if (!insns) continue;
    specs.set(entry.name, { ...specs.get(entry.name)!, insns });
    specs.delete(back.name);
    changed.set(entry, inSession(entry));
    changed.set(back, { ...inSession(back), within: entry.name });
  }
  return { programs: [...specs.values()], manifest: { ...manifest, programs: manifest.programs.map((program) => changed.get(program) ?? program) } };
}

/** Functions that exactly one block probes at the entry and one at the return, both by multi links for the same list or by the same name. */
function pairsOf(programs: readonly ManifestProgram[]): [entry: ManifestProgram, back: ManifestProgram][] {
  const users = new Map<string, Set<ManifestProgram>>();
  const entries = new Map<string, ManifestProgram>();
  const backs: [functions: string, program: ManifestProgram][] = [];
  for (const program of programs) {
    const { attach } = program;
    if (attach.kind !== 'kprobe' && attach.kind !== 'kprobe_multi') continue;
    // nobody here knows which function an address lies in
    if (attach.kind === 'kprobe' && attach.symbol === undefined) return [];
    for (const symbol of symbolsOf(program)) {
      const known = users.get(symbol);
      if (known) known.add(program);
      else users.set(symbol, new Set([program]));
    }
    if (attach.kind === 'kprobe' && !attach.traced) continue;
    const functions = symbolsOf(program).join(' ');
    if (attach.return) backs.push([functions, program]);
    else entries.set(functions, program);
  }
  return backs.flatMap(([functions, back]): [ManifestProgram, ManifestProgram][] => {
    const entry = entries.get(functions);
    return entry && symbolsOf(entry).every((symbol) => users.get(symbol)!.size === 2) ? [[entry, back]] : [];
  });
}

function symbolsOf({ attach }: ManifestProgram): readonly string[] {
  return attach.kind === 'kprobe_multi' ? attach.symbols : attach.kind === 'kprobe' && attach.symbol !== undefined ? [attach.symbol] : [];
}

function inSession(program: ManifestProgram): ManifestProgram {
  return { ...program, needs: 'kprobe_session', attach: { kind: 'kprobe_session', symbols: symbolsOf(program), return: 'return' in program.attach && program.attach.return } };
}

/** undefined: one of the two is too long to be jumped over */
function joined(entry: readonly Insn[], back: readonly Insn[]): readonly Insn[] | undefined {
  const asm = new Assembler();
  const atReturn = asm.label('return');
  const end = asm.label('end');
  asm.mov64(R6, R1).callKfunc(IS_RETURN).and64(R0, BOOL_BITS).mov64(R1, R6).jumpIf(R0, '!=', 0, atReturn);
  asm.append(entry, end).place(atReturn).append(back, end);
  asm.at(undefined).place(end).mov64(R0, 0).exit();
  try {
    return asm.finish();
  } catch (error) {
    if (error instanceof JumpTooFar) return undefined;
    throw error;
  }
}
