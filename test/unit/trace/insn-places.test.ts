// Places of instructions: functions stand behind a program as libbpf appends them, and only those that the program reaches.

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { slotCount } from '../../../lib/model/bpf/insn.js';
import { Source, textOf } from '../../../lib/model/source/source.js';
import { insnPlaces, spanOfInsn } from '../../../lib/trace/insn-places.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';

t.test('a second program with a loop of its own', async (t) => {
  const script = 'fn f($n : int64) : int64 { return $n * 7; } begin { for $i : 0..3 { print($i); } } end { print(f(1)); for $j : 0..4 { print(f($j)); } }';
  const { object } = compile(new Source('stdin', script), new FixtureTarget()).output!;
  const places = insnPlaces(object);
  const end = object.programs[1]!;
  const slots = (insns: typeof end.insns): number => insns.reduce((sum, insn) => sum + slotCount(insn), 0);
  const [f] = object.subprograms.filter(({ name }) => name.startsWith('fn_f'));
  const first = slots(end.insns);
  // f is called before the loop is, so that it stands first
  const textsAt = (from: number, count: number): Set<string> => new Set(Array.from({ length: count }, (_, i) => textOf(spanOfInsn(places, end.name, from + i)!)));
  t.ok([...textsAt(first, slots(f!.insns))].some((text) => text.includes('$n * 7')), 'f');
  const loop = textsAt(first + slots(f!.insns), 10);
  t.ok([...loop].some((text) => text.includes('$j') || text.includes('f(')), [...loop].join('|'));
  t.notOk([...loop].some((text) => text.includes('$i')), 'nothing of the other program\'s loop');
});
