// What a line of a tracepoint's format file becomes: the declaration says what a field means, size and sign say what lies in the record.

import t from 'tap';
import { KernelTypes } from '../../../../lib/language/kernel-types.js';
import { TypeFinder } from '../../../../lib/language/type-finder.js';
import { noTypes } from '../../../../lib/language/type-source.js';
import { tracepointArguments } from '../../../../lib/language/probes/tracepoint.js';
import { spellType } from '../../../../lib/model/types/types.js';
import { parseFormat } from '../../../../lib/runtime/discover/tracing/format.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const types = { finder: new TypeFinder(new KernelTypes(new FixtureTarget()), noTypes) };

function typeOf(line: string, category = 'net'): string {
  const [declaration, size, signed] = line.split('; ');
  const format = parseFormat(category, 'x', `ID: 1\n\tfield:${declaration};\toffset:16;\tsize:${size};\tsigned:${signed};\n`)!;
  return spellType(tracepointArguments(format, types)[0]!.type);
}

const rows: [line: string, type: string][] = [
  ['int x; 4; 1', 'int32'], ['unsigned int x; 4; 0', 'uint32'], ['u8 x; 1; 0', 'uint8'], ['char x; 1; 1', 'int8'], ['long x; 8; 1', 'int64'], ['gfp_t x; 4; 0', 'uint32'],
  ['bool x; 1; 0', 'bool'], ['some_t x; 8; 0', 'uint64'], ['some_t x; 2; 1', 'int16'],
  // plain char is text, other bytes are numbers
  ['char x[16]; 16; 0', 'string[16]'], ['const char x[4]; 4; 0', 'string[4]'], ['__u8 x[4]; 4; 0', 'uint8[4]'], ['u8 x[16]; 16; 0', 'uint8[16]'], ['unsigned char x[8]; 8; 0', 'uint8[8]'],
  ['signed char x[8]; 8; 1', 'int8[8]'], ['s8 x[2]; 2; 1', 'int8[2]'], ['__u8 x[sizeof(struct sockaddr_in6)]; 28; 0', 'uint8[28]'], ['some_t x[4]; 4; 0', 'uint8[4]'], ['bool x[2]; 2; 0', 'bool[2]'],
  ['u16 x[4]; 8; 0', 'uint16[4]'], ['unsigned long x[2]; 16; 0', 'uint64[2]'], ['int x[2]; 8; 1', 'int32[2]'],
  // names of enums come from the kernel's types
  ['enum pid_type x; 4; 0', 'enum pid_type'], ['enum pid_type x[2]; 8; 0', 'enum pid_type[2]'], ['enum nobody_knows x; 4; 1', 'int32'],
  ['struct list_head x; 16; 0', 'struct list_head'], ['struct unheard_of x; 12; 0', 'uint8[12]'], ['const void * x; 8; 0', 'void *'],
  // what a pointer points at is declared with the same names
  ['u8 * x; 8; 0', 'uint8 *'], ['const unsigned short * x; 8; 0', 'uint16 *'], ['unsigned long long * x; 8; 0', 'uint64 *'], ['pid_t * x; 8; 0', 'int32 *'], ['__be32 ** x; 8; 0', 'uint32 * *'],
  ['struct list_head * x; 8; 0', 'struct list_head *'], ['struct unheard_of * x; 8; 0', 'struct unheard_of *'], ['enum pid_type * x; 8; 0', 'enum pid_type *'], ['some_t * x; 8; 0', 'void *'],
  ['void (*x)(int); 8; 0', 'void *'],
  // bounds that are expressions
  ['const s16 x[BOUND]; 8; 1', 'int16[4]'], ['size_t x[BOUND]; 16; 0', 'uint64[2]'], ['unsigned long int x[BOUND]; 16; 0', 'uint64[2]'],
  ['__data_loc char[] x; 4; 0', 'int8 *'], ['__data_loc unsigned char[] x; 4; 0', 'uint8 *'], ['__data_loc __u8[] x; 4; 0', 'uint8 *'], ['__rel_loc u32[] x; 4; 0', 'uint32 *'], ['__data_loc unsigned long[] x; 4; 0', 'uint64 *'],
];
for (const [line, type] of rows) t.equal(typeOf(line), type, line);

// what the types do not know, the event's print format may name; a number stays a number
const named: [declaration: string, names: string, type: string, members?: number][] = [
  ['enum nobody_knows x', '{ 1, "ONE" }, { 2, "TWO" }', 'enum nobody_knows', 2], ['const enum nobody_knows x', '{1, "ONE"}', 'enum nobody_knows', 1], ['enum pid_type x', '{ 1, "ONE" }', 'enum pid_type'],
  ['enum nobody_knows x', '{ ONE, "ONE" }', 'uint32'], ['unsigned int x', '{ 1, "ONE" }', 'uint32'],
];
for (const [declaration, names, want, members] of named) {
  const format = parseFormat('net', 'x', `ID: 1\n\tfield:${declaration};\toffset:16;\tsize:4;\tsigned:0;\n\nprint fmt: "%s", __print_symbolic(REC->x, ${names})\n`)!;
  const { type } = tracepointArguments(format, types)[0]!;
  t.equal(spellType(type), want, `${declaration} with ${names}`);
  if (members !== undefined) t.equal(type.kind === 'enum' && type.members.length, members, `members of ${declaration}`);
}

// each argument of a system call takes a register's 8 bytes, whatever its type
const calls: [line: string, type: string][] = [
  ['int dfd; 8; 0', 'int32'], ['const int x; 8; 0', 'int32'], ['unsigned int fd; 8; 0', 'uint32'], ['unsigned flags; 8; 0', 'uint32'], ['pid_t pid; 8; 0', 'int32'], ['uid_t x; 8; 0', 'uint32'], ['umode_t mode; 8; 0', 'uint16'],
  ['u32 x; 8; 0', 'uint32'], ['const __u32 x; 8; 0', 'uint32'], ['size_t count; 8; 0', 'uint64'], ['unsigned long x; 8; 0', 'uint64'], ['long ret; 8; 1', 'int64'], ['enum pid_type which; 8; 0', 'enum pid_type'],
  ['some_t x; 8; 0', 'uint64'], ['const char * name; 8; 0', 'int8 *'],
];
for (const [line, type] of calls) t.equal(typeOf(line, 'syscalls'), type, `a system call's ${line}`);
