// Two blocks in one program: one link attaches both, and what becomes of it becomes of both.

import t from 'tap';
import { TbpfError } from '../../../../lib/model/diagnostics/errors.js';
import type { Manifest, ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import type { NativeAddon } from '../../../../lib/runtime/native/index.js';
import { NativeKernel } from '../../../../lib/runtime/session/native-kernel.js';

const half = (name: string, probe: string, isReturn: boolean, within?: string): ManifestProgram => (
  { name, probe, block: isReturn ? 1 : 0, probeCount: 2, attach: { kind: 'kprobe_session', symbols: ['a', 'b'], return: isReturn }, ...(within !== undefined && { within }) }
);
const programs = [half('entry', 'kprobe:*', false), half('back', 'kretprobe:*', true, 'entry')];

/** @param refuse  throws where the kernel refuses the functions */
async function attached(refuse: (symbols: readonly string[]) => void) {
  const links: string[] = [];
  const prepared: number[] = [];
  const handle = {
    name: 'entry', setExpectedAttachType: (type: number) => prepared.push(type),
    attach({ kind, symbols, session, retprobe }: { kind: string; symbols: readonly string[]; session?: boolean; retprobe?: boolean }) {
      refuse(symbols);
      links.push(`${kind} ${symbols.join(' ')} ${session} ${retprobe}`);
      return { close: () => undefined };
    },
  };
  const native = {
    possibleCpus: () => 1, readKallsyms: () => ({ restricted: false, count: 1, names: Buffer.from('a\0'), nameOffsets: Uint32Array.of(0) }),
    openObject: () => ({ programs: [handle], program: (name: string) => (name === 'entry' ? handle : undefined), load: () => undefined, close: () => undefined, map: () => undefined }),
  } as unknown as NativeAddon;
  const manifest: Manifest = { version: 1, programs, maps: [], events: [], config: {}, startValues: [] };
  const report = await NativeKernel.load(native, new Uint8Array(), manifest, { startValues: {} }).attach(programs);
  t.strictSame(prepared, [56]);
  return {
    links, attached: report.attached.map(({ probe, probeCount }) => `${probe} ${probeCount}`),
    leftOut: report.leftOut.map(({ probe }) => probe), failed: report.failures.map(({ program, error }) => `${program.probe} ${error.code}`),
  };
}

const fail = (code: string): never => {
  throw new TbpfError('no', { code });
};

t.test('both ends by one link', async (t) => t.strictSame(await attached(() => undefined), { links: ['kprobeMulti a b true undefined'], attached: ['kprobe:* 2', 'kretprobe:* 2'], leftOut: [], failed: [] }));

t.test('a function that is not there is left out at both ends', async (t) => t.strictSame(
  await attached((symbols) => void (symbols.includes('b') && fail('ESRCH'))),
  { links: ['kprobeMulti a true undefined'], attached: ['kprobe:* 1', 'kretprobe:* 1'], leftOut: ['kprobe:b', 'kretprobe:b'], failed: [] },
));

t.test('none of the functions', async (t) => t.strictSame(
  await attached(() => fail('ESRCH')), { links: [], attached: [], leftOut: [], failed: ['kprobe:* ENOENT', 'kretprobe:* ENOENT'] },
));

t.test('both fail', async (t) => t.strictSame(await attached(() => fail('EPERM')), { links: [], attached: [], leftOut: [], failed: ['kprobe:* EPERM', 'kretprobe:* EPERM'] }));
