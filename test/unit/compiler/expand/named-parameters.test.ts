// What getopt() calls say about the parameters of a script.

import t from 'tap';
import { headlines, run } from './helper.js';

const rows: [script: string, parameters: readonly string[]][] = [
  ['begin { }', []],
  ['begin { print(getopt("v")); }', ['v: bool = false']],
  ['begin { print(getopt("v", true)); }', ['v: bool = true']],
  ['begin { print(getopt("n", 5)); }', ['n: uint64 = 5']],
  ['begin { print(getopt("n", -5)); }', ['n: int64 = -5']],
  ['begin { print(getopt("n", 18446744073709551615)); }', ['n: uint64 = 18446744073709551615']],
  ['begin { print(getopt("s", "x", "what it is")); }', ['s: string = x (what it is)']],
  ['begin { print(getopt("b", 1)); print(getopt("a", 2)); print(getopt("b", 1)); }', ['b: uint64 = 1', 'a: uint64 = 2']],
  ['#define N 7\nbegin { print(getopt("n", N)); }', ['n: uint64 = 7']],
  ['macro limit(x) { getopt("limit", x) } begin { print(limit(2 + 3)); }', ['limit: uint64 = 5']],
  ['begin /getopt("on", true)/ { } end { print(getopt("end", "e")); }', ['on: bool = true', 'end: string = e']],
];
for (const [script, want] of rows) {
  t.test(script, async (t) => {
    const { expanded, messages } = run(script);
    t.equal(messages, '');
    t.same(expanded?.parameters.map(({ name, type, defaultValue, description }) => `${name}: ${type} = ${defaultValue}${description === undefined ? '' : ` (${description})`}`), want);
  });
}

const wrong: readonly (readonly [script: string, says: RegExp])[] = [
  ...['getopt()', 'getopt("a", 1, "b", 2)', 'getopt(1)', 'getopt("a", 1, 2)', 'getopt("a", $x)'].map((call) => [`begin { $x = 1; print(${call}); }`, /getopt/] as const),
  ...['', '-a', 'a=b', 'a b'].map((name) => [`begin { print(getopt("${name}")); }`, new RegExp(`a command line option named '${name}'`)] as const),
  ['begin { print(getopt("a", 1)); print(getopt("a", 2)); }', /'a' needs to have the same default value .* Previous default value: 1/],
  ['begin { print(getopt("a", 1, "b")); print(getopt("a", 1, "c")); }', /'a'.*description/],
];
for (const [script, says] of wrong) t.test(script, async (t) => { t.match(headlines(script)[0], says); });
