import t from 'tap';
import type { Arch } from '../../../../lib/model/target/target.js';
import { syscallName, syscallNumber } from '../../../../lib/model/target/syscalls.js';

const numbers: [arch: Arch, name: string, want: number | undefined][] = [
  ['x86_64', 'read', 0],
  ['x86_64', 'openat', 257],
  ['x86_64', 'newfstat', 5],
  ['x86_64', 'umount', 166],
  ['x86_64', 'uprobe', 336],
  ['x86_64', 'mseal', 462],
  ['x86_64', 'no_such_call', undefined],
  ['x86_64', 'constructor', undefined],
  ['arm64', 'read', 63],
  ['arm64', 'openat', 56],
  ['arm64', 'newfstat', 80],
  ['arm64', 'fcntl', 25],
  ['arm64', 'uprobe', undefined],
  ['arm64', 'open', undefined],
];
for (const [arch, name, want] of numbers) t.test(`${arch}: ${name} is ${want}`, async (t) => { t.equal(syscallNumber(arch, name), want); });

const names: [arch: Arch, number: number, want: string | undefined][] = [
  ['x86_64', 0, 'read'],
  ['x86_64', 5, 'fstat'],
  ['x86_64', 451, 'cachestat'],
  ['x86_64', 9999, undefined],
  ['arm64', 64, 'write'],
  ['arm64', 79, 'newfstatat'],
];
for (const [arch, number, want] of names) t.test(`${arch}: ${number} is ${want}`, async (t) => { t.equal(syscallName(arch, number), want); });
