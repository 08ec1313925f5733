import t from 'tap';
import { TbpfError } from '../../../../lib/model/diagnostics/errors.js';
import type { ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import { attachInParts, type AttachContext } from '../../../../lib/runtime/session/attach/index.js';
import type { LinkHandle } from '../../../../lib/runtime/native/index.js';

const refused = (code: string): TbpfError => new TbpfError(`refused with ${code}`, { code });

interface Scene {
  readonly symbols: readonly string[];
  /** names that kallsyms has; undefined: it is closed */
  readonly known?: readonly string[];
  /** functions that the kernel refuses, by error */
  readonly refuses?: Readonly<Record<string, string>>;
  readonly failure?: string;
}

/** What is attached by link, with cookies, and what is left out. */
function attach({ symbols, known, refuses = {}, failure = 'ESRCH' }: Scene) {
  const open = new Set<string>();
  const leftOut: string[] = [];
  const names = (known ?? []).map((name) => `${name}\0`);
  const table = {
    restricted: known === undefined, count: names.length, names: Buffer.from(names.join('')),
    nameOffsets: Uint32Array.from(names, (_, i) => names.slice(0, i).join('').length),
  };
  const handle = {
    attach(spec: { symbols: readonly string[]; cookies: readonly number[] }): LinkHandle {
      const bad = spec.symbols.find((name) => name in refuses);
      if (bad !== undefined) throw refused(refuses[bad]!);
      const text = spec.symbols.map((name, i) => `${name}=${spec.cookies[i]}`).join(' ');
      open.add(text);
      return { close: () => void open.delete(text) } as LinkHandle;
    },
  };
  const context = { native: { readKallsyms: () => table }, handle, leaveOut: (probe: string, error: TbpfError) => leftOut.push(`${probe} ${error.code}`) } as unknown as AttachContext;
  const program: ManifestProgram = { name: 'p', probe: 'kprobe:*', block: 0, probeCount: symbols.length, attach: { kind: 'kprobe_multi', symbols, return: false } };
  const links = attachInParts(refused(failure), program, context);
  return { links: links && [...open], leftOut };
}

const rows: readonly (readonly [title: string, scene: Scene, links: readonly string[] | undefined, leftOut: readonly string[]])[] = [
  ['a function the kernel does not have', { symbols: ['a', 'b', 'c'], known: ['a', 'c', 'd'] }, ['a=0 c=2'], ['kprobe:b ENOENT']],
  ['one that is there and refused', { symbols: ['a', 'b', 'c', 'd', 'e'], known: ['a', 'b', 'c', 'd', 'e'], refuses: { d: 'ESRCH' } }, ['a=0 b=1', 'c=2', 'e=4'], ['kprobe:d ESRCH']],
  ['where kallsyms is closed', { symbols: ['a', 'b'], refuses: { a: 'ENOENT' } }, ['b=1'], ['kprobe:a ENOENT']],
  ['all of them', { symbols: ['a', 'b'], known: ['b'], refuses: { b: 'ESRCH' } }, [], ['kprobe:a ENOENT', 'kprobe:b ESRCH']],
  ['a failure about something else', { symbols: ['a', 'b'], known: ['a', 'b'], failure: 'EPERM' }, undefined, []],
];
for (const [title, scene, links, leftOut] of rows) t.test(title, async (t) => t.strictSame(attach(scene), { links, leftOut }));

t.test('a failure about something else on the way: nothing stays attached', async (t) => {
  const closed: string[] = [];
  const handle = {
    attach({ symbols }: { symbols: readonly string[] }): LinkHandle {
      if (symbols.includes('b')) throw refused(symbols.length > 1 ? 'ESRCH' : 'ENOMEM');
      return { close: () => closed.push(symbols.join(' ')) } as unknown as LinkHandle;
    },
  };
  const context = { native: { readKallsyms: () => ({ restricted: true }) }, handle, leaveOut: () => undefined } as unknown as AttachContext;
  const program: ManifestProgram = { name: 'p', probe: 'kprobe:*', block: 0, probeCount: 2, attach: { kind: 'kprobe_multi', symbols: ['a', 'b'], return: false } };
  t.throws(() => attachInParts(refused('ESRCH'), program, context), { code: 'ENOMEM' } as never);
  t.strictSame(closed, ['a']);
});
