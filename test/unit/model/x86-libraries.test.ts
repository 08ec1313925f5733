// Where instructions begin in all functions of large libraries: as objdump takes them apart.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { instructionBytes } from '../../../lib/model/target/x86-instructions.js';
import { runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

/** Addresses of the instructions in a file. */
function disassemble(path: string): Map<number, string> {
  const text = execFileSync('objdump', ['-d', '-w', path], { maxBuffer: 2 ** 29, encoding: 'latin1' });
  const instructions = new Map<number, string>();
  for (const [, at, hex, name] of text.matchAll(/^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*(.*)$/gm)) {
    const address = parseInt(at!, 16);
    instructions.set(address, name!);
    // fwait is an instruction; objdump writes it as one with what follows
    if (hex!.startsWith('9b ')) instructions.set(address + 1, name!);
  }
  return instructions;
}

for (const library of ['libc.so.6', 'libm.so.6', 'libstdc++.so.6']) {
  t.test(`all of ${library}`, async (t) => {
    if (process.arch !== 'x64') return t.plan(0, 'its libraries are of another architecture');
    if (!needs(t, 'objdump')) return;
    const binary = runningMachine().binary(library);
    if (binary === undefined) return t.plan(0, 'it is not installed');
    const code = readFileSync(binary.path);
    const instructions = disassemble(binary.path);
    let [functions, unknown] = [0, 0];
    for (const { name, address, fileOffset, size } of binary.matchFunctions('*')) {
      const body = code.subarray(Number(fileOffset), Number(fileOffset) + size);
      const expected = Array.from({ length: size }, (_, offset) => offset).filter((offset) => instructions.has(Number(address) + offset));
      const found: number[] = [];
      let bytes: number | undefined;
      for (let at = 0; at < size; at += bytes) {
        bytes = instructionBytes(body, at);
        found.push(at);
        if (bytes === undefined) break;
      }
      functions++;
      if (size > 0 && bytes === undefined) unknown++;
      else if (found.join() !== expected.join()) t.fail(`${name} at ${address.toString(16)}: ${found.find((at, i) => at !== expected[i])}`);
    }
    t.ok(functions > 100, `${functions} functions`);
    t.ok(unknown * 100 < functions, `${unknown} beyond it`);
  });
}
