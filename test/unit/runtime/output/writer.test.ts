import t from 'tap';
import type { SourcePlace } from '../../../../lib/model/layout/manifest.js';
import { createWriter, helperErrorText, placeText, type Sink, type Writer, type WriterOptions } from '../../../../lib/runtime/output/index.js';
import { aggregate, mapOf, rendering } from './support.js';

const place: SourcePlace = {
  file: 'stdin', line: 1, column: 35, endLine: 1, endColumn: 43,
  excerpt: 'interval:1s { @seen[7] = 1; print(@seen[8]); exit(); }\n                                  ~~~~~~~~\n',
};
const all = { top: 0, divisor: 0, explicit: false };

/** What a writer put on the output stream and on stderr, and in which order. */
function record(format: 'text' | 'json', act: (writer: Writer) => void, options: Partial<WriterOptions> = {}): { out: string; errors: string } {
  const written = { out: '', errors: '' };
  const stream = (name: 'out' | 'errors'): Sink => ({ write: (text: string) => { written[name] += text; }, flush() {}, close() {} }) as unknown as Sink;
  act(createWriter(format, { out: stream('out'), errors: stream('errors'), rendering, ...options }));
  return written;
}

const cases: readonly (readonly [title: string, act: (writer: Writer) => void, text: { out?: string; errors?: string }, json: { out?: string; errors?: string }])[] = [
  ['printf', (w) => w.write('printf', 'text\n'), { out: 'text\n' }, { out: '{"type": "printf", "data": "text\\n"}\n' }],
  ['value', (w) => w.write('value', '(1, a)\n', '[1,"a"]'), { out: '(1, a)\n' }, { out: '{"type": "value", "data": [1,"a"]}\n' }],
  ['join', (w) => w.write('join', 'a b\n', '"a b"'), { out: 'a b\n' }, { out: '{"type": "join", "data": "a b"}\n' }],
  ['one probe', (w) => w.attached(1), { errors: 'Attached 1 probe\n' }, { out: '{"type": "attached_probes", "count": 1, "data": {"probes": 1}}\n' }],
  ['two probes', (w) => w.attached(2), { errors: 'Attached 2 probes\n' }, { out: '{"type": "attached_probes", "count": 2, "data": {"probes": 2}}\n' }],
  ['lost events', (w) => w.lost(5), { errors: 'Lost 5 events\n' }, { out: '{"type": "lost_events", "count": 5, "data": {"events": 5}}\n' }],
  ['none lost', (w) => { w.lost(0); w.lostTotal(0); }, {}, {}],
  ['total of lost events', (w) => w.lostTotal(7), { errors: 'WARNING: Total lost event count: 7\n' }, { errors: 'WARNING: Total lost event count: 7\n' }],
  ['end of events', (w) => w.endOfEvents(), { out: '\n\n' }, {}],
  ['pinned', (w) => w.pinned('/sys/fs/bpf/x'), { out: 'Program pinned to /sys/fs/bpf/x\n' }, { errors: 'Program pinned to /sys/fs/bpf/x\n' }],
  ['map', (w) => w.map(mapOf('@x', aggregate('count'), undefined, [{ key: undefined, merged: { kind: 'number', value: 5n } }]), all),
    { out: '@x: 5\n' }, { out: '{"type": "map", "data": {"@x": 5}}\n' }],
  ['empty map', (w) => w.map(mapOf('@x', aggregate('count'), undefined, []), all), {}, {}],
  ['complaint', (w) => w.complain("failed to open file 'x' (No such file or directory)"), { errors: "failed to open file 'x' (No such file or directory)\n" }, { errors: "failed to open file 'x' (No such file or directory)\n" }],
  ['errorf', (w) => w.warn('errorf', place, 'bad'), { errors: 'stdin:1:35-43: ERROR: bad\n' },
    { out: '{"type": "errorf", "msg": "bad", "filename": "stdin", "line": 1, "col": 35}\n' }],
  ['warnf', (w) => w.warn('warnf', place, 'odd'), { errors: 'stdin:1:35-43: WARNING: odd\n' },
    { out: '{"type": "warnf", "msg": "odd", "filename": "stdin", "line": 1, "col": 35}\n' }],
  ['runtime error', (w) => w.warn('runtime_error', place, 'Array access out of bounds.'),
    { errors: `stdin:1:35-43: WARNING: Array access out of bounds.\n${place.excerpt}` },
    { out: '{"type": "runtime_error", "msg": "Array access out of bounds.", "filename": "stdin", "line": 1, "col": 35}\n' }],
  ['helper error (6.6)', (w) => w.warn('helper_error', place, helperErrorText('map_lookup_elem', 0), { helper: 'map_lookup_elem', retcode: 0 }),
    { errors: `stdin:1:35-43: WARNING: Can't lookup map element because it does not exist.\nAdditional Info - helper: map_lookup_elem, retcode: 0\n${place.excerpt}` },
    { out: '{"type": "helper_error", "msg": "Success", "helper": "map_lookup_elem", "retcode": 0, "filename": "stdin", "line": 1, "col": 35}\n' }],
  ['helper error, bad address', (w) => w.warn('helper_error', { ...place, line: 3, endLine: 3, column: 12 }, helperErrorText('probe_read_user', -14), { helper: 'probe_read_user', retcode: -14 }),
    { errors: `stdin:3:12-43: WARNING: Bad address\nAdditional Info - helper: probe_read_user, retcode: -14\n${place.excerpt}` },
    { out: '{"type": "helper_error", "msg": "Bad address", "helper": "probe_read_user", "retcode": -14, "filename": "stdin", "line": 3, "col": 12}\n' }],
];
for (const [title, act, text, json] of cases) {
  t.test(title, async (t) => {
    t.same(record('text', act), { out: '', errors: '', ...text });
    t.same(record('json', act), { out: '', errors: '', ...json });
    for (const line of record('json', act).out.split('\n').filter(Boolean)) JSON.parse(line);
  });
}

t.test('--no-warnings silences warnf and nothing else', async (t) => {
  for (const format of ['text', 'json'] as const) {
    t.same(record(format, (w) => w.warn('warnf', place, 'odd'), { warnings: false }), { out: '', errors: '' });
    const { out, errors } = record(format, (w) => w.warn('errorf', place, 'bad'), { warnings: false });
    t.match(out + errors, /bad/);
  }
});

t.test('stdout is written before a message', async (t) => {
  const order: string[] = [];
  const stream = (name: string): Sink => ({ write: () => order.push(`${name} write`), flush: () => order.push(`${name} flush`), close() {} }) as unknown as Sink;
  const writer = createWriter('text', { out: stream('out'), errors: stream('errors'), rendering });
  writer.write('printf', 'a\n');
  writer.complain('b');
  t.same(order, ['out write', 'out flush', 'errors write', 'errors flush']);
});

t.test('messages on a terminal beside a piped stdout', async (t) => {
  t.equal(record('text', (w) => w.warn('warnf', place, '\x1b[2J'), { escapeMessages: true }).errors, 'stdin:1:35-43: WARNING: \\x1b[2J\n');
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
