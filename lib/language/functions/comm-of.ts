// comm(pid): the name of another thread, found by its number.
//
//   facts  bpf_task_from_pid since Linux 6.2, which takes the numbers of the machine's first PID namespace. kernel/bpf/btf.c,
//          bpf_prog_type_to_kfunc_hook: which programs may call it

import { pointer } from '../../model/ir/ir.js';
import { type Type, findMember, int32, string } from '../../model/types/types.js';
import { comm } from '../builtins/task.js';
import * as say from '../diagnostics.js';
import type { CheckContext, Place } from '../record.js';
import { argumentOf, defineFunction } from './define.js';

const COMM_BYTES = 16;
const ROOM = 64;
const FROM_PID = 'bpf_task_from_pid';
const RELEASE = 'bpf_task_release';

/** Offset of the name in the kernel's task_struct; undefined: this kernel has no such function. */
function nameOffset({ target, finder }: Pick<CheckContext, 'target' | 'finder'>): number | undefined {
  const task = target.has(`kfunc:${FROM_PID}`) ? finder.kernel.struct('task_struct', 'struct') : undefined;
  return task && findMember(task, 'comm')?.offset;
}

/** Tracing programs and iterators since the function is there, tracepoints and perf events since Linux 6.12. */
function mayCall({ target, probe: { record: { programKind } } }: CheckContext): boolean {
  if (programKind === 'tracing' || programKind === 'iter') return true;
  const [major = 0, minor = 0] = target.kernelRelease.split('.').map((part) => parseInt(part, 10));
  return (programKind === 'tracepoint' || programKind === 'perf_event') && (major > 6 || (major === 6 && minor >= 12));
}

export const commOf = defineFunction({
  name: 'comm', mode: 'S', doc: 'Name of the thread, or of the thread with a number; N/A and a warning where there is none.',
  params: [{ name: 'pid', accepts: 'integer', optional: true, doc: 'number of a thread as the machine\'s first PID namespace has it: pid(init), tid(init)' }],
  check(call, c): Type {
    if (call.args.length === 0) return string(COMM_BYTES);
    if (nameOffset(c) === undefined) c.report(say.noTaskByPid.at(call.span, {}));
    else if (!mayCall(c)) c.report(say.commElsewhere.at(call.span, { kind: c.probe.record.name }));
    return string(ROOM);
  },
  lowerInto(call, l, to) {
    if (call.args.length === 0) return comm.lowerInto!(l, to, call);
    const offset = nameOffset(l);
    if (offset === undefined) return l.storeText('[unknown]', to);
    const pid = l.value(argumentOf(call, 0), int32);
    const task = l.b.callKfunc(FROM_PID, [pid], pointer('btf', true));
    l.branch('ne', task, 0, () => {
      l.probeRead({ ...to, type: string(COMM_BYTES) }, l.b.add(task, offset), 'kernel', call.span);
      l.b.zero(to.base, to.offset + COMM_BYTES, roomBehind(to));
      l.b.callKfunc(RELEASE, [task]);
    }, () => {
      l.storeText('N/A', to);
      l.event('warnf', [{ type: int32, into: (place) => l.b.store(place.base, place.offset, 4, pid) }], { format: 'No such process (pid=%d)' }, call.span);
    });
  },
});

const roomBehind = ({ type }: Place): number => (type.kind === 'string' ? type.capacity - COMM_BYTES : 0);
