// sizeof, constants and casts for every kind of BTF type (language.md 1.13, 2.1).

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../../../lib/model/btf/builder.js';
import { Source } from '../../../../lib/model/source/source.js';
import { simulate } from '../../../../lib/simulate.js';
import { manifestToJson } from '../../../../lib/model/layout/manifest.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const b = new BtfBuilder();
const int = b.int('int', 4, { signed: true });
const char = b.int('char', 1, { signed: true, char: true });
const long = b.int('long unsigned int', 8);
const truth = b.int('_Bool', 1, { bool: true });
const float = b.float('float', 4);
const double = b.float('double', 8);
b.int('__int128', 16, { signed: true });
b.typedef('outer_t', b.qualified('const', b.typedef('inner_t', b.qualified('volatile', long))));
b.typedef('grid_t', b.array(b.array(int, 3, int), 2, int));
b.typedef('name_t', b.array(char, 16, int));
b.typedef('truth_t', truth);
b.typedef('callback_t', b.ptr(b.funcProto(int, [{ name: 'x', type: int }])));
b.typedef('real_t', double);
b.enum('small', 4, [{ name: 'SMALL_A', value: 1 }, { name: 'SMALL_B', value: 4294967295n }]);
b.enum('below', 4, [{ name: 'BELOW_A', value: -5n }], true);
b.enum64('wide', 8, [{ name: 'WIDE_A', value: 0x1_0000_0000n }, { name: 'WIDE_B', value: 0xffff_ffff_ffff_ffffn }]);
b.enum('tiny', 1, [{ name: 'TINY_A', value: 200 }]);
b.enum('', 4, [{ name: 'UNNAMED', value: 77 }]);
const inner = b.struct('inner', 8, [{ name: 'a', type: int, offsetBits: 0 }, { name: 'f', type: float, offsetBits: 32 }]);
b.struct('outer', 40, [
  { name: 'in', type: inner, offsetBits: 0 }, { name: 'd', type: double, offsetBits: 64 }, { name: 'p', type: b.ptr(b.typeTag('rcu', inner)), offsetBits: 128 },
  { name: 'bits', type: int, offsetBits: 192, bitfieldSize: 3 }, { name: 'more', type: int, offsetBits: 195, bitfieldSize: 5 }, { name: 'tail', type: b.array(int, 0, int), offsetBits: 320 },
]);
b.union('either', 8, [{ name: 'one', type: int, offsetBits: 0 }, { name: 'other', type: long, offsetBits: 0 }]);
b.fwd('hidden', 'struct');
const variable = b.var('counter', int, 'global');
b.datasec('.data..percpu', 4, [{ type: variable, offset: 0, sizeBytes: 4 }]);
b.declTag('kfunc', b.func('some_func', b.funcProto(int, []), 'global'), -1);
const btf = Btf.parse(b.finish());
const target = Object.defineProperty(new FixtureTarget(), 'btf', { get: () => btf });

const values: [expression: string, want: string][] = [
  ['sizeof(int)', '4'], ['sizeof(outer_t)', '8'], ['(outer_t)-1', '18446744073709551615'], ['sizeof(grid_t)', '24'], ['sizeof(name_t)', '16'], ['sizeof(truth_t)', '1'], ['sizeof(callback_t)', '8'],
  ['sizeof(enum small)', '4'], ['SMALL_B', 'SMALL_B'], ['(uint64)SMALL_B', '4294967295'], ['(int64)BELOW_A', '-5'], ['sizeof(enum wide)', '8'], ['(uint64)WIDE_B', '18446744073709551615'], ['WIDE_A + 1', '4294967297'],
  ['sizeof(enum tiny)', '1'], ['(uint64)TINY_A', '200'], ['(uint64)UNNAMED', '77'],
  ['sizeof(struct outer)', '40'], ['sizeof(struct outer *)', '8'], ['offsetof(struct outer, in.f)', '4'], ['offsetof(struct outer, tail)', '40'], ['sizeof(union either)', '8'], ['sizeof(((struct outer *)0)->tail)', '0'],
  ['sizeof(((struct outer *)0)->in)', '8'], ['sizeof(real_t)', '8'], ['sizeof(((struct outer *)0)->d)', '8'], ['sizeof(((struct outer *)0)->in.f)', '4'], ['sizeof(__int128)', '16'], ['sizeof(struct inner)', '8'],
];
for (const [expression, want] of values) {
  const { output, diagnostics } = compile(new Source('stdin', `begin { print(${expression}); }`), target);
  t.equal(output && simulate({ elf: output.elf, manifest: manifestToJson(output.manifest) }).begin.map((event) => ('text' in event ? event.text : '')).join(''), `${want}\n`, `${expression} ${diagnostics.map(({ message }) => message).join()}`);
}

const refused: [expression: string, want: string][] = [
  ['sizeof(float)', 'Cannot resolve unknown type "float"'], ['sizeof(double)', 'Cannot resolve unknown type "double"'], ['(real_t)1', 'Incomplete cast, unknown type'], ['(__int128)1', 'Incomplete cast, unknown type'],
  ['sizeof(struct hidden)', "Unknown struct/union: 'struct hidden'"], ['counter', "Unknown identifier: 'counter'"], ['some_func', "Unknown identifier: 'some_func'"], ['sizeof(counter)', 'Cannot resolve unknown type "counter"'],
  ['((struct outer *)0)->d', 'none type passed to print() is not printable'],
];
for (const [expression, want] of refused) {
  const { diagnostics } = compile(new Source('stdin', `begin { print(${expression}); }`), target);
  t.equal(diagnostics.map(({ message }) => message).join(), want, expression);
}
