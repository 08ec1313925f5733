import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { isModuleLoaded, KernelSymbols } from '../../../../lib/runtime/discover/kernel/kernel-symbols.js';
import type { Kallsyms } from '../../../../lib/runtime/native/types.js';
import { kallsyms } from '../symbolize/tables.js';

const path = 'test/fixtures/kallsyms/kallsyms';
const noTable = (): Kallsyms => { throw new Error('the table was read'); };

/** The fixture as the addon would give it. */
function readTable(restricted = false): Kallsyms {
  const rows = readFileSync(path, 'latin1').trim().split('\n').map((line): [bigint, string, string, string?] => {
    const [, address, type, name, module] = /^(\S+) (\S) (\S+)(?:\t\[(\w+)\])?$/.exec(line)!;
    return [restricted ? 0n : BigInt(`0x${address}`), type!, name!, module];
  });
  return kallsyms(rows, restricted);
}

const addresses: [name: string, want: bigint | undefined][] = [
  ['_stext', 0xffffffff81000000n],
  ['startup_64', 0xffffffff81000000n],
  ['vfs_read', 0xffffffff81000100n],
  ['vfs_readv', 0xffffffff81000180n],
  ['local_one', 0xffffffff81000200n],
  ['readdir', 0xffffffffc0000000n],
  ['last_one', 0xffffffffc0000100n],
  ['vfs_', undefined],
  ['read', undefined],
  ['T', undefined],
  ['ext4', undefined],
  ['fixed_percpu_data', undefined],
];
for (const [name, want] of addresses) {
  t.test(`${name} is at ${want === undefined ? 'no address' : `0x${want.toString(16)}`}`, async (t) => {
    t.equal(new KernelSymbols(noTable, path).address(name), want, 'in the file');
    const loaded = new KernelSymbols(() => readTable(), path);
    t.ok(loaded.table.count > 0);
    t.equal(loaded.address(name), want, 'in the table');
  });
}

const sizes: [name: string, want: number | undefined][] = [
  ['_stext', 0x100],
  ['startup_64', 0x100],
  ['vfs_read', 0x80],
  ['jiffies', undefined],
  ['readdir', 0x80],
  ['last_one', undefined],
  ['nothing', undefined],
];
for (const [name, want] of sizes) t.test(`${name} has ${want ?? 'no known'} bytes`, async (t) => { t.equal(new KernelSymbols(() => readTable(), path).functionSize(name), want); });

t.test('many look-ups give what one gives', async (t) => {
  const symbols = new KernelSymbols(() => readTable(), path);
  for (let i = 0; i < 40; i++) for (const [name, want] of sizes) if (symbols.functionSize(name) !== want) t.fail(`${name} in round ${i}`);
  t.pass('40 rounds');
});

t.test('hidden addresses are none', async (t) => {
  const symbols = new KernelSymbols(() => readTable(true), path);
  t.ok(symbols.table.restricted);
  t.equal(symbols.address('vfs_read'), undefined);
  t.equal(symbols.functionSize('vfs_read'), undefined);
});

t.test('a name at any place of a large file is found', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const large = join(folder, 'kallsyms');
  const lines = Array.from({ length: 8000 }, (_, i) => `${(0xffffffff81000000n + BigInt(i * 16)).toString(16)} t function_number_${i}${i % 3 === 0 ? '\t[module]' : ''}`);
  writeFileSync(large, lines.join('\n') + '\n');
  const wrong = Array.from({ length: 8000 / 50 }, (_, i) => i * 50).filter((i) => new KernelSymbols(noTable, large).address(`function_number_${i}`) !== 0xffffffff81000000n + BigInt(i * 16));
  t.strictSame(wrong, []);
});

t.test('modules', async (t) => {
  t.ok(isModuleLoaded('vmlinux'));
  t.notOk(isModuleLoaded('no_such_module'));
  t.notOk(isModuleLoaded('../etc'));
});
