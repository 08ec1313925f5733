// What generate() promises about the programs it makes, apart from the instructions, which golden files show.

import t from 'tap';
import { generate } from '../../../../lib/compiler/codegen/index.js';
import { encodeInsns } from '../../../../lib/model/bpf/insn.js';
import { IrBuilder } from '../../../../lib/model/ir/builder.js';
import { Func, pointer, u64 } from '../../../../lib/model/ir/ir.js';
import { parseModule } from '../../../../lib/model/ir/text.js';
import { Source } from '../../../../lib/model/source/source.js';
import { randomModule } from '../../../random/ir-generator.js';

t.test('programs and subprograms are told apart, with sections and argument counts', async (t) => {
  const { programs, subprograms } = generate(randomModule(1, { size: 5, variables: 2 }));
  t.match(programs, [{ name: 'main', section: 'raw_tp', argumentCount: 1 }]);
  t.match(subprograms, [{ name: 'mix', argumentCount: 5 }]);
});

t.test('every instruction has the span of the value it comes from', async (t) => {
  const source = new Source('stdin', 'pid + arg0');
  const func = new Func('p', 'program', 'raw_tp');
  const b = new IrBuilder(func);
  const context = b.parameter(pointer('ctx'));
  b.span = source.span(0, 3);
  const pid = b.call('get_current_pid_tgid', []);
  b.span = source.span(6, 10);
  const arg = b.load(context, 0, 8);
  b.span = source.span(0, 10);
  b.return(b.binary('add', pid, arg, u64));
  const { insns } = generate({ functions: [func] }).programs[0]!;
  const texts = insns.map(({ span }) => span && source.text.slice(span.start, span.end));
  t.ok(texts.includes('pid') && texts.includes('arg0') && texts.includes('pid + arg0'));
});

t.test('the same module gives the same bytes', async (t) => {
  const bytes = (): Uint8Array[] => generate(randomModule(7, { size: 80, variables: 9 })).programs.map((p) => encodeInsns(p.insns));
  t.same(bytes(), bytes());
});

t.test('a helper that does not exist is a Bug', async (t) => {
  const text = 'program p "raw_tp" {\nb0 entry(v0: ctx):\n  v1: u64 = call make_coffee()\n  return v1\n}';
  t.throws(() => generate(parseModule(text)), /BUG: select: there is no helper make_coffee/);
});

t.test('a callback that the module does not have is a Bug', async (t) => {
  const text = 'program p "raw_tp" {\nb0 entry(v0: ctx):\n  v1: u64 = call_function f()\n  return v1\n}';
  t.throws(() => generate(parseModule(text)), /p refers to function f, which does not exist/);
});

t.test('dumps show ranges, registers and both forms of the code', async (t) => {
  const stages: Record<string, string> = {};
  generate(randomModule(3, { size: 60, variables: 8 }), {
    dump(stage, text) {
      stages[stage] = `${stages[stage] ?? ''}${text}`;
    },
  });
  t.match(stages.select, /^program main\nb0:\n {2}v0 = arguments/);
  t.match(stages.regalloc, /spill 0 \[/);
  t.match(stages.regalloc, /r\d <- spill\d/);
});
