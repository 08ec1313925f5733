// Libraries by name, on a machine made of folders.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { findBinary, noBinary } from '../../../../tools/probes/libraries.js';

const root = mkdtempSync(join(tmpdir(), 'tbpf-libraries-'));
t.teardown(() => rmSync(root, { recursive: true }));

function write(path: string, bytes: string | Uint8Array): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

const X86_64 = 62;
const ARM64 = 183;
const I386 = 3;
const [machine, other] = process.arch === 'arm64' ? [ARM64, X86_64] : [X86_64, ARM64];

/** The beginning of an ELF header. */
function elf(bits: 32 | 64, of: number): Uint8Array {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header[4] = bits / 32;
  header.writeUInt16LE(of, 18);
  return header;
}

write('etc/ld.so.conf', '# comment\ninclude /etc/ld.so.conf.d/*.conf\n');
write('etc/ld.so.conf.d/a.conf', '/opt/lib32\n/opt/lib\n');
write('opt/lib32/libz.so.1', elf(32, I386));
write('opt/lib/libz.so.1', elf(64, machine));
write('opt/lib/libz.so', 'GROUP ( libz.so.1 )');
for (const version of ['', '.9', '.10', '.10.2']) write(`opt/lib/libfoo.so${version}`, elf(64, machine));
write('opt/lib32/libfar.so.1', elf(64, other));
write('opt/lib/libfar.so.1', elf(64, machine));
write('opt/lib/libshort.so', '\x7fELF\x02');
write('usr/bin/tool', '#!/bin/sh\n');
write('proc/7/maps', '7f00-7f01 r-xp 00000000 08:01 5 /opt/lib/libfoo.so.9\n7f02-7f03 r-xp 00000000 08:01 6 /container/libfoo-2.so\n7f04-7f05 r-xp 00000000 08:01 6 /container/libbar.so\n');

for (const pid of [8, 9]) write(`proc/${pid}/maps`, '');
write('proc/9/root/usr/lib/libfoo.so.3', elf(64, machine));
write('proc/9/root/usr/lib/libonly.so.1', elf(64, machine));
write('proc/9/root/usr/bin/inside', '#!/bin/sh\n');
symlinkSync('../..', join(root, 'proc/8/root'));

const rows: [title: string, name: string, pid: number | undefined, want: string | undefined][] = [
  ['a library of 64 bits, not the one of 32 before it', 'z', undefined, '/opt/lib/libz.so.1'],
  ['a library for this machine', 'far', undefined, '/opt/lib/libfar.so.1'],
  ['the newest version: 10 is more than 9', 'foo', undefined, '/opt/lib/libfoo.so.10.2'],
  ['what the process has mapped', 'foo', 7, '/opt/lib/libfoo.so.9'],
  ['a file that only the process sees', 'bar', 7, '/proc/7/root/container/libbar.so'],
  ['a library of a process in our root', 'foo', 8, '/opt/lib/libfoo.so.10.2'],
  ['a library of a container, not the newer one of the machine', 'foo', 9, '/proc/9/root/usr/lib/libfoo.so.3'],
  ['a library that only the machine has', 'z', 9, undefined],
  ['a program of a container', 'inside', 9, '/proc/9/root/usr/bin/inside'],
  ['a process that is gone', 'z', 10, '/opt/lib/libz.so.1'],
  ['a program of PATH', 'tool', undefined, '/usr/bin/tool'],
  ['a file that ends within the header', 'short', undefined, undefined],
  ['a path', './x', undefined, './x'],
  ['nothing', 'none', undefined, undefined],
];
for (const [title, name, pid, want] of rows) t.test(title, async (t) => { t.equal(findBinary(name, pid, { root, path: '/bin:/usr/bin' }), want); });

t.test('what has a similar name', async (t) => {
  t.equal(noBinary('fo', undefined, { root }), 'unable to find library fo; there are foo');
  t.equal(noBinary('none', undefined, { root }), 'unable to find library none');
  t.equal(noBinary('on', 9, { root }), 'unable to find library on; there are only');
  t.equal(noBinary('far', 9, { root }), 'unable to find library far');
});
