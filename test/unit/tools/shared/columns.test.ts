// Columns in text, CSV and JSON.

import t from 'tap';
import { shellPattern as globRegex, shellPrefix as globPrefix } from '../../../../lib/index.js';
import { padder, type Printable } from '../../../../tools/shared/pad.js';
import { recordWriter, type Format } from '../../../../tools/shared/records.js';
import { logWriter } from '../../../../tools/shared/otlp.js';
import type { Column } from '../../../../tools/shared/columns.js';
import { secondsText, Times } from '../../../../tools/shared/times.js';

const rows: [format: string, value: Printable, want: string][] = [
  ['%-9s', 'TIME', 'TIME     '],
  ['%-9s', 'longer than nine', 'longer than nine'],
  ['%-14.14s', 'longer than fourteen', 'longer than fo'],
  ['%-7d ', 42, '42      '],
  ['%4d ', -1, '  -1 '],
  ['%3d ', 12345, '12345 '],
  ['%-7d ', 12345678901234567890n, '12345678901234567890 '],
  ['%-8.3f', 1.5, '1.500   '],
  ['%-14.9f', 0, '0.000000000   '],
  ['%08o ', 0o100101, '00100101 '],
  ['%04o ', 0o644, '0644 '],
  ['%04o ', 'n/a ', 'n/a  '],
  ['%x', 255n, 'ff'],
  ['%-7s ', '?', '?       '],
  ['%-7d ', '?', '?       '],
  // two bytes of UTF-8, and one byte that is none
  ['%-4s|', 'é', 'é  |'],
  ['%-4s|', '\udcff', '\udcff   |'],
  ['%05d', -12, '-0012'],
];
for (const [format, value, want] of rows) t.test(`${format} of ${value}`, async (t) => t.equal(padder(format)(value), want));

t.test('no conversion, or two', async (t) => {
  for (const format of ['', 'x', '%', '%q', '%d%d']) t.throws(() => padder(format), RangeError);
});

interface Row { readonly pid: number; readonly name: string; readonly bytes: bigint; readonly args: readonly string[] }
const columns: Column<Row>[] = [
  { field: 'pid', type: 'integer', doc: 'process', value: ({ pid }) => pid, text: { heading: 'PID', head: '%-6s ', row: '%-6d ', shown: true } },
  { field: 'bytes', type: 'integer', doc: 'bytes', value: ({ bytes }) => bytes, text: { heading: 'BYTES', head: '%5s ', row: '%5d ', shown: false } },
  { field: 'secret', type: 'string', doc: 'not asked for', known: false, value: () => 'x' },
  { field: 'name', type: 'string', doc: 'name', value: ({ name }) => name, text: { heading: 'NAME', head: '%s', row: '%s', shown: true, value: ({ name }) => name.toUpperCase() } },
  { field: 'args', type: 'strings', doc: 'arguments', value: ({ args }) => args },
];
const some: Row[] = [
  { pid: 1, name: 'init', bytes: 2n ** 53n, args: ['a b', 'c'] },
  { pid: 22, name: 'x"\udcff', bytes: 7n, args: [] },
];
const hostile: Row[] = [{ pid: 3, name: 'a\x7f\x9b2J', bytes: 0n, args: ['\x85'] }];

function written(format: Exclude<Format, 'prom'>, given: readonly Row[] = some): string {
  let text = '';
  const kind = { tool: 'snoop', record: 'thing', columns, epochNs: () => 1_700_000_000_000_000_005n };
  const lines = { write: (more: string) => void (text += more), clean: (each: string) => each.replace('INIT', 'CLEAN') };
  const writer = format === 'otlp' ? logWriter(kind, lines) : recordWriter(format, kind, lines);
  writer.begin();
  for (const row of given) writer.write(row);
  writer.lost(3);
  writer.end();
  return text;
}

t.test('text', async (t) => t.equal(written('text'), 'PID    NAME\n1      CLEAN\n22     X"\udcff\n'));
t.test('csv', async (t) => t.equal(written('csv'), 'pid,bytes,name,args\r\n1,9007199254740992,init,a b c\r\n22,7,"x""\udcff",\r\n'));

const described = [{ name: 'pid', type: 'integer', doc: 'process' }, { name: 'bytes', type: 'integer', doc: 'bytes' }, { name: 'name', type: 'string', doc: 'name' }, { name: 'args', type: 'strings', doc: 'arguments' }];

t.test('ndjson', async (t) => {
  const lines = written('ndjson').trimEnd().split('\n');
  t.same(lines.map((line) => JSON.parse(line) as unknown), [
    { type: 'columns', tool: 'snoop', columns: described },
    { type: 'thing', pid: 1, bytes: '9007199254740992', name: 'init', args: ['a b', 'c'] },
    { type: 'thing', pid: 22, bytes: 7, name: { base64: 'eCL/' }, args: [] },
    { type: 'lost', count: 3 },
  ]);
});

