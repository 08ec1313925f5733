// Functions of imported BPF objects: which there are, how they are called, and that the linker joins what fits together.

import t from 'tap';
import { compile, type CompileResult, type Link } from '../../../lib/compile.js';
import { externalFunctions } from '../../../lib/language/external-functions.js';
import { Source } from '../../../lib/model/source/source.js';
import { elfSection } from '../../../lib/model/target/elf.js';
import { spellType } from '../../../lib/model/types/types.js';
import { linkObjects } from '../../../lib/trace/bpf-objects.js';
import { bpfObject } from '../../helpers/bpf-object.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';

const object = bpfObject();

function compiled(script: string, link: Link | undefined = linkObjects, imported = object, unsafe = false): CompileResult {
  return compile(new Source('stdin', `import "math.bpf.o";\n${script}`), new FixtureTarget(), { readImport: (name) => ({ files: [{ name, text: '', object: imported }] }), link, unsafe });
}

const said = (result: CompileResult): string[] => result.diagnostics.map((d) => `${d.code} ${d.message}`);

t.test('what an object offers', async (t) => {
  const found = externalFunctions(object, 'math.bpf.o')!;
  t.same(found.map(({ name, parameters, result }) => `${spellType(result)} ${name}(${parameters.map((p) => `${p.name}: ${spellType(p.type)}`).join(', ')})`), [
    'int32 scaled(x: int32)', 'int64 joined(a: int64, b: uint8)', 'void nothing(x: uint32)', 'int32 first(p: int8 *)', 'struct pair * both(x: int32)',
  ]);
  t.equal(externalFunctions(new Uint8Array(100), 'zeros'), undefined);
  t.equal(externalFunctions(new Uint8Array(0), 'nothing'), undefined);
});

const wrong: readonly [script: string, says: readonly string[]][] = [
  ['begin { print(scaled()); }', ['T0607 Function `scaled` requires 1 argument, got only 0']],
  ['begin { print(joined(1, 2, 3)); }', ['T0607 Function `joined` requires 2 arguments, got 3']],
  ['begin { print(scaled("x")); }', ['T0608 Expected int32 for argument `x` got string[2]']],
  ['begin { print(joined(1, 256)); }', ['T0608 Expected uint8 for argument `b` got int16']],
  ['begin { print(first(1)); }', ['T0612 Parameter p of first() in math.bpf.o has type int8 *: functions of objects are called with numbers only']],
  ['begin { print(both(1)); }', ['T0613 both() in math.bpf.o returns struct pair *: functions of objects return a number']],
  ['begin { nothing(1); }', ['T0613 nothing() in math.bpf.o returns void: functions of objects return a number']],
  ['begin { print(scale(1)); }', ["T0102 Unknown function: 'scale'"]],
];
for (const [script, says] of wrong) t.test(script, async (t) => { t.same(said(compiled(script)), says); });

for (const [called, name] of [['send_signal', 'bpf_send_signal'], ['send_signal_thread', 'bpf_send_signal_thread'], ['probe_write_user', 'bpf_probe_write_user'], ['override_return', 'bpf_override_return'], ['kfunc:bpf_send_signal_task', 'bpf_send_signal_task']] as const) {
  t.test(`an object that calls ${called}`, async (t) => {
    const says = [`T0614 scaled() is a function of math.bpf.o, which calls ${name}() and is being used in safe mode`];
    t.same(said(compiled('begin { print(scaled(1)); }', linkObjects, bpfObject('GPL', called))), says);
    t.same(said(compiled('begin { print(scaled(1)); }', linkObjects, bpfObject('GPL', called), true)).filter((text) => text.startsWith('T')), []);
    t.same(said(compiled('begin { print(1); }', linkObjects, bpfObject('GPL', called))), [], 'nothing of it is called');
  });
}
t.test('an object that calls a safe helper', async (t) => { t.same(said(compiled('begin { print(scaled(1)); }', linkObjects, bpfObject('GPL', 'ktime_get_ns'))), []); });

t.test('without the linker', async (t) => {
  t.same(said(compiled('begin { print(scaled(1)); }', undefined as unknown as Link)).length, 0, 'the default is there');
  const alone = compile(new Source('stdin', 'import "math.bpf.o"; begin { print(scaled(1)); }'), new FixtureTarget(), { readImport: (name) => ({ files: [{ name, text: '', object }] }) });
  t.same(said(alone), ["X0059 scaled() is a function of math.bpf.o, and libbpf's linker is not here"]);
  t.same(said(compiled('begin { print(1); }')), [], 'nothing is called, nothing is linked');
});

for (const [name, call] of [['strlen', 'strlen("abc")'], ['kstack', 'kstack(2)'], ['cgroup', 'cgroup']] as const) {
  t.test(`the language's own ${name} wins over the object's`, async (t) => {
    const named = Buffer.from(Buffer.from(object).toString('latin1').replaceAll('scaled', name), 'latin1');
    t.equal(externalFunctions(named, 'math.bpf.o')![0]!.name, name);
    const linked: unknown[] = [];
    const link: Link = (...given) => {
      linked.push(given);
      return linkObjects(...given);
    };
    t.same(said(compiled(`begin { print(${call}); }`, link, named)), []);
    t.same(linked, [], 'no function of the object is called, nothing is linked');
    t.same(said(compiled(`begin { print(joined(1, 2)); print(${call}); }`, link, named)), []);
    t.equal(linked.length, 1, 'its other functions are there');
  });
}

t.test('no object', async (t) => {
  t.same(said(compiled('begin { }', linkObjects, new Uint8Array(64))), ['X0055 math.bpf.o is no BPF object with types']);
});

t.test('what is joined', async (t) => {
  const { output } = compiled('begin { print(scaled(14)); printf("%d %s\\n", joined(1, 2), "text"); }');
  const text = elfSection(output!.elf, '.text')!;
  t.equal(text.length, elfSection(object, '.text')!.length, 'the code of the object is in it');
  const own = output!.object.rodata;
  t.same(elfSection(output!.elf, '.rodata')?.subarray(0, own.length) ?? new Uint8Array(0), own, 'the script\'s data stands in front');
});

t.test('what does not fit together', async (t) => {
  const result = compiled('begin { print(scaled(1)); }', linkObjects, bpfObject('Proprietary'));
  t.match(said(result), [/^X0067 libbpf's linker refuses math.bpf.o: /]);
});
