// The rig itself: a guest has what the other kernel tests count on. Outside a guest there is nothing to check.

import { existsSync, readFileSync, writeFileSync, rmSync } from 'node:fs';
import { release } from 'node:os';
import t from 'tap';
import { compareVersions, lacking, type Feature } from '../helpers/needs.js';

const guest = process.env['TBPF_GUEST'];

const always: Feature[] = [
  'root', 'btf', 'module_btf', 'tracefs', 'tracepoint', 'software', 'watchpoint', 'uprobe', 'kprobe', 'fentry', 'iter', 'ringbuf', 'for_each_map_elem', 'bpf_loop', 'cgroup2',
];
const since: [version: string, feature: Feature][] = [
  ['6.12', 'kprobe_multi'],
  ['6.12', 'kprobe_session'],
  ['6.12', 'uprobe_multi'],
];
const mounts = ['tracefs /sys/kernel/tracing', 'debugfs /sys/kernel/debug', 'bpf /sys/fs/bpf', 'cgroup2 /sys/fs/cgroup'];

t.test('a guest of the rig', { skip: guest === undefined && 'this is none' }, async (t) => {
  t.ok(release().startsWith(guest!), `${release()} is ${guest}`);
  for (const feature of always) t.equal(lacking(feature), undefined, `has ${feature}`);
  for (const [version, feature] of since) {
    const early = compareVersions(release(), version) < 0;
    t.equal(lacking(feature) !== undefined, early, `${early ? 'has not yet' : 'has'} ${feature}`);
  }

  const mounted = readFileSync('/proc/mounts', 'utf8');
  for (const mount of mounts) t.match(mounted, ` ${mount.split(' ')[1]} ${mount.split(' ')[0]} `);
  t.ok(existsSync(`/lib/modules/${release()}/modules.dep`), 'modules can be loaded by name');

  const file = '/usr/written-in-a-guest';
  writeFileSync(file, 'x');
  t.equal(readFileSync(file, 'utf8'), 'x', 'the root can be written to');
  rmSync(file);
});
