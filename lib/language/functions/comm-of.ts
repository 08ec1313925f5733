// comm(pid): the name of another thread, found by its number.
//
//   facts  bpf_task_from_pid since Linux 6.2, which takes the numbers of the machine's first PID namespace. kernel/bpf/btf.c,
//          bpf_prog_type_to_kfunc_hook: which programs may call it

import { pointer } from '../../model/ir/ir.js';
import { type StructType, type Type, findMovable, int32, string } from '../../model/types/types.js';
import { comm, kernelTask, readName, threadName } from '../builtins/task.js';
import * as say from '../diagnostics.js';
import { type CheckContext, programKinds } from '../record.js';
import { argumentOf, defineFunction } from './define.js';

const ROOM = 64;
const FROM_PID = 'bpf_task_from_pid';
const RELEASE = 'bpf_task_release';
const FEATURE = `kfunc:${FROM_PID}`;

/** undefined: the types of this kernel are not known */
function taskWithName(c: Pick<CheckContext, 'finder'>): StructType | undefined {
  const task = kernelTask(c);
  return task && findMovable(task, 'comm') && task;
}

export const commOf = defineFunction({
  name: 'comm', mode: 'S', doc: 'Name of the thread, or of the thread with a number; N/A and a warning where there is none.',
  params: [{ name: 'pid', accepts: 'integer', optional: true, doc: 'number of a thread as the machine\'s first PID namespace has it: pid(init), tid(init)' }],
  asks: [FEATURE, ...programKinds.map((kind) => `${FEATURE}:${kind}`)],
  check(call, c): Type {
    if (call.args.length === 0) return threadName;
    if (!c.target.has(FEATURE)) c.report(say.noTaskByPid.at(call.span, {}));
    else if (!taskWithName(c)) c.report(say.needsBtf.at(call.span, { name: 'comm(PID)' }));
    else if (!c.target.has(`${FEATURE}:${c.probe.record.programKind}`)) c.report(say.commElsewhere.at(call.span, { kind: c.probe.record.name }));
    return string(ROOM);
  },
  lowerInto(call, l, to) {
    if (call.args.length === 0) return comm.lowerInto!(l, to, call);
    if (!l.target.has(FEATURE)) return l.storeText('[unknown]', to);
    const pid = l.value(argumentOf(call, 0), int32);
    const task = l.b.callKfunc(FROM_PID, [pid], pointer('btf', true));
    l.branch('ne', task, 0, () => {
      readName(l, l.memberAddress(task, taskWithName(l)!, 'comm'), to, call.span);
      l.b.callKfunc(RELEASE, [task]);
    }, () => {
      l.storeText('N/A', to);
      l.event('warnf', [{ type: int32, into: (place) => l.b.store(place.base, place.offset, 4, pid) }], { format: 'No such process (pid=%d)' }, call.span);
    });
  },
});
