// Containers and pods by name, on a machine made of folders.

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { Cgroups } from '../../../../tools/shared/cgroups.js';

const root = mkdtempSync(join(tmpdir(), 'tbpf-cgroups-'));
t.teardown(() => rmSync(root, { recursive: true }));

const id = (digit: string): string => digit.repeat(64);
const groups = [
  'system.slice/ssh.service', 'system.slice/ssh@1.service', 'system.slice/cron.service', `system.slice/docker-${id('a')}.scope/inner`,
  `machine.slice/libpod-${id('b')}.scope`, 'machine.slice/machine-my\\x2dweb.scope', 'lxc.payload.box', `docker/${id('c')}`,
  'kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12ab_34.slice/cri-containerd-x.scope', 'kubepods/pod56-78/x',
];

function write(path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

for (const group of groups) mkdirSync(join(root, 'sys/fs/cgroup', group), { recursive: true });
write('proc/self/mounts', 'proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n');
write(`var/lib/docker/containers/${id('a')}/config.v2.json`, '{"Name":"/web"}');
write(`var/lib/docker/containers/${id('9')}/config.v2.json`, '{"Name":"/stopped"}');
write('var/lib/containers/storage/overlay-containers/containers.json', JSON.stringify([{ id: id('b'), names: ['db'] }]));
mkdirSync(join(root, 'var/log/pods/shop_cart_12ab-34'), { recursive: true });
mkdirSync(join(root, 'var/log/pods/shop_cart-2_56-78'), { recursive: true });

const cgroups = new Cgroups(root);
const paths = (found: readonly { readonly path: string }[]): string[] => found.map(({ path }) => path).sort();

t.test('paths and patterns', async (t) => {
  t.same(paths(cgroups.matching('system.slice/ssh*')), ['system.slice/ssh.service', 'system.slice/ssh@1.service']);
  t.same(paths(cgroups.matching('/sys/fs/cgroup/system.slice/cron.service')), ['system.slice/cron.service']);
  t.same(paths(cgroups.matching('/')), [''], 'the root');
  const [cron] = cgroups.matching('system.slice/cron.service');
  t.same(cron, { path: 'system.slice/cron.service', depth: 2, id: statSync(join(root, 'sys/fs/cgroup/system.slice/cron.service'), { bigint: true }).ino });
});

const containers: [name: string, path: string][] = [
  ['web', `system.slice/docker-${id('a')}.scope`],
  ['aaaaaaaaaaaa', `system.slice/docker-${id('a')}.scope`],
  ['db', `machine.slice/libpod-${id('b')}.scope`],
  [id('c'), `docker/${id('c')}`],
  ['my-web', 'machine.slice/machine-my\\x2dweb.scope'],
  ['box', 'lxc.payload.box'],
];
for (const [name, path] of containers) t.test(`container ${name.slice(0, 12)}`, async (t) => t.same(paths(cgroups.ofContainer(name)), [path]));

t.test('pods', async (t) => {
  t.same(paths(cgroups.ofPod('shop/cart')), ['kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12ab_34.slice']);
  t.same(paths(cgroups.ofPod('shop/cart-2')), ['kubepods/pod56-78']);
});

t.test('what is not there', async (t) => {
  const cases: [act: () => unknown, message: RegExp][] = [
    [() => cgroups.matching('system.slice/none'), /^there is no cgroup system\.slice\/none below /],
    [() => cgroups.ofContainer('none'), /^there is no running container none/],
    [() => cgroups.ofContainer('stopped'), /^there is no running container stopped/],
    [() => cgroups.ofPod('shop/none'), /^there is no pod shop\/none on this machine/],
    [() => cgroups.ofPod('none'), /^a pod is named NAMESPACE\/NAME, not none$/],
    [() => new Cgroups(join(root, 'nowhere')).matching('x'), /ENOENT/],
  ];
  for (const [act, message] of cases) t.throws(act, { message });
});
