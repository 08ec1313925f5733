// Numbers by name and errors by number.

import t from 'tap';
import { constantNamed, errorName } from '../../../../tools/shared/constants.js';

const numbers: [name: string, number: number | undefined][] = [
  ['ENOENT', 2], ['EUCLEAN', 117], ['SIGKILL', 9], ['S_IFREG', 0o100000], ['O_CREAT', 0o100], ['O_CLOEXEC', 0o2000000], ['O_PATH', 0o10000000], ['O_ASYNC', 0o20000], ['O_ACCMODE', 3],
  ['O_LARGEFILE', process.arch === 'arm64' ? 0o400000 : 0o100000], ['AT_FDCWD', -100], ['NULL', 0], ['AF_INET6', undefined], ['O_NOPE', undefined], ['toString', undefined],
];
for (const [name, number] of numbers) t.test(name, async (t) => { t.equal(constantNamed(name), number); });

const errors: [number: number | bigint, name: string | undefined][] = [
  [2, 'ENOENT'], [-2n, 'ENOENT'], [11, 'EAGAIN'], [116, 'ESTALE'], [117, 'EUCLEAN'], [123, 'ENOMEDIUM'], [133, 'EHWPOISON'], [0, undefined], [41, undefined], [134, undefined],
];
for (const [number, name] of errors) t.test(`error ${number}`, async (t) => { t.equal(errorName(number), name); });
