// When a missing feature skips a test and when it fails it.

import t from 'tap';
import { compareVersions, lacking, mustBeThere, needs, type Feature } from '../../helpers/needs.js';

const fprobe = { since: '5.18', config: ['FPROBE'] };
const machine = { release: '6.12.95+deb12-amd64', config: new Set(['FPROBE', 'BPF_SYSCALL']), root: true };
const lack = { reason: 'gone' };

const cases: [title: string, fails: boolean, ...args: Parameters<typeof mustBeThere>][] = [
  ['new enough and configured: fails', true, fprobe, lack, machine],
  ['an older kernel', false, fprobe, lack, { ...machine, release: '5.17.1' }],
  ['not configured', false, fprobe, lack, { ...machine, config: new Set(['BPF_SYSCALL']) }],
  ['configuration unknown', false, fprobe, lack, { ...machine, config: undefined }],
  ['forbidden by the machine', false, fprobe, { ...lack, refused: true }, machine],
  ['not root', false, fprobe, lack, { ...machine, root: false }],
  ['not a matter of kernels', false, {}, lack, machine],
];
for (const [title, fails, ...args] of cases) t.test(title, async (t) => { t.equal(mustBeThere(...args), fails); });

const versions: [a: string, b: string, sign: number][] = [
  ['6.12.95+deb12-amd64', '6.12', 0],
  ['6.1.0-50-amd64', '6.6', -1],
  ['6.6.1', '6.1', 1],
  ['10.0', '9.9', 1],
  ['6.12-rc1', '6.12', 0],
];
for (const [a, b, sign] of versions) t.test(`${a} and ${b}`, async (t) => { t.equal(Math.sign(compareVersions(a, b)), sign); });

t.test('what is there lets a test go on, what is not skips it with the reason', async (t) => {
  const said: string[] = [];
  const fake = { plan: (count: number, comment = '') => void said.push(`${count} ${comment}`), fail: (text = '') => said.push(text) > 0 };
  t.equal(needs(fake, 'kernel>=2.6'), true);
  t.same(said, []);
  t.equal(needs(fake, 'kernel>=2.6', 'kernel>=99.0'), false);
  t.match(said, [/^0 needs kernel>=99\.0: this is Linux/]);
  t.equal(lacking('kernel>=2.6'), undefined);
  t.match(lacking('kernel>=2.6', 'kernel>=99.0' satisfies Feature), /kernel>=99\.0/);
});
