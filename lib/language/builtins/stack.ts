// kstack, ustack, dw_ustack: the call stack, captured in the program, named when printed.
//
//   layout  stackBytes and stackPlaces of size.ts
//   facts   bpf_get_stack zero-fills what it does not use and on failure the whole buffer; flags: 0x100 BPF_F_USER_STACK, 0x800 BPF_F_USER_BUILD_ID

import { s64 } from '../../model/ir/ir.js';
import { stackBytes, stackPlaces } from '../../model/types/size.js';
import type { StackMode, StackType } from '../../model/types/types.js';
import type { CheckContext, LowerContext, Place } from '../record.js';
import { procPid } from '../pid-namespace.js';
import { buildIdFallsBack, noUnwindingHere, noUnwoundProcess } from '../diagnostics.js';
import { defineBuiltin } from './define.js';
import type { Span } from '../../model/source/source.js';

export const DEFAULT_STACK_LIMIT = 127;
const BPF_F_USER_STACK = 0x100;
const BPF_F_USER_BUILD_ID = 0x800;

export function stackType(space: 'kernel' | 'user', mode: StackMode, limit: number): StackType {
  return { kind: 'stack', space, mode, limit };
}

/** Captures the stack into `to`, whose type says which and how many frames. */
export function captureStack(l: LowerContext, to: Place): void {
  const type = to.type as StackType;
  const { entries, entryBytes } = stackPlaces(type);
  const bytes = type.limit * entryBytes;
  if (type.space === 'user') {
    l.b.store(to.base, to.offset + stackBytes.pid, 4, procPid(l));
    l.b.store(to.base, to.offset + stackBytes.program, 4, l.fileIndex);
  }
  if (bytes === 0) {
    l.b.store(to.base, to.offset + stackBytes.length, 8, 0);
    return;
  }
  const flags = (type.space === 'user' ? BPF_F_USER_STACK : 0) | (type.mode === 'build_id' ? BPF_F_USER_BUILD_ID : 0);
  // Until Linux 6.6 the verifier refuses uninitialised stack memory as the buffer of a raw tracepoint's bpf_get_stack.
  if (to.base.type.kind === 'ptr' && to.base.type.region === 'stack') l.b.zero(to.base, to.offset + entries, bytes);
  const length = l.b.call('get_stack', [l.context, l.b.add(to.base, to.offset + entries), l.b.const(bytes), l.b.const(flags)], s64);
  l.b.store(to.base, to.offset + stackBytes.length, 8, length);
}

function bare(name: 'kstack' | 'ustack', doc: string): ReturnType<typeof defineBuiltin> {
  const space = name === 'kstack' ? 'kernel' : 'user';
  return defineBuiltin({
    name, doc, mode: 'R',
    check: (node, c) => stackType(space, defaultMode(c, space === 'user', node.span), DEFAULT_STACK_LIMIT),
    lowerInto: (l, to) => captureStack(l, to),
  });
}

/** Of the stacks there are only user stacks that the kernel walks itself have build ids. */
export function defaultMode(c: CheckContext, hasBuildIds: boolean, span: Span): StackMode {
  const mode = c.config.text('stack_mode') as StackMode;
  if (mode !== 'build_id' || hasBuildIds) return mode;
  c.report(buildIdFallsBack.at(span, {}));
  return 'raw';
}

export const kstack = bare('kstack', 'Kernel stack.');
export const ustack = bare('ustack', 'User stack.');

/** What unwinding by tables asks of the kernel: a loop, and the registers that it saved when the thread entered it. */
export const unwindNeeds = ['helper:loop', 'helper:task_pt_regs', 'helper:get_current_task_btf'];

/** Reports where no stack can be unwound. */
export function checkUnwinding(c: CheckContext, span: Span): void {
  if (c.target.arch !== 'x86_64') c.report(noUnwindingHere.at(span, { arch: c.target.arch }));
  else if (!c.unwinds) c.report(noUnwoundProcess.at(span, {}));
}

export const dwUstack = defineBuiltin({
  name: 'dw_ustack', mode: 'R', doc: 'User stack of a program without frame pointers, by its .eh_frame; of the processes of -p, -c and --dwarf-pid.', unstable: true, needs: unwindNeeds,
  check: (node, c) => {
    checkUnwinding(c, node.span);
    return stackType('user', defaultMode(c, false, node.span), DEFAULT_STACK_LIMIT);
  },
  lowerInto: (l, to, node) => l.unwindStack(to, node.span),
});
