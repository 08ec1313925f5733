// Damaged notes of USDT probes: 20,000 seeded mutations of a note section go through the reader of files and the reader of arguments.

import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dice } from '../../helpers/dice.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';
import { parseUsdtArguments } from '../../../lib/language/probes/usdt-arguments.js';
import { TbpfError } from '../../../lib/model/diagnostics/errors.js';
import { ElfBinary } from '../../../lib/runtime/discover/user/elf-binary.js';
import { loadNative } from '../../../lib/runtime/native/index.js';

const MUTATIONS = 20_000;
/** the section and its strings; a reader that believed a damaged length would take gigabytes */
const MOST_GROWTH_KB = 128 << 10;
/** of the processor, for all mutations of a fixture: a second where the machine is fast; a reader that goes round in a circle never ends */
const MOST_US = 20_000_000;

const probes: readonly (readonly [provider: string, name: string, args: string])[] = [
  ['app', 'plain', ''],
  ['app', 'mark', '-4@%edi 8@-16(%rbp) 4@$7'],
  ['app', 'symbols', '8@counter+8(%rip) 1@%al 2@%ax -8@0x10(%rax,%rbx,8) 8f@%xmm0'],
  ['libapp', 'arm', '-4@w0 8@[sp, 16] 8@[x0, w1, sxtw 2] 4@7'],
  ['libapp', 'gc__start', `${'8@%rdi '.repeat(12)}`],
];

/** Places in the file of what mutations change. */
interface Fixture {
  readonly bytes: Buffer;
  /** of the note section */
  readonly at: number;
  readonly size: number;
  /** of its section header's size */
  readonly sizeAt: number;
}

/** A shared library of one segment with the notes, as the assembler writes them. */
function fixture({ wide, little }: { readonly wide: boolean; readonly little: boolean }): Fixture {
  const word = (value: number, bytes = 4): Buffer => {
    const out = Buffer.alloc(bytes);
    if (little) out.writeUIntLE(value, 0, Math.min(bytes, 6));
    else out.writeUIntBE(value, Math.max(bytes - 6, 0), Math.min(bytes, 6));
    return out;
  };
  const address = (value: number): Buffer => word(value, wide ? 8 : 4);
  const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const notes = Buffer.concat(probes.map(([provider, name, args], index) => {
    const description = Buffer.concat([address(0x100 + index), address(0x200), address(index === 1 ? 0x210 : 0), Buffer.from(`${provider}\0${name}\0${args}\0`)]);
    return Buffer.concat([word(8), word(description.length), word(3), Buffer.from('stapsdt\0'), padded(description)]);
  }));
  const names = Buffer.from('\0.note.stapsdt\0.stapsdt.base\0.shstrtab\0');
  const headerBytes = wide ? 64 : 52;
  const programHeaderBytes = wide ? 56 : 32;
  const at = headerBytes + programHeaderBytes;
  const namesAt = at + notes.length;
  const sectionsAt = (namesAt + names.length + 7) & ~7;
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, 0]), Buffer.alloc(8), word(3, 2), word(wide ? 62 : 3, 2), word(1), address(0), address(headerBytes), address(sectionsAt), word(0),
    ...[headerBytes, programHeaderBytes, 1, wide ? 64 : 40, 4, 3].map((value) => word(value, 2)),
  ]);
  const flags = word(5);
  const segment = Buffer.concat([word(1), ...(wide ? [flags] : []), address(0), address(0), address(0), address(0x1000), address(0x1000), ...(wide ? [] : [flags]), address(0x1000)]);
  const section = (name: string, type: number, place: number, from: number, size: number): Buffer => (
    Buffer.concat([word(name === '' ? 0 : names.indexOf(`${name}\0`)), word(type), address(0), address(place), address(from), address(size), word(0), word(0), address(4), address(0)]));
  const sections = [section('', 0, 0, 0, 0), section('.note.stapsdt', 7, 0, at, notes.length), section('.stapsdt.base', 1, 0x200, 0x200, 1), section('.shstrtab', 3, 0, namesAt, names.length)];
  const bytes = Buffer.concat([header, segment, notes, names, Buffer.alloc(sectionsAt - namesAt - names.length), ...sections]);
  return { bytes: Buffer.concat([bytes, Buffer.alloc(Math.max(0x1000 - bytes.length, 0))]), at, size: notes.length, sizeAt: sectionsAt + sections[0]!.length + (wide ? 32 : 20) };
}

