// The file of a compiled script: what is written is read back, and what does not fit together is refused in words.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { asCommand, decodeProgramFile, isProgramFile } from '../../../lib/api/program-file.js';
import { compile } from '../../../lib/compiler.js';
import { crc32 } from '../../../lib/model/bytes/crc.js';
import { TbpfError } from '../../../lib/model/diagnostics/errors.js';
import { simulate } from '../../../lib/simulate.js';
import { dice as diceOf } from '../../helpers/dice.js';

const script = `begin { printf("%d %s\\n", $1, str($2)); @[comm, pid] = count(); @h = hist(nsecs); }
interval:s:1 { print(@); @stack[kstack] = sum($#); }
profile:hz:99 /pid == $1/ { @max = max(getopt("most", 3)); exit(); }`;
const program = compile(script, { portable: true, name: 'name.bt' });
const bytes = program.toBytes();
const LENGTHS = 16;

/** A change that the checksum does not show. */
function signed(changed: Uint8Array): Uint8Array {
  new DataView(changed.buffer, changed.byteOffset).setUint32(12, crc32(changed.subarray(LENGTHS)), true);
  return changed;
}

t.test('a file that is a command is the same program', async (t) => {
  const executable = asCommand(bytes);
  t.match(new TextDecoder().decode(executable.subarray(0, 40)), /^#!\/usr\/bin\/env -S tbpf run\n/);
  t.ok(isProgramFile(executable));
  t.same(decodeProgramFile(executable, 'x').elf, program.elf);
  t.notOk(isProgramFile(executable.subarray(0, 27)), 'the line alone is none');
});

t.test('what is written is read back', async (t) => {
  t.ok(isProgramFile(bytes));
  t.notOk(isProgramFile(new TextEncoder().encode(script)));
  const file = decodeProgramFile(bytes, 'x.tbpf');
  t.same(file.elf, program.elf);
  t.equal(file.manifest, program.manifest);
  t.same(file.places.sources.map(({ name, text }) => [name, text]), [['name.bt', script]]);
  t.ok([...file.places.byProgram.keys()].includes('begin_1'));
  t.same(compile(script, { portable: true, name: 'name.bt' }).toBytes(), bytes, 'the same script gives the same bytes');
});

t.test('a program of elf and manifest alone has no script to write', async (t) => {
  t.equal(simulate({ elf: program.elf, manifest: program.manifest }).begin.length, 1);
  t.equal(simulate(bytes).begin.length, 1, 'simulate() takes the bytes, too');
});

const withVersion = (version: number): Uint8Array => {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint32(8, version, true);
  return changed;
};
const withByte = (at: number): Uint8Array => {
  const changed = bytes.slice();
  changed[at]! ^= 0x10;
  return changed;
};

const refused: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ['nothing', new Uint8Array(0), /^x\.tbpf is no compiled script$/],
  ['a script', new TextEncoder().encode(script), /^x\.tbpf is no compiled script$/],
  ['line ends that a transfer changed', Uint8Array.from([...bytes.subarray(0, 5), 0x0a, ...bytes.subarray(7)]), /^x\.tbpf is no compiled script$/],
  ['a newer format', withVersion(2), /^x\.tbpf was built by a newer tbpf: its format is 2, this tbpf reads 1$/],
  ['an older format', withVersion(0), /^x\.tbpf was built by an older tbpf: its format is 0, this tbpf reads 1$/],
  ['a header that ends', bytes.subarray(0, 20), /^x\.tbpf is cut short: it has 20 of 28 bytes$/],
  ['an end that is missing', bytes.subarray(0, bytes.length - 1), new RegExp(`^x\\.tbpf is cut short: it has ${bytes.length - 1} of ${bytes.length} bytes$`)],
  ['more than there was', Uint8Array.from([...bytes, 1, 2]), /^x\.tbpf is damaged: 2 bytes too many are at its end$/],
  ['another checksum', withByte(13), /^x\.tbpf is damaged: its checksum does not fit$/],
  ['another byte', withByte(bytes.length >> 1), /^x\.tbpf is damaged: its checksum does not fit$/],
];

t.test('what is refused', async (t) => {
  for (const [what, given, message] of refused) t.throws(() => decodeProgramFile(given, 'x.tbpf'), { code: 'ERR_PROGRAM_FILE', message }, what);
});

/** A file whose manifest was changed by who knows the format. */
function withManifest(change: (manifest: Record<string, unknown>) => unknown): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [object, manifest] = [view.getUint32(16, true), view.getUint32(20, true)];
  const at = 28 + object;
  const changed = new TextEncoder().encode(JSON.stringify(change(JSON.parse(new TextDecoder().decode(bytes.subarray(at, at + manifest))) as Record<string, unknown>)));
  const out = Uint8Array.from([...bytes.subarray(0, at), ...changed, ...bytes.subarray(at + manifest)]);
  new DataView(out.buffer).setUint32(20, changed.length, true);
  return signed(out);
}

const manifests: [problem: string, change: Parameters<typeof withManifest>[0]][] = [
  ['content', () => []],
  ['version', (m) => ({ ...m, version: 2 })],
  ['programs', (m) => ({ ...m, programs: {} })],
  ['programs[0].attach.kind', (m) => ({ ...m, programs: [{ ...(m['programs'] as object[])[0], attach: { kind: 'toString' } }] })],
  ['programs[0].attach.symbols[1]', (m) => ({ ...m, programs: [{ ...(m['programs'] as object[])[0], attach: { kind: 'kprobe_multi', symbols: ['a', 1], return: false } }] })],
  ['maps[0].value.kind', (m) => ({ ...m, maps: [{ ...(m['maps'] as object[])[0], value: {} }] })],
  ['startValues[0].size', (m) => ({ ...m, startValues: [{ name: 'pid', map: '.rodata', offset: 0, size: -1 }] })],
];

t.test('a manifest that fits its checksum and is none', async (t) => {
  t.doesNotThrow(() => decodeProgramFile(withManifest((m) => m), 'x.tbpf'));
  for (const [problem, change] of manifests) {
    t.throws(() => decodeProgramFile(withManifest(change), 'x.tbpf'), { code: 'ERR_PROGRAM_FILE', message: `x.tbpf is damaged: its manifest has no ${problem} as it should be` }, problem);
  }
});

t.test('2,000 files with errors in them, half of them with the right checksum', async (t) => {
  const dice = diceOf(1);
  let refusals = 0;
  let strange: unknown;
  for (let i = 0; i < 2000; i++) {
    const changed = bytes.slice(0, dice.below(5) === 0 ? dice.below(bytes.length) : bytes.length);
    for (let n = dice.below(4); n >= 0 && changed.length > 28; n--) changed[dice.below(changed.length)] = dice.below(256);
    try {
      decodeProgramFile(i % 2 === 0 || changed.length < 28 ? changed : signed(changed), 'x.tbpf');
    } catch (error) {
      refusals++;
      if (!(error instanceof TbpfError) || error.code !== 'ERR_PROGRAM_FILE') strange = error;
    }
  }
  t.equal(strange, undefined, 'every refusal is in words');
  t.ok(refusals > 1200, `${refusals} are refused`);
});

t.test('a file of each version of the format still runs', async (t) => {
  const old = readFileSync(fileURLToPath(new URL('../../fixtures/compiled/version-1.tbpf', import.meta.url)));
  t.match(simulate(old, { comm: 'sim', pid: 7 }).begin, [{ text: '0 \n' }], 'who changes what a manifest or its bytes mean raises VERSION of lib/api/program-file.ts');
});
