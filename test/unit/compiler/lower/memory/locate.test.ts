// Where the value of the last statement of a script lies, and what is lowered to know it.

import t from 'tap';
import { lowerStatement } from '../../../../../lib/compiler/lower/flow/statements.js';
import { locate } from '../../../../../lib/compiler/lower/memory/locate.js';
import type { Location } from '../../../../../lib/compiler/lower/memory/location.js';
import { lowered, program } from '../helper.js';

const rows: [title: string, script: string, want: string[]][] = [
  ['an argument of a tracepoint', 'tracepoint:sched:sched_switch { $x = args.prev_pid; }', [
    'argument prev_pid',
  ]],
  ['a part of one lies in the context', 'tracepoint:sched:sched_switch { $x = args.prev_comm[2]; }', [
    'direct v0 + 10',
  ]],
  ['a scalar variable is in a register', 'begin { $a = 1; $x = $a; }', [
    'b1():',
    'value',
  ]],
  ['a string variable lies in memory', 'begin { $a = "text"; $x = $a; }', [
    'b1():',
    '  store slot0, 1954047348 offset=0 width=4',
    '  zero slot0 offset=4 size=1',
    'direct slot0 + 0',
  ]],
  ['an element of a tuple', 'begin { $t = (1, (int32)2, "x"); $x = $t.2; }', [
    'b1():',
    '  zero slot0 offset=1 size=3',
    '  zero slot0 offset=10 size=2',
    '  store slot0, 1 offset=0 width=1',
    '  store slot0, 2 offset=4 width=4',
    '  store slot0, 120 offset=8 width=2',
    'direct slot0 + 8',
  ]],
  ['an element of a tuple in a tuple', 'begin { $t = (1, ((int32)2, "x")); $x = $t.1.1; }', [
    'b1():',
    '  zero slot0 offset=1 size=3',
    '  store slot0, 1 offset=0 width=1',
    '  zero slot0 offset=10 size=2',
    '  store slot0, 2 offset=4 width=4',
    '  store slot0, 120 offset=8 width=2',
    'direct slot0 + 8',
  ]],
  ['a field of a record', 'begin { $r = (a = 1, b = (int16)2); $x = $r.b; }', [
    'b1():',
    '  zero slot0 offset=1 size=1',
    '  store slot0, 1 offset=0 width=1',
    '  store slot0, 2 offset=2 width=2',
    'direct slot0 + 2',
  ]],
  ['a tuple that lies nowhere is put into memory first', 'begin { $x = (1, 2).1; }', [
    'b1():',
    '  store slot0, 1 offset=0 width=1',
    '  store slot0, 2 offset=1 width=1',
    'direct slot0 + 1',
  ]],
  ['a member behind a pointer: nothing is read', 'begin { $x = curtask.pid; }', [
    'b1():',
    '  v1: u64 = call get_current_task()',
    'remote (kernel) v1 + 1264',
  ]],
  ['a member of a member is one sum', 'begin { $x = curtask.se.vruntime; }', [
    'b1():',
    '  v1: u64 = call get_current_task()',
    'remote (kernel) v1 + 248',
  ]],
  ['a bitfield', 'begin { $x = curtask.in_execve; }', [
    'b1():',
    '  v1: u64 = call get_current_task()',
    'remote (kernel) v1 + 1192, bits 3 to 3',
  ]],
  ['pointers on the way are read', 'begin { $x = curtask.parent.parent.pid; }', [
    'b1():',
    '  v1: u64 = call get_current_task()',
    '  v2: u64 = add v1, 1288',
    '  v3: s64 = call probe_read_kernel(slot0, 8, v2)',
    '  v4: u64 = load slot0 offset=0 width=8 unsigned',
    '  v5: u64 = add v4, 1288',
    '  v6: s64 = call probe_read_kernel(slot1, 8, v5)',
    '  v7: u64 = load slot1 offset=0 width=8 unsigned',
    'remote (kernel) v7 + 1264',
  ]],
  ['what a number points at', 'begin { $x = *(uint32 *)kaddr("jiffies"); }', [
    'b1():',
    'remote (kernel) -2107637760 + 0',
  ]],
  ['a constant index is an offset', 'begin { $x = ((uint16 *)100)[3]; }', [
    'b1():',
    'remote (none) 100 + 6',
  ]],
  ['an index that is known only at run time', 'begin { $x = ((uint16 *)100)[pid]; }', [
    'b1():',
    '  v1: u64 = call get_current_pid_tgid()',
    '  v2: u64 = lshr v1, 32',
    '  v3: u64 = mul v2, 2',
    '  v4: s8 = add 100, v3',
    'remote (none) v4 + 0',
  ]],
  ['an index into an array is tested; outside of it lies nothing that can be read', 'begin { $x = curtask.comm[pid]; }', [
    'b1():',
    '  v1: u64 = call get_current_task()',
    '  v2: u64 = call get_current_pid_tgid()',
    '  v3: u64 = lshr v2, 32',
    '  branch ult v3, 16 -> b2, b3',
    'b2():',
    '  v4: u64 = add v1, 1752',
    '  v5: u64 = mul v3, 1',
    '  v6: u64 = add v4, v5',
    '  jump b4(v6)',
    'b3():',
    '  warns',
    'remote (kernel) v7 + 0',
  ]],
  ['of an array in memory the element is copied', 'begin { $t = (1, "x"); $x = $t.1[cpu]; }', [
    'b1():',
    '  store slot0, 1 offset=0 width=1',
    '  store slot0, 120 offset=1 width=1',
    '  zero slot0 offset=2 size=1',
    '  v1: u64 = call get_smp_processor_id()',
    '  zero slot1 offset=0 size=1',
    '  branch ult v1, 2 -> b2, b3',
    'b2():',
    '  v2: u64 = mul v1, 1',
    '  v3: stack = add slot0, v2',
    '  v4: s8 = load v3 offset=1 width=1 signed',
    '  store slot1, v4 offset=0 width=1',
    '  jump b4',
    'b3():',
    '  warns',
    'direct slot1 + 0',
  ]],
  ['what is computed', 'begin { $x = 1 + 2; }', [
    'value',
  ]],
];
for (const [title, script, want] of rows) {
  t.test(`${title}: ${script}`, async (t) => {
    const { l, statements } = program(script);
    for (const statement of statements.slice(0, -1)) lowerStatement(l, statement);
    const last = statements.at(-1);
    if (last?.kind !== 'assign') throw new Error(`${script} does not end in an assignment`);
    const where = locate(l, last.value);
    t.strictSame(lowered(l, spell(where)), want);
  });
}

function spell(where: Location): string {
  switch (where.kind) {
    case 'direct': return `direct ${where.base} + ${where.offset}${spellBits(where)}`;
    case 'remote': return `remote (${where.space}) ${where.address} + ${where.offset}${spellBits(where)}`;
    case 'argument': return `argument ${where.argument.name}`;
    case 'value': return 'value';
  }
}

function spellBits({ bitfield }: Extract<Location, { kind: 'direct' | 'remote' }>): string {
  return bitfield ? `, bits ${bitfield.shift} to ${bitfield.shift + bitfield.bits - 1}` : '';
}
