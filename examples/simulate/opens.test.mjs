// A script tested on made-up events: without root, and without Linux.
//
//   node --test opens.test.mjs

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { compile } from 'tbpf/compiler';
import { simulate } from 'tbpf/simulate';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const program = compile(read('opens.bt'), { machine: JSON.parse(read('opens.facts.json')), name: 'opens.bt' });
const enter = 'tracepoint:syscalls:sys_enter_openat';
const exit = 'tracepoint:syscalls:sys_exit_openat';
const ENOENT = 2;

test('a file that cannot be opened is an event', () => {
  const opens = simulate(program, { pid: 7, comm: 'cat' });
  opens.fire(enter, { args: { filename: '/no/such/file' } });
  const [event] = opens.fire(exit, { args: { ret: -ENOENT } });
  assert.equal(event.name, 'failed');
  assert.deepEqual(event.fields, { pid: 7, comm: 'cat', path: '/no/such/file', errno: 2n });
});

test('one that can is none', () => {
  const opens = simulate(program);
  opens.fire(enter, { args: { filename: '/etc/passwd' } });
  assert.deepEqual(opens.fire(exit, { args: { ret: 3 } }), []);
});

test('threads are told apart, and nothing is left of them', () => {
  const opens = simulate(program);
  opens.fire(enter, { tid: 1, args: { filename: '/first' } });
  opens.fire(enter, { tid: 2, args: { filename: '/second' } });
  const failed = [2, 1].flatMap((tid) => opens.fire(exit, { tid, args: { ret: -ENOENT } }));
  assert.deepEqual(failed.map(({ fields }) => fields.path), ['/second', '/first']);
  assert.equal(opens.maps.get('@failed').lookup('sim'), 2n);
  assert.equal(opens.maps.get('@path').size, 0);
});
