import t from 'tap';
import { keptEvent, type CallRecord, type OutputEvent } from '../../../../lib/language/output-event.js';
import { layoutRecord } from '../../../../lib/model/layout/layout.js';
import type { EventSpec, SourcePlace } from '../../../../lib/model/layout/manifest.js';
import type { Value } from '../../../../lib/model/layout/value.js';
import { int64, string, type Type } from '../../../../lib/model/types/types.js';
import { recordsOf } from '../../../../lib/trace/records.js';
import { createWriter, helperErrorText, placeText, type Sink, type WriterOptions } from '../../../../lib/runtime/output/index.js';
import { aggregate, mapOf, rendering } from './support.js';

const place: SourcePlace = {
  file: 'stdin', line: 1, column: 35, offset: 34, endLine: 1, endColumn: 43, endOffset: 42,
  excerpt: 'interval:1s { @seen[7] = 1; print(@seen[8]); exit(); }\n                                  ~~~~~~~~\n',
};
const all = { top: 0, divisor: 0, explicit: false };

/** What a writer put on the output stream and on stderr. */
function record(format: 'text' | 'json', event: OutputEvent, options: Partial<WriterOptions> = {}): { out: string; errors: string } {
  const written = { out: '', errors: '' };
  const stream = (name: 'out' | 'errors'): Sink => ({ write: (text: string) => { written[name] += text; }, flush() {} }) as unknown as Sink;
  createWriter(format, { out: stream('out'), errors: stream('errors'), rendering, ...options }).emit(event);
  return written;
}

/** A call whose record has these values, and, where it has a format, this text. */
function callOf(values: readonly (readonly [Type, Value])[], text = '', at = place): { spec: EventSpec; record: CallRecord } {
  const spec: EventSpec = { handler: '', layout: { arguments: values.map(([type]) => ({ type, offset: 0 })), fixedSize: 0 } as unknown as EventSpec['layout'], data: {}, place: at };
  const record: CallRecord = { values: () => values.map(([, value]) => value), text: () => text, keep: () => record };
  return { spec, record };
}
const call = callOf([]);
const pair: Type = { kind: 'tuple', elements: [int64, string(8)] };
const counted = mapOf('@x', aggregate('count'), undefined, [{ key: undefined, merged: { kind: 'number', value: 5n } }]);

