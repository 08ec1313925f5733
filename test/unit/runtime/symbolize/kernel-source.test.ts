import t from 'tap';
import { KernelSource } from '../../../../lib/runtime/symbolize/kernel-source.js';
import { kallsyms } from './tables.js';

const K = 0xffffffff81000000n;
const table = kallsyms([
  [0n, 'A', 'fixed_percpu_data'],
  [0x1000n, 'A', 'cpu_debug_store'],
  [K, 'T', '_stext'],
  [K + 0x100n, 't', '__se_sys_getpid'],
  [K + 0x100n, 'W', 'weak_getpid'],
  [K + 0x100n, 'T', '__x64_sys_getpid'],
  [K + 0x200n, 'd', 'some_data'],
  [K + 0x200n, 't', 'local_code'],
  [K + 0x300n, 'D', 'jiffies'],
  [0xffffffffc0000000n, 't', 'ext4_readdir', 'ext4'],
]);

const cases: [address: bigint, want: { name: string; offset: bigint; module: string } | undefined][] = [
  [K, { name: '_stext', offset: 0n, module: '' }],
  [K + 0xffn, { name: '_stext', offset: 0xffn, module: '' }],
  [K + 0x105n, { name: '__x64_sys_getpid', offset: 5n, module: '' }],
  [K + 0x201n, { name: 'local_code', offset: 1n, module: '' }],
  [K + 0x304n, { name: 'jiffies', offset: 4n, module: '' }],
  [K + 0x2000000n, undefined],
  [0xffffffffc0000010n, { name: 'ext4_readdir', offset: 0x10n, module: 'ext4' }],
  [K - 1n, undefined],
  [0x1004n, undefined],
  [0n, undefined],
];
for (const [address, want] of cases) {
  t.test(`0x${address.toString(16)} is ${want?.name ?? 'unknown'}`, async (t) => {
    t.strictSame(new KernelSource(() => table, () => t.fail('warned')).find(address), want);
  });
}

t.test('hidden addresses are complained about once', async (t) => {
  const warnings: string[] = [];
  const source = new KernelSource(() => kallsyms([[0n, 'T', 'vfs_read'], [0n, 'T', 'vfs_write']], true), (text) => warnings.push(text));
  t.equal(source.find(K), undefined);
  t.equal(source.find(K + 1n), undefined);
  t.equal(warnings.length, 1);
  t.match(warnings[0], /CAP_SYSLOG/);
});

t.test('nothing is read before the first address', async (t) => {
  new KernelSource(() => { throw new Error('read'); }, () => undefined);
  t.pass('constructed');
});
