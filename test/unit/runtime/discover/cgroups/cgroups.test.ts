// Containers and pods by name, on a machine made of folders.

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { Cgroups } from '../../../../../lib/runtime/discover/cgroups/cgroups.js';
import { ContainerNames } from '../../../../../lib/runtime/discover/cgroups/container-names.js';

const root = mkdtempSync(join(tmpdir(), 'tbpf-cgroups-'));
t.teardown(() => rmSync(root, { recursive: true }));

const id = (digit: string): string => digit.repeat(64);
const pods = 'kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12ab_34.slice';
const groups = [
  'system.slice/ssh.service', 'system.slice/ssh@1.service', 'system.slice/cron.service', `system.slice/docker-${id('a')}.scope/inner`,
  `machine.slice/libpod-${id('b')}.scope`, `machine.slice/libpod-conmon-${id('b')}.scope`, 'machine.slice/machine-my\\x2dweb.scope', 'lxc.payload.box', `docker/${id('c')}`,
  `${pods}/cri-containerd-${id('d')}.scope`, `${pods}/crio-${id('e')}.scope/deep/er`, `kubepods/besteffort/pod56-78/${id('f')}`,
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

mkdirSync(join(root, 'var/log/containers'), { recursive: true });
write(`var/log/containers/cart_shop_app-${id('d')}.log`, '');

const cgroups = new Cgroups(root);
const names = new ContainerNames(root);
const matching = (cgroup: string) => cgroups.named({ cgroup });
const ofContainer = (container: string) => cgroups.named({ container });
const ofPod = (pod: string) => cgroups.named({ pod });
const paths = (found: readonly { readonly path: string }[]): string[] => found.map(({ path }) => path).sort();

t.test('paths and patterns', async (t) => {
  t.same(paths(matching('system.slice/ssh*')), ['system.slice/ssh.service', 'system.slice/ssh@1.service']);
  t.same(paths(matching('/sys/fs/cgroup/system.slice/cron.service')), ['system.slice/cron.service']);
  t.same(paths(matching('/')), [''], 'the root');
  const [cron] = matching('system.slice/cron.service');
  t.same(cron, { path: 'system.slice/cron.service', id: statSync(join(root, 'sys/fs/cgroup/system.slice/cron.service'), { bigint: true }).ino });
});

const containers: [name: string, path: string][] = [
  ['web', `system.slice/docker-${id('a')}.scope`],
  ['aaaaaaaaaaaa', `system.slice/docker-${id('a')}.scope`],
  ['db', `machine.slice/libpod-${id('b')}.scope`],
  [id('c'), `docker/${id('c')}`],
  ['my-web', 'machine.slice/machine-my\\x2dweb.scope'],
  ['box', 'lxc.payload.box'],
];
for (const [name, path] of containers) t.test(`container ${name.slice(0, 12)}`, async (t) => t.same(paths(ofContainer(name)), [path]));

t.test('pods', async (t) => {
  t.same(paths(ofPod('shop/cart')), [pods]);
  t.same(paths(ofPod('shop/cart-2')), ['kubepods/besteffort/pod56-78']);
});

t.test('of several names all must hold: the inner group counts', async (t) => {
  t.same(paths(cgroups.named({ pod: 'shop/cart', container: 'app' })), [`${pods}/cri-containerd-${id('d')}.scope`]);
  t.same(paths(cgroups.named({ cgroup: `${pods}/crio-*/deep`, pod: 'shop/cart' })), [`${pods}/crio-${id('e')}.scope/deep`]);
  t.same(paths(cgroups.named({ cgroup: 'system.slice/*', container: 'web' })), [`system.slice/docker-${id('a')}.scope`]);
  t.same(paths(cgroups.named({ cgroup: '/', container: 'web' })), [`system.slice/docker-${id('a')}.scope`]);
  t.same(paths(cgroups.named({ pod: 'shop/cart', container: 'web' })), []);
});

// path of a group; the container and the pod that it belongs to
const owners: [path: string, container: string | undefined, pod: string | undefined][] = [
  ['', undefined, undefined],
  ['system.slice/ssh.service', undefined, undefined],
  [`system.slice/docker-${id('a')}.scope/inner`, 'web', undefined],
  [`docker/${id('c')}`, 'cccccccccccc', undefined],
  [`machine.slice/libpod-${id('b')}.scope/container`, 'db', undefined],
  [`machine.slice/libpod-conmon-${id('b')}.scope`, undefined, undefined],
  [`libpod_parent/libpod-${id('b')}`, 'db', undefined],
  ['machine.slice/machine-my\\x2dweb.scope', 'my-web', undefined],
  ['system.slice/systemd-nspawn@box.service/payload', 'box', undefined],
  ['lxc.payload.box/init.scope', 'box', undefined],
  [`${pods}/cri-containerd-${id('d')}.scope`, 'app', 'shop/cart'],
  [`${pods}/crio-${id('e')}.scope/deep`, 'eeeeeeeeeeee', 'shop/cart'],
  [`${pods}/crio-conmon-${id('e')}.scope`, undefined, 'shop/cart'],
  [pods, undefined, 'shop/cart'],
  [`kubepods/besteffort/pod56-78/${id('f')}`, 'ffffffffffff', 'shop/cart-2'],
  [`kubepods/podffff-00/${id('f')}`, 'ffffffffffff', 'ffff-00'],
];
for (const [path, container, pod] of owners) {
  t.test(`owners of /${path.replace(/(.)\1{60,}/g, '$1…')}`, async (t) => t.same([names.containerOf(path), names.podOf(path)], [container, pod]));
}

t.test('a pattern may wait for its first group', async (t) => t.same(matching('system.slice/none*'), []));

t.test('what is not there', async (t) => {
  const cases: [act: () => unknown, message: RegExp][] = [
    [() => matching('system.slice/none'), /^There is no control group system\.slice\/none below /],
    [() => ofContainer('none'), /^There is no running container none/],
    [() => ofContainer('stopped'), /^There is no running container stopped/],
    [() => ofPod('shop/none'), /^There is no pod shop\/none on this machine/],
    [() => ofPod('none'), /^A pod is named NAMESPACE\/NAME, not none$/],
    [() => new Cgroups(join(root, 'nowhere')).wanted({ cgroup: 'x' }), /ENOENT/],
  ];
  for (const [act, message] of cases) t.throws(act, { message });
});
