// Values of named parameters as words of the command line.

import t from 'tap';
import { namedValues } from '../../../lib/cli/line/named-parameters.js';
import type { ManifestParameter, ParameterValue } from '../../../lib/model/layout/parameters.js';

const parameters: readonly ManifestParameter[] = [
  { name: 'quiet', type: 'bool', defaultValue: false, description: 'say less' },
  { name: 'count', type: 'uint64', defaultValue: 5n },
  { name: 'offset', type: 'int64', defaultValue: -1n },
  { name: 'name', type: 'string', defaultValue: 'x', place: { offset: 0, size: 8 } },
];

const rows: [words: string, values: Record<string, ParameterValue> | RegExp][] = [
  ['', {}],
  ['--quiet', { quiet: true }],
  ...['true', '1', 'YES', 'on'].map((word): [string, Record<string, ParameterValue>] => [`--quiet=${word}`, { quiet: true }]),
  ...['false', '0', 'No', 'off'].map((word): [string, Record<string, ParameterValue>] => [`--quiet=${word}`, { quiet: false }]),
  ['--quiet=', /--quiet expects a boolean \(e\.g\. 'true'\) \(value: \)/],
  ['--quiet=2', /--quiet expects a boolean \(e\.g\. 'true'\) \(value: 2\)/],
  ['--count=7', { count: 7n }],
  ['--count=0x10', { count: 16n }],
  ['--count=0b101', { count: 5n }],
  ['--count=1_000', { count: 1000n }],
  ['--count=1e3', { count: 1000n }],
  ['--count=18446744073709551615', { count: 2n ** 64n - 1n }],
  ['--count=18446744073709551616', /--count value is out of range/],
  ['--count=0xfffffffffffffffff', /--count value is out of range/],
  ['--count=-1', /--count value is out of range/],
  ['--count', /--count expects an integer/],
  ['--count=', /--count invalid integer/],
  ['--count=seven', /--count invalid integer \(value: seven\)/],
  ['--offset=-9223372036854775808', { offset: -(2n ** 63n) }],
  ['--offset=9223372036854775808', /--offset value is out of range/],
  ['--name=', { name: '' }],
  ['--name=a=b', { name: 'a=b' }],
  ['--name=sevenby', { name: 'sevenby' }],
  ['--name=eightbyt', /--name is too long: it has 8 bytes, max_strlen allows 7/],
  ['--name=äöüä', /--name is too long: it has 8 bytes/],
  ['--name', /--name expects a string/],
  ['--count=1 --count=2', { count: 2n }],
  ['--count=x --count=2', /--count invalid integer \(value: x\)/],
  ['--quiet --name=n --offset=-3', { quiet: true, name: 'n', offset: -3n }],
  ['--none=1 --nor', /^ERROR: unexpected program command line options: --none, --nor\nHINT: expected program options:\n {4}--quiet: say less\n {4}--count\n/],
  ['--', /unexpected program command line options: --\n/],
  ['--toString=1', /unexpected program command line options: --toString\n/],
];
for (const [words, want] of rows) {
  t.test(words === '' ? 'nothing' : words, async (t) => {
    const given = namedValues(words === '' ? [] : words.split(' '), parameters);
    if (want instanceof RegExp) t.match('complaint' in given ? given.complaint : '', want);
    else t.strictSame('values' in given ? Object.fromEntries(given.values) : given.complaint, want);
  });
}

t.test('a script without parameters', async (t) => {
  t.same(namedValues(['--x'], []), { complaint: 'ERROR: unexpected program command line options: --x\nHINT: The script has no options of its own: it calls no getopt().' });
});

t.test('a long value is cut in the message', async (t) => {
  const given = namedValues([`--count=${'y'.repeat(100)}`], parameters);
  t.match('complaint' in given ? given.complaint : '', new RegExp(`value: y{80}…\\)$`));
});
