// Threads and CPUs that are gone when their perf event is opened.

import { readdirSync } from 'node:fs';
import t from 'tap';
import { TbpfError } from '../../../../lib/model/diagnostics/errors.js';
import { perfType } from '../../../../lib/model/bpf/perf-uapi.js';
import type { ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import type { AttachContext } from '../../../../lib/runtime/session/attach/index.js';
import { perfEvent } from '../../../../lib/runtime/session/attach/perf-event.js';

/** A kernel that says `refusal` of some of what it is asked for, and what it was asked for. */
function contextOf(refusal: string, refuses: (where: { pid?: number; cpu?: number }, turn: number) => boolean): { readonly context: AttachContext; readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const native = {
    onlineCpus: () => [0, 1, 2],
    openPerfEvent: (where: { pid?: number; cpu?: number }) => {
      asked.push(where);
      if (refuses(where, asked.length)) throw new TbpfError('no', { code: refusal, operation: 'perf_event_open' });
      return where;
    },
  };
  return { context: { native } as unknown as AttachContext, asked };
}

const clock = { kind: 'perf_event', type: perfType.software, config: 0n, sampleFrequency: 99n, cpus: 'all' } as const;
const threads = readdirSync(`/proc/${process.pid}/task`).length;
const program = {} as ManifestProgram;

t.test('a thread that ends before its turn', async (t) => {
  t.ok(threads > 1, `${threads} threads`);
  const { context, asked } = contextOf('ESRCH', (_, turn) => turn === 2);
  t.equal(perfEvent.places({ ...clock, pid: process.pid }, context, program).length, asked.length - 1);
});

t.test('all have ended', async (t) => {
  const { context } = contextOf('ESRCH', () => true);
  t.throws(() => perfEvent.places({ ...clock, pid: process.pid }, context, program), { message: `there is no process ${process.pid} any more`, code: 'ESRCH' });
});

t.test('what else is wrong with a thread is told', async (t) => {
  const { context } = contextOf('EACCES', (_, turn) => turn === 2);
  t.throws(() => perfEvent.places({ ...clock, pid: process.pid }, context, program), { code: 'EACCES' });
});

t.test('a CPU that went offline', async (t) => {
  const { context } = contextOf('ENODEV', ({ cpu }) => cpu === 1);
  t.equal(perfEvent.places(clock, context, program).length, 2);
});
