// Kernel functions that BPF programs may call (kfuncs): which there are, and which kinds of programs may call one.
//
//   idea   the verifier looks whether a program may call a function before it looks at arguments: a program of one call is refused with
//          other words where the call itself is allowed
//   facts  the kernel's BTF tags its kfuncs with `bpf_kfunc` where pahole 1.26 or newer made it (Linux 6.10 and newer). Elsewhere a function is
//          one when some kind of program may call it

import { LoadError, NotSupportedError, PermissionError } from '../../../model/diagnostics/errors.js';
import type { Btf } from '../../../model/btf/btf.js';
import { Assembler } from '../../../model/bpf/assembler.js';
import { encodeInsns } from '../../../model/bpf/insn.js';
import { CALL_OPCODE } from '../../../model/bpf/opcodes.js';
import { R0 } from '../../../model/bpf/registers.js';
import { attachType, flag, programType } from '../../../model/bpf/uapi.js';
import type { NativeAddon } from '../../native/types.js';

const TAG = 'bpf_kfunc';

type ProgramType = { readonly type: number; readonly expectedAttachType?: number; /** function of a tracing program */ readonly attachTo?: string; readonly flags?: number };

/** Programs of probes, by ProgramKind. */
const probePrograms: Readonly<Record<string, ProgramType>> = {
  kprobe: { type: programType.kprobe },
  tracepoint: { type: programType.tracepoint },
  raw_tracepoint: { type: programType.raw_tracepoint },
  perf_event: { type: programType.perf_event },
  tracing: { type: programType.tracing, expectedAttachType: attachType.trace_fentry, attachTo: 'bpf_fentry_test1' },
  iter: { type: programType.tracing, expectedAttachType: attachType.trace_iter, attachTo: 'bpf_iter_task' },
  xdp: { type: programType.xdp },
};

/** All kinds that old kernels have functions for. */
const anyPrograms: readonly ProgramType[] = [
  ...Object.values(probePrograms),
  ...([programType.sched_cls, programType.cgroup_skb, programType.socket_filter, programType.lwt_in, programType.sk_skb].map((type) => ({ type }))),
  { type: programType.syscall, flags: flag.BPF_F_SLEEPABLE },
];

/** Whether programs can call the function at all. */
export function isKfunc(native: () => NativeAddon, btf: Btf | undefined, name: string): boolean {
  const id = btf?.find('func', name);
  if (id === undefined) return false;
  if (tagsFunctions(btf!)) return btf!.declTags(id).some((tag) => tag.name === TAG);
  return anyPrograms.some((program) => allows(native(), btf!, id, program));
}

/** Whether programs of a kind may call it.
 * @param kind  a ProgramKind
 * @throws Error  for another word */
export function isKfuncAllowed(native: () => NativeAddon, btf: Btf | undefined, name: string, kind: string): boolean {
  const program = Object.hasOwn(probePrograms, kind) ? probePrograms[kind] : undefined;
  if (program === undefined) throw new Error(`unknown kind of program '${kind}'`);
  const id = btf?.find('func', name);
  return id !== undefined && allows(native(), btf!, id, program);
}

function tagsFunctions(btf: Btf): boolean {
  for (const id of btf.ids('decl_tag')) {
    const tag = btf.type(id);
    if (tag.kind === 'decl_tag' && tag.name === TAG) return true;
  }
  return false;
}

function allows(native: NativeAddon, btf: Btf, id: number, { type, expectedAttachType, attachTo, flags }: ProgramType): boolean {
  const attachBtfId = attachTo === undefined ? undefined : btf.find('func', attachTo);
  if (attachTo !== undefined && attachBtfId === undefined) return false;
  const call = { opcode: CALL_OPCODE, dst: 0, src: flag.BPF_PSEUDO_KFUNC_CALL, off: 0, imm: id };
  const insns = encodeInsns([call, ...new Assembler().mov64(R0, 0).exit().finish()]);
  try {
    native.loadProgram({ name: 'tbpf_probe', type, insns, expectedAttachType, attachBtfId, flags, logLevel: 1 }).close();
    return true;
  } catch (error) {
    // the kernel has no such kind of program, or keeps it from everybody
    if (error instanceof PermissionError || error instanceof NotSupportedError) return false;
    if (!(error instanceof LoadError)) throw error;
    return refusedForItsArguments(error.log);
  }
}

/** Whether the verifier came as far as the call, which it prints, and did not forbid it. A program may be refused as a whole, whatever it calls.
 *  Functions about a packet's metadata are only for programs of one network device. */
function refusedForItsArguments(log: string): boolean {
  return /\bcall \w+#|metadata kfuncs require device-bound/.test(log) && !/kernel function \S+ is not allowed/.test(log);
}
