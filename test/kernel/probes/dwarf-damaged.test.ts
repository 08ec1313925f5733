// Debug information that is damaged or made up: whatever is wrong with it is an error that names the file, and takes no time.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { DebugInfo } from '../../../lib/model/dwarf/debug-info.js';
import { sourceOf } from '../../../lib/model/dwarf/sections.js';
import { TbpfError } from '../../../lib/model/diagnostics/errors.js';
import { elfSection } from '../../../lib/model/target/elf.js';
import { DwarfTypes } from '../../../lib/language/dwarf-types.js';
import { describeUserFunction } from '../../../lib/language/user-functions.js';
import { flatMembers } from '../../../lib/model/types/types.js';
import { RunningTarget } from '../../../lib/runtime/discover/index.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';
import { DwarfProgram } from './dwarf-program.js';

const names = ['info', 'abbrev', 'str', 'line', 'line_str', 'aranges', 'rnglists', 'ranges', 'addr', 'str_offsets'];
const MUTATIONS = 1500;
const MOST_MS = 2000;

/** Numbers that are the same each time (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value ^= value + Math.imul(value ^ (value >>> 7), 61 | value);
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

/** Asks for everything that a script can ask for. */
function readAll(info: DebugInfo, addresses: readonly number[]): void {
  const types = DwarfTypes.of(info);
  for (const address of addresses) {
    const found = info.functionAt(address);
    if (found) describeUserFunction(found, types, 'x86_64');
  }
  const source = types.names(addresses.slice(0, 1));
  for (const name of ['node', 'local', 'missing']) {
    const struct = source.struct(name);
    if (struct) flatMembers(struct);
  }
  source.constant('GREEN');
  source.named('ticks_t');
  info.placesOf('other.c', 7);
}

for (const [compiler, version] of [['gcc', '-gdwarf-5'], ['gcc', '-gdwarf-4'], ['clang', '-gdwarf-5']] as const) {
  t.test(`${compiler} ${version}`, onThisMachine(), async (t) => {
    if (!needs(t, 'gcc', compiler)) return;
    const program = new DwarfProgram(compiler, ['-O1', version]);
    t.teardown(() => program.close());
    const file = readFileSync(program.path);
    const binary = new RunningTarget({ native: loadNative }).binary(program.path)!;
    const addresses = ['plain', 'mixed', 'hidden', 'local'].map((name) => Number(binary.findFunctions(name)[0]!.address));
    const whole = new Map(names.flatMap((name) => {
      const bytes = elfSection(file, `.debug_${name}`);
      return bytes === undefined ? [] : [[name, bytes] as const];
    }));
    const open = (sections: ReadonlyMap<string, Uint8Array>): DebugInfo => new DebugInfo({
      path: program.path, supplement: () => undefined, split: () => ({ lookedFor: [] }),
      section(name) {
        const bytes = sections.get(name);
        return bytes && sourceOf(bytes);
      },
    });
    const sound = open(whole);
    readAll(sound, addresses);
    t.equal(sound.functionAt(addresses[0]!)?.name, 'plain');
    const next = numbers(version.length);
    let refused = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const sections = new Map(whole);
      const name = [...whole.keys()][next(whole.size)]!;
      const bytes = Uint8Array.from(whole.get(name)!);
      for (let changes = 1 + next(4); changes > 0; changes--) bytes[next(bytes.length)] = next(3) === 0 ? 0xff : next(256);
      sections.set(name, next(10) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes);
      const began = performance.now();
      try {
        readAll(open(sections), addresses);
      } catch (error) {
        refused++;
        if (!(error instanceof TbpfError) || !error.message.includes(program.path)) t.fail(`change ${i} of .debug_${name}: ${(error as Error).stack}`);
      }
      const took = performance.now() - began;
      if (took > MOST_MS) t.fail(`change ${i} of .debug_${name} took ${took} ms`);
    }
    t.ok(refused > 0 && refused < MUTATIONS, `${refused} of ${MUTATIONS} are refused`);
  });
}
