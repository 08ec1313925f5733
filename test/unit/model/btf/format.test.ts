import t from 'tap';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../../../lib/model/btf/builder.js';
import { formatDeclaration, formatDefinition, formatParameter, formatStruct, formatType } from '../../../../lib/model/btf/format.js';
import type { TypeId } from '../../../../lib/model/btf/types.js';

const b = new BtfBuilder();
const int = b.int('int', 4, { signed: true });
const char = b.int('char', 1, { signed: true, char: true });
const ulong = b.int('long unsigned int', 8);
const sock = b.struct('sock', 16, [{ name: 'a', type: int, offsetBits: 0 }]);
const sockPtr = b.ptr(sock);
const later = b.fwd('net', 'struct');
const constChar = b.qualified('const', char);
const proto = b.funcProto(int, [{ name: '', type: sockPtr }, { name: '', type: int }]);
const noArguments = b.funcProto(0, []);
const variadic = b.funcProto(0, [{ name: '', type: b.ptr(constChar) }, { name: '', type: 0 }]);
const array = b.array(char, 16, int);
const returnsPointer = b.funcProto(sockPtr, [{ name: 'net', type: b.ptr(later) }]);

const cases: [name: string, id: TypeId, type: string, declaration: string][] = [
  ['void', 0, 'void', 'void x'],
  ['int', int, 'int', 'int x'],
  ['pointer to struct', sockPtr, 'struct sock *', 'struct sock *x'],
  ['pointer to pointer', b.ptr(sockPtr), 'struct sock **', 'struct sock **x'],
  ['void pointer', b.ptr(0), 'void *', 'void *x'],
  ['declared struct', b.ptr(later), 'struct net *', 'struct net *x'],
  ['const char *', b.ptr(constChar), 'const char *', 'const char *x'],
  ['char * const', b.qualified('const', b.ptr(char)), 'char * const', 'char * const x'],
  ['volatile', b.qualified('volatile', ulong), 'volatile long unsigned int', 'volatile long unsigned int x'],
  ['typedef', b.typedef('u64', ulong), 'u64', 'u64 x'],
  ['array', array, 'char[16]', 'char x[16]'],
  ['array of arrays', b.array(array, 2, int), 'char[2][16]', 'char x[2][16]'],
  ['flexible array', b.array(int, 0, int), 'int[0]', 'int x[0]'],
  ['array of pointers', b.array(sockPtr, 4, int), 'struct sock *[4]', 'struct sock *x[4]'],
  ['pointer to array', b.ptr(array), 'char (*)[16]', 'char (*x)[16]'],
  ['const array of const', b.qualified('const', b.array(constChar, 8, int)), 'const char[8]', 'const char x[8]'],
  ['function pointer', b.ptr(proto), 'int (*)(struct sock *, int)', 'int (*x)(struct sock *, int)'],
  ['function pointer without parameters', b.ptr(noArguments), 'void (*)(void)', 'void (*x)(void)'],
  ['variadic function pointer', b.ptr(variadic), 'void (*)(const char *, ...)', 'void (*x)(const char *, ...)'],
  ['function that returns a pointer', b.ptr(returnsPointer), 'struct sock * (*)(struct net *net)', 'struct sock * (*x)(struct net *net)'],
  ['array of function pointers', b.array(b.ptr(proto), 3, int), 'int (*[3])(struct sock *, int)', 'int (*x[3])(struct sock *, int)'],
  ['type tags are not shown', b.ptr(b.typeTag('user', char)), 'char *', 'char *x'],
  ['enum', b.enum('color', 4, [{ name: 'RED', value: 0 }, { name: 'GREEN', value: 5 }]), 'enum color', 'enum color x'],
  ['restrict', b.qualified('restrict', b.ptr(char)), 'char * restrict', 'char * restrict x'],
];
const inner = b.union('', 16, [{ name: 'l', type: ulong, offsetBits: 0 }, { name: 'c', type: array, offsetBits: 0 }]);
const anonymous = b.struct('', 4, [{ name: 'only', type: int, offsetBits: 0 }]);
b.struct('outer', 56, [
  { name: 'id', type: int, offsetBits: 0 },
  { name: '', type: inner, offsetBits: 64 },
  { name: 'named', type: anonymous, offsetBits: 192 },
  { name: 'low', type: int, offsetBits: 224, bitfieldSize: 3 },
  { name: 'high', type: int, offsetBits: 227, bitfieldSize: 5 },
  { name: 'handler', type: b.ptr(proto), offsetBits: 256 },
  { name: 'far', type: int, offsetBits: 384 },
]);
b.struct('tight', 5, [{ name: 'c', type: char, offsetBits: 0 }, { name: 'i', type: int, offsetBits: 8 }]);
b.struct('nothing', 0, []);
b.enum64('wide', 8, [{ name: 'FAR', value: 1n << 40n }]);
const btf = Btf.parse(b.finish());

t.test('types, declarations and parameters', async (t) => {
  for (const [name, id, type, declaration] of cases) {
    t.equal(formatType(btf, id), type, name);
    t.equal(formatDeclaration(btf, id, 'x'), declaration, `${name}, declared`);
    t.equal(formatParameter(btf, id, 'x'), `${type} x`, `${name}, as parameter`);
  }
});

t.test('definitions', async (t) => {
  t.equal(formatStruct(btf, 'outer'), [
    'struct outer {',
    '\tint id;',
    '\tunion {',
    '\t\tlong unsigned int l;',
    '\t\tchar c[16];',
    '\t};',
    '\tstruct {',
    '\t\tint only;',
    '\t} named;',
    '\tint low: 3;',
    '\tint high: 5;',
    '\tint (*handler)(struct sock *, int);',
    '\tlong: 64;',
    '\tint far;',
    '};',
  ].join('\n'));
  t.equal(formatStruct(btf, 'tight'), 'struct tight {\n\tchar c;\n\tint i;\n} __attribute__((packed));');
  t.equal(formatStruct(btf, 'nothing'), 'struct nothing {};');
  t.equal(formatDefinition(btf, 'enum', 'color'), 'enum color {\n\tRED = 0,\n\tGREEN = 5,\n};');
  t.equal(formatDefinition(btf, 'enum', 'wide'), 'enum wide {\n\tFAR = 1099511627776,\n};');
  t.equal(formatStruct(btf, 'missing'), undefined);
});