t.test('json', async (t) => {
  t.same(JSON.parse(written('json')), {
    tool: 'snoop', columns: described,
    records: [{ pid: 1, bytes: '9007199254740992', name: 'init', args: ['a b', 'c'] }, { pid: 22, bytes: 7, name: { base64: 'eCL/' }, args: [] }],
    lost: 3,
  });
  t.same((JSON.parse(written('json', [])) as { records: unknown }).records, []);
});

t.test('otlp', async (t) => {
  type Request = { resourceLogs: [{ resource: { attributes: { key: string; value: object }[] }; scopeLogs: [{ scope: { name: string }; logRecords: Record<string, unknown>[] }] }] };
  const records = written('otlp').trimEnd().split('\n').map((line) => {
    const [{ resource, scopeLogs: [{ scope, logRecords }] }] = (JSON.parse(line) as Request).resourceLogs;
    t.same(resource.attributes.find(({ key }) => key === 'service.name')?.value, { stringValue: 'tbpf-snoop' });
    t.equal(scope.name, 'tbpf');
    t.equal(logRecords.length, 1);
    return logRecords[0]!;
  });
  t.match(records, [
    {
      timeUnixNano: '1700000000000000005', severityNumber: 9, severityText: 'INFO', eventName: 'tbpf.thing', body: { stringValue: '1      INIT' },
      attributes: [
        { key: 'pid', value: { intValue: 1 } }, { key: 'bytes', value: { stringValue: '9007199254740992' } }, { key: 'name', value: { stringValue: 'init' } },
        { key: 'args', value: { arrayValue: { values: [{ stringValue: 'a b' }, { stringValue: 'c' }] } } },
      ],
    },
    { body: { bytesValue: 'MjIgICAgIFgi/w==' }, attributes: [{ key: 'pid' }, { key: 'bytes', value: { intValue: 7 } }, { key: 'name', value: { bytesValue: 'eCL/' } }, { key: 'args' }] },
    { eventName: 'tbpf.lost', severityText: 'WARN', attributes: [{ key: 'count', value: { intValue: 3 } }] },
  ]);
});

t.test('no control goes to a terminal', async (t) => {
  for (const format of ['json', 'ndjson'] as const) t.match(written(format, hostile), String.raw`"name":"a\u007f\u009b2J","args":["\u0085"]`, format);
  t.notMatch(written('otlp', hostile), /[\x7f-\x9f]/);
  t.match(written('csv', [{ ...hostile[0]!, name: 'INIT' }]), '3,0,CLEAN,');
});

t.test('times', async (t) => {
  t.equal(secondsText(0n), '0.000000000');
  t.equal(secondsText(1_000_000_001n), '1.000000001');
  t.equal(secondsText(-5n), '-0.000000005');
  const bootNs = 1_700_000_000_000_000_000n;
  const times = new Times();
  times.begin({ toEpochNs: (ns) => ns + bootNs });
  t.equal(times.isoText({ timeNs: 5n }), '2023-11-14T22:13:20.000000005Z');
  t.equal(times.epochNs({ timeNs: 5n }), bootNs + 5n);
  t.ok(Math.abs(Number(times.originNs + bootNs) / 1e6 - Date.now()) < 10_000);
  t.equal(times.sinceOriginNs({ timeNs: times.originNs + 7n }), 7n);
  t.match(times.clockText({ timeNs: 5n }), /^\d\d:13:20$/);
});

t.test('patterns', async (t) => {
  const cases: [pattern: string, text: string, fits: boolean][] = [
    ['*', '', true], ['a*c', 'abc', true], ['a*c', 'abcd', false], ['a?c', 'abc', true], ['a?c', 'ac', false], ['[a-c]x', 'bx', true], ['[!a-c]x', 'bx', false], ['[!a-c]x', 'dx', true],
    ['{a,bc}d', 'bcd', true], ['{a,bc}d', 'bd', false], ['a.c', 'abc', false], ['a\\*c', 'a*c', true], ['a\\*c', 'abc', false], ['/etc/*', '/etc/x/y', true], ['[]]', ']', true], ['a+', 'a+', true], ['[', '[', true],
  ];
  for (const [pattern, text, fits] of cases) t.equal(globRegex(pattern).test(text), fits, `${pattern} ${text}`);
  t.equal(globPrefix('/etc/\\*a*b'), '/etc/*a');
  t.equal(globPrefix('*'), '');
  for (const pattern of ['[z-a]', '{[}]']) t.throws(() => globRegex(pattern), { code: 'ERR_OPTION_VALUE', message: `'${pattern}' is no shell pattern` });
});
