// What a portable program leaves open is filled in where it runs, or it is said what the machine has not.

import t from 'tap';
import { type OpenFacts, openValuesOf } from '../../../../lib/runtime/session/start-values.js';
import type { StartValueName } from '../../../../lib/model/layout/manifest.js';
import type { BinaryFacts } from '../../../../lib/model/target/target.js';

const machine: OpenFacts = {
  cpuCount: 3, pidNamespace: { device: 4n, inode: 5n }, procNamespace: undefined,
  kernelSymbol: (name) => ({ jiffies: 0xffff_0000n, hidden: 0n })[name],
  cgroupId: (path) => (path === '/here' ? 7n : undefined),
  binary: (path) => (path === '/bin/app' ? { inode: 77n } as BinaryFacts : undefined),
};

const named = (...names: StartValueName[]): Parameters<typeof openValuesOf>[1] => names.map((name, i) => ({ name, map: '.rodata', offset: i * 8, size: 8 }));

t.test('what the machine has', async (t) => {
  t.match(openValuesOf(machine, named('kaddr jiffies', 'cgroup /here', 'inode /bin/app', 'cpid'), { pid: 9 }), {
    'kaddr jiffies': 0xffff_0000n, 'cgroup /here': 7n, 'inode /bin/app': 77n, pid: 9n, by_cgroup: 0n, cpu_count: 3n, pid_ns_device: 4n, pid_ns_inode: 5n, proc_ns_device: 0n,
  });
});

const lacking: [name: StartValueName, said: string][] = [
  ['kaddr nothing', 'The program asks for the symbol nothing of the kernel (kaddr), which is not here'],
  ['kaddr hidden', 'The program asks for the symbol hidden of the kernel (kaddr), which is not here: addresses of the kernel are hidden'],
  ['cgroup /there', 'The program asks for the control group /there (cgroupid), which is not here'],
  ['inode /bin/other', 'The program asks for the file /bin/other (__builtin_elf_ino), which is not here'],
];
for (const [name, said] of lacking) {
  t.test(name, async (t) => {
    t.throws(() => openValuesOf(machine, named(name)), { code: 'ERR_ELSEWHERE', message: said });
  });
}
