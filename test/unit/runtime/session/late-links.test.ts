// Links that are made after others, since the kernel refused the first try: programs on one event keep their order.

import t from 'tap';
import { TbpfError } from '../../../../lib/model/diagnostics/errors.js';
import type { AttachSpec, Manifest, ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import type { NativeAddon } from '../../../../lib/runtime/native/index.js';
import { NativeKernel } from '../../../../lib/runtime/session/native-kernel.js';

const PATH = '/nowhere/app';
const multi = (fileOffsets: readonly bigint[]): AttachSpec => ({ kind: 'uprobe_multi', path: PATH, fileOffsets, labels: fileOffsets.map(String), return: false });
const functions = (symbols: readonly string[]): AttachSpec => ({ kind: 'kprobe_multi', symbols, return: false });

/** What the kernel has in the end, link by link as they were made. */
async function attached(attaches: readonly AttachSpec[], refused: string) {
  const programs = attaches.map((attach, i): ManifestProgram => ({ name: `p${i}`, probe: `probe ${i}`, attach, probeCount: 2, block: i }));
  const live: string[] = [];
  const handle = (name: string) => ({
    name, setExpectedAttachType: () => undefined,
    attach(spec: { offsets?: readonly bigint[]; symbols?: readonly string[] }) {
      const places = spec.offsets ?? spec.symbols ?? [];
      if (places.map(String).includes(refused)) throw new TbpfError('no', { code: 'EADDRNOTAVAIL' });
      const text = `${name} ${places.join(' ')}`;
      live.push(text);
      return { close: () => void live.splice(live.indexOf(text), 1) };
    },
  });
  const table = { restricted: false, count: 2, names: Buffer.from('a\0b\0'), nameOffsets: Uint32Array.of(0, 2) };
  const native = {
    possibleCpus: () => 1, readKallsyms: () => table,
    openObject: () => ({ programs: programs.map(({ name }) => handle(name)), program: handle, load: () => undefined, close: () => undefined, map: () => undefined }),
  } as unknown as NativeAddon;
  const manifest: Manifest = { version: 1, programs, maps: [], events: [], config: {}, startValues: [] };
  const report = await NativeKernel.load(native, new Uint8Array(), manifest, { startValues: {} }).attach(programs);
  return { live, leftOut: report.leftOut.map(({ probe }) => probe), failed: report.failures.map(({ program }) => program.name) };
}

const rows: readonly (readonly [title: string, attaches: readonly AttachSpec[], refused: string, live: readonly string[], leftOut: readonly string[]])[] = [
  ['nothing is refused', [multi([1n, 2n]), multi([1n, 2n])], '9', ['p0 1 2', 'p1 1 2'], []],
  ['the first, in parts', [multi([1n, 2n, 3n]), multi([1n, 2n])], '3', ['p0 1', 'p0 2', 'p1 1 2'], [`uprobe:${PATH}:3`]],
  ['what shares an event with what was late is late as well', [multi([1n, 9n]), multi([1n, 2n]), multi([2n, 3n]), multi([4n, 5n])], '9', ['p3 4 5', 'p0 1', 'p1 1 2', 'p2 2 3'], [`uprobe:${PATH}:9`]],
  ['kernel functions', [functions(['a', 'c']), functions(['a', 'b'])], 'c', ['p0 a', 'p1 a b'], ['kprobe:c']],
];
for (const [title, attaches, refused, live, leftOut] of rows) {
  t.test(title, async (t) => t.strictSame(await attached(attaches, refused), { live, leftOut, failed: [] }));
}
