// What a session does with errors: whoever handles events, run() ends with what a handler threw.

import t from 'tap';
import type { Manifest, ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import { EVENT_ID_BYTES } from '../../../../lib/model/layout/layout.js';
import { RECORD_HEADER_BYTES, type DrainResult } from '../../../../lib/runtime/native/types.js';
import type { EventRing, SessionKernel } from '../../../../lib/runtime/session/kernel.js';
import { Session } from '../../../../lib/runtime/session/session.js';

const usr1: ManifestProgram = { name: 'usr1', probe: 'self:signal:SIGUSR1', attach: { kind: 'signal', signal: 'SIGUSR1' }, probeCount: 1, block: 0 };
const timer: ManifestProgram = { name: 'timer', probe: 'interval:s:1', attach: { kind: 'perf_event', type: 1, config: 0n, samplePeriod: 1n, cpus: 'first' }, probeCount: 1, block: 1 };
const manifest: Manifest = { version: 1, programs: [usr1, timer], maps: [], events: [], config: {}, startValues: [], ringBuffer: 'ring' };

/** A ring with one record of event 0. */
function ringOfOne(): EventRing {
  let left = 1;
  return {
    get pendingBytes() {
      return left * (RECORD_HEADER_BYTES + 8);
    },
    drain(_, into = new ArrayBuffer(64)): DrainResult {
      new DataView(into).setUint32(0, EVENT_ID_BYTES, true);
      const count = left;
      left = 0;
      return { buffer: into, bytes: count * (RECORD_HEADER_BYTES + EVENT_ID_BYTES), count, more: false, nextBytes: 0 };
    },
    watch: () => undefined,
    rearm: () => undefined,
    unwatch: () => undefined, ref: () => undefined, unref: () => undefined,
  };
}

function sessionWhose(handler: () => void, run: () => never = () => { throw new Error('nothing to run'); }): Session {
  const kernel = { cpuCount: 1, ring: ringOfOne(), run } as unknown as SessionKernel;
  return new Session(kernel, manifest, { handlers: [handler] });
}

const broken = (): never => {
  throw new Error('the handler is broken');
};

const entries: [title: string, enter: (session: Session) => void, message: string][] = [
  ['the end of the traced process', (session) => session.processEnded(), 'the handler is broken'],
  ['a signal', (session) => void session.signal('SIGUSR1'), 'nothing to run'],
];

for (const [title, enter, message] of entries) {
  t.test(`${title}, while it runs`, async (t) => {
    const session = sessionWhose(broken);
    const run = session.run([timer]);
    enter(session);
    await t.rejects(run, { message });
  });

  t.test(`${title}, before it runs`, async (t) => {
    const session = sessionWhose(broken);
    enter(session);
    await t.rejects(session.run([timer]), { message });
  });
}
