// Every order of parallel moves is run on a small machine and compared with moving all at once.

import t from 'tap';
import { formatMove, type Location, type Move, sequenceMoves, SPILL } from '../../../../lib/compiler/codegen/moves.js';
import { Random } from '../../../random/ir-generator.js';

const reg = (to: Location, from: Location): Move => ({ to, from: { kind: 'reg', reg: from } });
const spill = (n: number): Location => SPILL + n;

function sequence(moves: readonly Move[], free: readonly number[]): string[] {
  const freeRegisters = free.reduce((mask, r) => mask | (1 << r), 0);
  return sequenceMoves(moves, { freeRegisters, slot: (n) => spill(90 + n) }).map(formatMove);
}

const cases: [title: string, moves: Move[], free: number[], wanted: string[]][] = [
  ['nothing to do', [reg(1, 1)], [], []],
  ['a chain goes from its end', [reg(1, 2), reg(2, 3)], [], ['r1 <- r2', 'r2 <- r3']],
  ['the same chain the other way round', [reg(2, 3), reg(1, 2)], [], ['r1 <- r2', 'r2 <- r3']],
  ['a swap with a free register', [reg(1, 2), reg(2, 1)], [0], ['r0 <- r1', 'r1 <- r2', 'r2 <- r0']],
  ['a swap with none', [reg(1, 2), reg(2, 1)], [], ['spill90 <- r1', 'r1 <- r2', 'r2 <- spill90']],
  ['constants wait for readers', [{ to: 1, from: { kind: 'imm', imm: 5n } }, reg(2, 1)], [], ['r2 <- r1', 'r1 <- 5']],
  ['from slot to slot by a free register', [reg(spill(0), spill(1))], [3], ['r3 <- spill1', 'spill0 <- r3']],
  ['from slot to slot with none', [reg(spill(0), spill(1))], [], ['spill91 <- r9', 'r9 <- spill1', 'spill0 <- r9', 'r9 <- spill91']],
  ['a small constant goes straight to a slot', [{ to: spill(0), from: { kind: 'imm', imm: -1n } }], [], ['spill0 <- -1']],
  ['a big one by a register', [{ to: spill(0), from: { kind: 'imm', imm: 1n << 40n } }], [2], ['r2 <- 1099511627776', 'spill0 <- r2']],
  ['an address of a spilled pointer', [{ to: 2, from: { kind: 'address', reg: spill(3), offset: 8 } }], [], ['r2 <- spill3', 'r2 <- r2 + 8']],
];
for (const [title, moves, free, wanted] of cases) t.test(title, async (t) => t.same(sequence(moves, free), wanted));

t.test('random moves give what moving at once gives', async (t) => {
  const random = new Random(5);
  const places: Location[] = [0, 1, 2, 3, 4, spill(0), spill(1), spill(2), 9, 8];
  for (let n = 0; n < 3000; n++) {
    const targets = places.filter(() => random.chance(60));
    const moves = targets.map((to) => reg(to, random.pick(places)));
    const free = [5, 6].filter(() => random.chance(40));
    const before = new Map(places.map((place) => [place, `old ${place}`]));
    const wanted = new Map(before);
    for (const { to, from } of moves) wanted.set(to, before.get((from as { reg: number }).reg)!);
    const state = new Map(before);
    for (const { to, from } of sequenceMoves(moves, { freeRegisters: free.reduce((m, r) => m | (1 << r), 0), slot: (i) => spill(90 + i) })) {
      if (from.kind !== 'reg') throw new Error('only registers here');
      if (to >= SPILL && from.reg >= SPILL) t.fail('memory to memory');
      state.set(to, state.get(from.reg)!);
    }
    const same = places.every((place) => state.get(place) === wanted.get(place));
    if (!same) {
      t.fail(moves.map(formatMove).join(', '));
      return;
    }
  }
  t.pass('3000 sets of moves');
});
