// Pinning into a BPF file system, which the test mounts for itself.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { mapType, rawTracepoint, returns, u32, u64 } from './fixture.js';

const native = loadNative();

t.test('what is pinned outlives its handle', async (t) => {
  if (!needs(t, 'root')) return;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-pin-'));
  native.mount('bpf', folder);
  t.teardown(() => {
    spawnSync('umount', [folder]);
    rmdirSync(folder);
  });
  const map = native.createMap({ name: 'pinned', type: mapType.hash, keySize: 4, valueSize: 8, maxEntries: 3 });
  map.update(u32(1), u64(2));
  map.pin(join(folder, 'map'));
  t.throws(() => map.pin(join(folder, 'map')), { code: 'EEXIST', syscall: 'bpf_obj_pin' });
  map.close();
  const again = native.openMap({ path: join(folder, 'map') });
  t.same(again.lookup(u32(1)), u64(2));
  t.same([again.name, again.maxEntries], ['pinned', 3]);
  again.close();

  const program = rawTracepoint(returns(0));
  program.pin(join(folder, 'program'));
  t.throws(() => native.openMap({ path: join(folder, 'program') }), { code: 'ERR_ARG', message: /program is not a map/ });
  const link = program.attach({ kind: 'rawTracepoint', name: 'sched_process_hang' });
  link.pin(join(folder, 'link'));
  link.close();
  program.close();
  for (const name of ['map', 'program', 'link']) rmSync(join(folder, name));
  t.throws(() => native.openMap({ path: join(folder, 'map') }), { code: 'ENOENT' });
});
