import t from 'tap';
import { execFileSync } from 'node:child_process';
import { strftime } from '../../../../lib/runtime/output/index.js';

process.env.TZ = 'Europe/Berlin';
const SECOND = 1_000_000_000n;
/** Sunday, 8 March 2026, 09:05:03.012345678 UTC: 10:05:03 in Berlin */
const morning = BigInt(Date.UTC(2026, 2, 8, 9, 5, 3)) * 1_000_000n + 12_345_678n;

const cases: readonly (readonly [format: string, want: string])[] = [
  ['%H:%M:%S', '10:05:03'],
  ['%f %k %l', '012345 012345678 012'],
  ['%Y-%m-%dT%T%z', '2026-03-08T10:05:03+0100'],
  ['100%% %q %', '100% %q %'],
  ['plain', 'plain'],
  ['', ''],
];
for (const [format, want] of cases) t.test(`${format} gives ${want}`, async (t) => { t.equal(strftime(format, morning), want); });

t.test('in UTC', async (t) => {
  t.equal(strftime('%H:%M:%S %z %Z', morning, { utc: true }), '09:05:03 +0000 GMT');
});

t.test('zones by name', async (t) => {
  const nameIn = (zone: string): string => {
    process.env.TZ = zone;
    const name = strftime('%Z', morning);
    process.env.TZ = 'Europe/Berlin';
    return name;
  };
  t.equal(nameIn('Europe/Berlin'), 'CET');
  t.equal(nameIn('America/New_York'), 'EDT');
  t.equal(nameIn('UTC'), 'UTC');
  t.equal(nameIn('America/Sao_Paulo'), '-03');
});

t.test('before the epoch', async (t) => {
  t.equal(strftime('%Y %S.%k', -1n, { utc: true }), '1969 59.999999999');
});

t.test('conversions are those of date(1)', async (t) => {
  const conversions = 'aAbBcCdDeFgGhHIjmMnpPrRsStTuUVwWxXyYz%'.split('').filter((letter) => !'fkl'.includes(letter));
  const format = conversions.map((letter) => `${letter}=%${letter}`).concat(['%-d', '%_H', '%-m', '%^a', '%5Y', '%-I', '%_d']).join('|');
  for (const day of [0, 1, 59, 364, 365, 366, 1000, 4000, 10_000, 19_800, 20_088, 20_453]) {
    const seconds = BigInt(day) * 86_400n + 3661n;
    const want = execFileSync('date', ['-d', `@${seconds}`, `+${format}`], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).slice(0, -1);
    t.equal(strftime(format, seconds * SECOND), want, `day ${day}`);
  }
});