const cases: readonly (readonly [title: string, event: OutputEvent, text: { out?: string; errors?: string }, json: { out?: string; errors?: string }])[] = [
  ['printf', { type: 'printf', ...callOf([], 'text\n') }, { out: 'text\n' }, { out: '{"type": "printf", "data": "text\\n"}\n' }],
  ['value', { type: 'value', ...callOf([[pair, [1n, 'a']]]) }, { out: '(1, a)\n' }, { out: '{"type": "value", "data": [1,"a"]}\n' }],
  ['join', { type: 'join', ...call, words: ['a', 'b'], separator: ' ' }, { out: 'a b\n' }, { out: '{"type": "join", "data": "a b"}\n' }],
  ['cat', { type: 'cat', ...call, path: 'x', content: 'a\nb' }, { out: 'a\nb' }, { out: '{"type": "cat", "data": "a\\nb"}\n' }],
  ['system', { type: 'syscall', ...call, command: 'x', output: 'a\n' }, { out: 'a\n\n' }, { out: '{"type": "syscall", "data": "a\\n"}\n' }],
  ['time', { type: 'time', ...call, format: '%s\n', epochNs: 5_000_000_000n }, { out: '5\n' }, { out: '{"type": "time", "data": "5\\n"}\n' }],
  ['iterator', { type: 'iterated', text: 'a\n' }, { out: 'a\n' }, { out: '{"type": "printf", "data": "a\\n"}\n' }],
  ['one probe', { type: 'attached', probes: 1 }, { errors: 'Attached 1 probe\n' }, { out: '{"type": "attached_probes", "count": 1, "data": {"probes": 1}}\n' }],
  ['two probes', { type: 'attached', probes: 2 }, { errors: 'Attached 2 probes\n' }, { out: '{"type": "attached_probes", "count": 2, "data": {"probes": 2}}\n' }],
  ['a probe left out', { type: 'skipped', probe: 'kprobe:x', reason: 'No such function' }, { errors: 'No such function\nWARNING: Unable to attach probe: kprobe:x. Skipping.\n' },
    { errors: '{"type": "warning", "msg": "No such function. Unable to attach probe: kprobe:x. Skipping."}\n' }],
  ['lost events', { type: 'lost', count: 5, byProbe: [] }, { errors: 'Lost 5 events\n' }, { out: '{"type": "lost_events", "count": 5, "data": {"events": 5}}\n' }],
  ['the end', { type: 'ended', lost: 0 }, {}, {}],
  ['the end, with losses', { type: 'ended', lost: 7 }, { errors: 'WARNING: Total lost event count: 7\n' }, { errors: '{"type": "warning", "msg": "Total lost event count: 7"}\n' }],
  ['end of events', { type: 'events_ended' }, { out: '\n\n' }, {}],
  ['pinned', { type: 'pinned', path: '/sys/fs/bpf/x' }, { out: 'Program pinned to /sys/fs/bpf/x\n' }, { out: '{"type": "pinned", "data": {"path": "/sys/fs/bpf/x"}}\n' }],
  ['map', { type: 'map', spec: undefined, map: counted, options: all }, { out: '@x: 5\n' }, { out: '{"type": "map", "data": {"@x": 5}}\n' }],
  ['empty map', { type: 'map', spec: undefined, map: { ...counted, entries: [] }, options: all }, {}, {}],
  ['cat fails', { type: 'cat_failed', ...call, path: 'x', reason: 'No such file or directory' }, { errors: "ERROR: failed to open file 'x' (No such file or directory)\n" },
    { errors: '{"type": "error", "msg": "failed to open file \'x\' (No such file or directory)"}\n' }],
  ['system fails', { type: 'syscall_failed', ...call, command: 'false', status: 1 }, { errors: 'ERROR: command exited with code 1\n' }, { errors: '{"type": "error", "msg": "command exited with code 1"}\n' }],
  ['errorf', { type: 'errorf', ...callOf([], 'bad') }, { errors: 'stdin:1:35-43: ERROR: bad\n' }, { out: '{"type": "errorf", "msg": "bad", "filename": "stdin", "line": 1, "col": 35}\n' }],
  ['warnf', { type: 'warnf', ...callOf([], 'odd') }, { errors: 'stdin:1:35-43: WARNING: odd\n' }, { out: '{"type": "warnf", "msg": "odd", "filename": "stdin", "line": 1, "col": 35}\n' }],
  ['runtime error', { type: 'runtime_error', spec: call.spec, text: 'Array access out of bounds.', more: undefined },
    { errors: `stdin:1:35-43: WARNING: Array access out of bounds.\n${place.excerpt}` },
    { out: '{"type": "runtime_error", "msg": "Array access out of bounds.", "filename": "stdin", "line": 1, "col": 35}\n' }],
  ['helper error (6.6)', { type: 'helper_error', spec: call.spec, helper: 'map_lookup_elem', retcode: 0, more: undefined },
    { errors: `stdin:1:35-43: WARNING: Can't lookup map element because it does not exist.\nAdditional Info - helper: map_lookup_elem, retcode: 0\n${place.excerpt}` },
    { out: '{"type": "helper_error", "msg": "Success", "helper": "map_lookup_elem", "retcode": 0, "filename": "stdin", "line": 1, "col": 35}\n' }],
  ['helper error, bad address', { type: 'helper_error', spec: { ...call.spec, place: { ...place, line: 3, endLine: 3, column: 12 } }, helper: 'probe_read_user', retcode: -14, more: undefined },
    { errors: `stdin:3:12-43: WARNING: Bad address\nAdditional Info - helper: probe_read_user, retcode: -14\n${place.excerpt}` },
    { out: '{"type": "helper_error", "msg": "Bad address", "helper": "probe_read_user", "retcode": -14, "filename": "stdin", "line": 3, "col": 12}\n' }],
  ['a place that failed again', { type: 'runtime_error', spec: call.spec, text: 'x', more: 7 }, { errors: 'stdin:1:35-43: WARNING: … and 7 more times\n' },
    { out: '{"type": "runtime_error", "msg": "x", "filename": "stdin", "line": 1, "col": 35, "count": 7}\n' }],
  ['matches left out', { type: 'left_out', sentence: '2 are left out.', names: ['a', 'b'] }, { errors: 'WARNING: 2 are left out. Use -v to see them.\n' }, { errors: '{"type": "warning", "msg": "2 are left out. Use -v to see them."}\n' }],
];
for (const [title, event, text, json] of cases) {
  t.test(title, async (t) => {
    t.same(record('text', event), { out: '', errors: '', ...text });
    t.same(record('json', event), { out: '', errors: '', ...json });
    const { out, errors } = record('json', event);
    for (const line of `${out}${errors}`.split('\n').filter(Boolean)) JSON.parse(line);
  });
}