const odd = [0, 1, 3, 4, 7, 8, 0x7fffffff, 0x80000000, 0xfffffff8, 0xfffffffc, 0xffffffff];

/** Changes a section in one of the ways that files are damaged. */
function damage(notes: Buffer, random: (below: number) => number): void {
  const from = random(notes.length);
  switch (random(5)) {
    case 0: notes[from] = random(256); return;
    case 1: notes.writeUInt32LE(odd[random(odd.length)]!, (from & ~3) % (notes.length - 3)); return;
    case 2: notes.subarray(from, from + random(64)).fill(0); return;
    case 3: notes.copy(notes, random(notes.length), from, from + random(128)); return;
    default: notes.write('@%$()[],-+ fx0'[random(14)]!, from);
  }
}

for (const [title, how] of Object.entries({ '64 bits': { wide: true, little: true }, '32 bits': { wide: false, little: true }, 'of another byte order': { wide: true, little: false } })) {
  const native = loadNative();

  t.test(`${title}: the fixture is whole`, onThisMachine(), async (t) => {
    const { bytes } = fixture(how);
    const path = join(t.testdir({ whole: bytes }), 'whole');
    t.strictSame(new ElfBinary(path, () => native).usdtNotes().map((note) => [note.provider, note.name, note.arguments]), probes);
    t.strictSame(new ElfBinary(path, () => native).usdtNotes().map((note) => [note.address, note.semaphoreAddress]), probes.map((_, index) => [0x100 + index, index === 1 ? 0x210 : 0]));
  });

  t.test(`${title}: damaged`, onThisMachine(), async (t) => {
    const { bytes, at, size, sizeAt } = fixture(how);
    const path = join(t.testdir({ damaged: bytes }), 'damaged');
    const file = openSync(path, 'r+');
    t.teardown(() => closeSync(file));
    const random = dice(size).below;
    const before = process.resourceUsage().maxRSS;
    const found = new Map<number, number>();
    let wrong = 0;
    const { user: userBefore } = process.cpuUsage();
    for (let i = 0; i < MUTATIONS / 3; i++) {
      const whole = Buffer.from(bytes);
      const notes = whole.subarray(at, at + size);
      for (let changes = 1 + random(4); changes > 0; changes--) damage(notes, random);
      // now and then the section ends elsewhere: within a note, or behind the file
      if (random(8) === 0) whole.writeUInt32LE(random(2) === 0 ? random(size) : odd[random(odd.length)]!, sizeAt);
      writeSync(file, whole, 0, whole.length, 0);
      const owners = whole.toString('latin1').split('stapsdt\0').length - 1;
      try {
        const read = new ElfBinary(path, () => native).usdtNotes();
        found.set(read.length, (found.get(read.length) ?? 0) + 1);
        for (const note of read) {
          for (const arch of ['x86_64', 'arm64'] as const) parseUsdtArguments(note.arguments, arch);
          if (note.provider === '' || note.name === '' || note.arguments.length > whole.length) wrong++;
        }
        if (read.length > owners) wrong++;
      } catch (error) {
        if (!(error instanceof TbpfError) || !error.message.includes(path)) throw error;
        found.set(-1, (found.get(-1) ?? 0) + 1);
      }
    }
    t.equal(wrong, 0, 'no note without a name, none that the section has no bytes for');
    t.ok((found.get(0) ?? 0) + (found.get(-1) ?? 0) > 0 && (found.get(probes.length) ?? 0) > 0 && found.size > 3, `damage shows in how many probes are found: ${JSON.stringify([...found])}`);
    const { user } = process.cpuUsage();
    t.ok(user - userBefore < MOST_US, `${Math.round((user - userBefore) / 1000)} ms`);
    t.ok(process.resourceUsage().maxRSS - before < MOST_GROWTH_KB, 'memory is bounded');
  });
}
