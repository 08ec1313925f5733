// Functions by BTF: which word of the context is which argument, and how it may be read.

import t from 'tap';
import { describeFunction, functionPrototype } from '../../../../lib/language/btf-functions.js';
import { BtfTypes } from '../../../../lib/language/btf-types.js';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../../../lib/model/btf/builder.js';
import { spellType } from '../../../../lib/model/types/types.js';

const b = new BtfBuilder();
const int = b.int('int', 4, { signed: true });
const long = b.int('long', 8, { signed: true });
const pair = b.struct('pair', 16, [{ name: 'a', type: long, offsetBits: 0 }, { name: 'b', type: long, offsetBits: 64 }]);
const big = b.struct('big', 24, [{ name: 'a', type: long, offsetBits: 0 }]);
const small = b.struct('small', 4, [{ name: 'a', type: int, offsetBits: 0 }]);
const declare = (name: string, returns: number, ...types: number[]): void => {
  b.func(name, b.funcProto(returns, types.map((type, i) => ({ name: type === 0 ? '' : `p${i}`, type }))), 'static');
};
const callback = b.ptr(b.funcProto(0, []));
declare('plain', int, int, b.ptr(pair), b.ptr(int), b.ptr(0));
declare('closed', b.ptr(b.ptr(pair)), b.ptr(b.ptr(int)), callback);
declare('by_value', b.ptr(pair), pair, int, small, int);
declare('nothing', 0, int);
declare('variadic', int, int, 0);
declare('too_many', int, int, int, int, int, int, int, int);
declare('too_big', int, big);
const btf = Btf.parse(b.finish());
const types = new BtfTypes(btf);

function facts(name: string, arch: 'x86_64' | 'arm64' = 'x86_64'): ReturnType<typeof describeFunction> {
  return describeFunction(btf, functionPrototype(btf, name)!, arch, (id) => types.type(id));
}

const rows: [name: string, words: string[]][] = [
  ['plain', ['p0: int32 at 0', 'p1: struct pair * at 1 typed', 'p2: int32 * at 2', 'p3: void * at 3', 'result: int32 at 4']],
  ['closed', ['p0: int32 * * at 0 closed', 'p1: void * at 1 closed', 'result: struct pair * * at 2 closed']],
  ['by_value', ['p0: struct pair at 0', 'p1: int32 at 2', 'p2: struct small at 3', 'p3: int32 at 4', 'result: struct pair * at 5 typed']],
  ['nothing', ['p0: int32 at 0']],
];

for (const [name, words] of rows) {
  t.test(name, async (t) => {
    const { arguments: args, returns, unsupported } = facts(name);
    const spell = (label: string, type: Parameters<typeof spellType>[0], source: { index: number; access?: string }): string => `${label}: ${spellType(type)} at ${source.index}${source.access ? ` ${source.access}` : ''}`;
    const found = args.map((a) => spell(a.name, a.type, a.source as { index: number }));
    t.strictSame([...found, ...(returns ? [spell('result', returns.type, returns.source)] : [])], words);
    t.equal(unsupported, undefined);
  });
}

const unsupportedKinds: [name: string, arch: 'x86_64' | 'arm64', unsupported: string | undefined][] = [
  ['variadic', 'x86_64', 'functions with a variable number of arguments'],
  ['too_many', 'x86_64', 'functions with more than 6 parameters'],
  ['too_many', 'arm64', undefined],
  ['too_big', 'x86_64', 'functions that take a struct on the stack'],
];

for (const [name, arch, unsupported] of unsupportedKinds) t.test(`${name} on ${arch}`, async (t) => t.equal(facts(name, arch).unsupported, unsupported));

t.test('a name that is no function', async (t) => t.equal(functionPrototype(btf, 'pair'), undefined));