const hostile = 'a\x1b[2Jb';
const fromOutside: readonly (readonly [title: string, event: OutputEvent])[] = [
  ['a value', { type: 'value', ...callOf([[string(8), hostile]]) }],
  ['join', { type: 'join', ...call, words: [hostile], separator: ' ' }],
  ['cat', { type: 'cat', ...call, path: 'x', content: hostile }],
  ['the name of a file', { type: 'cat_failed', ...call, path: hostile, reason: 'x' }],
  ['a command', { type: 'syscall', ...call, command: 'x', output: hostile }],
  ['an iterator', { type: 'iterated', text: hostile }],
  ['errorf', { type: 'errorf', ...callOf([], hostile) }],
  ['warnf', { type: 'warnf', ...callOf([], hostile) }],
  ['a reason', { type: 'skipped', probe: 'x', reason: hostile }],
  ['a key', { type: 'map', spec: undefined, map: mapOf('@x', int64, string(8), [{ key: hostile, value: 1n }]), options: all }],
];
t.test('no control character from outside reaches a terminal; files and pipes get all of them', async (t) => {
  for (const [title, event] of fromOutside) {
    const shown = record('text', event, { terminal: true, terminalErrors: true });
    t.match(shown.out + shown.errors, 'a\\x1b[2Jb', title);
    t.notMatch(shown.out + shown.errors, '\x1b', title);
    const kept = record('text', event);
    t.match(kept.out + kept.errors, hostile, `${title}, not on a terminal`);
    for (const terminal of [true, false]) {
      const { out, errors } = record('json', event, { terminal, terminalErrors: terminal });
      t.match(out + errors, 'a\\u001b[2Jb', `${title}: JSON escapes once`);
    }
  }
});

t.test('what the script itself writes reaches the terminal', async (t) => {
  t.equal(record('text', { type: 'printf', ...callOf([], '\x1b[2J') }, { terminal: true }).out, '\x1b[2J');
});

t.test('JSON: no control character is left as it is', async (t) => {
  const all = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join('');
  const { out } = record('json', { type: 'printf', ...callOf([], all) });
  t.notMatch(out.trimEnd(), /[\x00-\x1f\x7f-\x9f]/);
  t.equal((JSON.parse(out) as { data: string }).data, all);
});

t.test('stdout is written before a message', async (t) => {
  const order: string[] = [];
  const stream = (name: string): Sink => ({ write: () => order.push(`${name} write`), flush: () => order.push(`${name} flush`) }) as unknown as Sink;
  const writer = createWriter('text', { out: stream('out'), errors: stream('errors'), rendering });
  writer.emit({ type: 'printf', ...callOf([], 'a\n') });
  writer.emit({ type: 'lost', count: 1, byProbe: [] });
  t.same(order, ['out write', 'out flush', 'errors write', 'errors flush']);
});

t.test('a face that is the first and one that is not get the same', async (t) => {
  const spec: EventSpec = { ...call.spec, data: { format: '<%s %d>' }, layout: layoutRecord([string(8), int64], () => false) };
  const bytes = Buffer.alloc(64);
  const [one, two] = spec.layout.arguments;
  bytes.write(hostile, one!.offset, 'latin1');
  bytes.writeBigInt64LE(7n, two!.offset);
  const recordAt = recordsOf(spec, { truncationTrailer: '..' })(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  const event = { type: 'printf', spec, record: recordAt } as const;
  const kept = keptEvent(event);
  for (const terminal of [true, false, true]) t.equal(record('text', event, { terminal }).out, terminal ? '<a\\x1b[2Jb 7>' : '<a\x1b[2Jb 7>');
  bytes.fill(0);
  t.equal(record('text', kept).out, '<a\x1b[2Jb 7>', 'what is kept does not need the bytes');
});

t.test('places', async (t) => {
  t.equal(placeText(place), 'stdin:1:35-43');
  t.equal(placeText({ ...place, endLine: 3 }), 'stdin:1-3');
});

const helperErrors: readonly (readonly [helper: string, retcode: number, want: string])[] = [
  ['map_update_elem', -7, "Map full; can't update element. Try increasing max_map_keys config or manually setting the max entries in a map declaration e.g. `let @a = hash(5000)`"],
  ['map_update_elem', -12, 'Cannot allocate memory'],
  ['map_delete_elem', -2, "Can't delete map element because it does not exist."],
  ['map_lookup_elem', 0, "Can't lookup map element because it does not exist."],
  ['map_lookup_percpu_elem', 0, "Can't lookup map element because it does not exist."],
  ['probe_read_user', -14, 'Bad address'],
  ['loop', -22, 'Invalid argument'],
  ['get_stack', -4095, 'Unknown error 4095'],
];
for (const [helper, retcode, want] of helperErrors) t.test(`${helper} ${retcode}`, async (t) => { t.equal(helperErrorText(helper, retcode), want); });
