import { readFileSync } from 'node:fs';
import t from 'tap';
import type { TracepointField } from '../../../../lib/model/target/target.js';
import { parseFormat } from '../../../../lib/runtime/discover/tracing/format.js';

function read(category: string, event: string) {
  return parseFormat(category, event, readFileSync(`test/fixtures/formats/tracefs/events/${category}/${event}/format`, 'latin1'));
}

const cases: [category: string, event: string, want: TracepointField][] = [
  ['raw_syscalls', 'sys_enter', { name: 'id', type: 'long', offset: 8, size: 8, signed: true }],
  ['raw_syscalls', 'sys_enter', { name: 'args', type: 'unsigned long[6]', offset: 16, size: 48, signed: false, count: 6 }],
  ['sched', 'sched_process_exec', { name: 'filename', type: '__data_loc char[]', offset: 8, size: 4, signed: false, dynamic: 'data_loc' }],
  ['sched', 'sched_switch', { name: 'prev_comm', type: 'char[16]', offset: 8, size: 16, signed: false, count: 16 }],
  ['syscalls', 'sys_enter_openat', { name: 'filename', type: 'const char *', offset: 24, size: 8, signed: false }],
  ['syscalls', 'sys_enter_openat', { name: 'mode', type: 'umode_t', offset: 40, size: 8, signed: false }],
  ['demo', 'rel', { name: 'payload', type: '__rel_loc u8[]', offset: 8, size: 4, signed: false, dynamic: 'rel_loc' }],
  ['demo', 'rel', { name: 'name', type: '__data_loc char[]', offset: 12, size: 4, signed: false, dynamic: 'data_loc' }],
  ['demo', 'odd', { name: 'handler', type: 'void (*)(struct work *, int)', offset: 8, size: 8, signed: false }],
  ['demo', 'odd', { name: 'prev_comm', type: 'char[16]', offset: 16, size: 16, signed: false, count: 16 }],
  ['demo', 'odd', { name: 'saddr', type: '__u8[28]', offset: 32, size: 28, signed: false, count: 28 }],
  ['demo', 'odd', { name: 'things', type: 'struct odd_thing[ODD_THINGS]', offset: 60, size: 36, signed: false }],
  ['demo', 'odd', { name: 'names', type: 'const char *[2]', offset: 96, size: 16, signed: false, count: 2 }],
  ['demo', 'odd', { name: 'buf', type: 'u32[]', offset: 112, size: 0, signed: false, count: 0 }],
  ['demo', 'symbolic', { name: 'reason', type: 'enum demo_reason', offset: 8, size: 4, signed: false, names: [['NOT_SPECIFIED', 2n], ['NO_SOCKET', 3n]] }],
  ['demo', 'symbolic', { name: 'state', type: 'enum demo_state', offset: 12, size: 4, signed: true, names: [['GONE', -1n], ['HERE', 1n]] }],
  ['demo', 'symbolic', { name: 'class', type: 'enum demo_class', offset: 16, size: 1, signed: false }],
  ['demo', 'symbolic', { name: 'vec', type: 'unsigned int', offset: 20, size: 4, signed: false }],
];
for (const [category, event, want] of cases) {
  t.test(`${category}:${event} has ${want.type} ${want.name}`, async (t) => {
    t.strictSame(read(category, event)!.fields.find((field) => field.name === want.name), want);
  });
}

t.test('common fields are left out, the id is read', async (t) => {
  const format = read('sched', 'sched_switch')!;
  t.equal(format.id, 372);
  t.strictSame(format.fields.map((f) => f.name), ['prev_comm', 'prev_pid', 'prev_prio', 'prev_state', 'next_comm', 'next_pid', 'next_prio']);
});

t.test('other text is no format', async (t) => {
  t.equal(parseFormat('a', 'b', 'name: b\n'), undefined);
});
