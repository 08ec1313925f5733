// Program.types(): what is written for each type, held against what events and maps really hold.

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { manifestToJson } from '../../../lib/model/layout/manifest.js';
import { Source } from '../../../lib/model/source/source.js';
import { typesOf } from '../../../lib/api/typescript.js';
import { simulate, type Compiled } from '../../../lib/simulate.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';

function compiled(script: string): { readonly program: Compiled; readonly types: string } {
  const { output } = compile(new Source('script', script), new FixtureTarget());
  return { program: { elf: output!.elf, manifest: manifestToJson(output!.manifest) }, types: typesOf(output!.manifest) };
}

/** expression of the script, its type, whether a value has it */
const rows: [expression: string, type: string, fits: (value: any) => boolean][] = [
  ['(uint8)1', 'number', (value) => value === 1],
  ['(int32)-1', 'number', (value) => value === -1],
  ['(uint64)1', 'bigint', (value) => value === 1n],
  ['nsecs', 'bigint', (value) => typeof value === 'bigint'],
  ['pid', 'number', (value) => value === 1234],
  ['comm', 'string', (value) => value === 'sim'],
  ['true', 'boolean', (value) => value === true],
  ['(1, "x")', 'readonly [number, string]', (value) => value[0] === 1 && value[1] === 'x'],
  ['(a = (uint64)1, b = (c = true,))', '{ readonly a: bigint; readonly b: { readonly c: boolean } }', (value) => value.a === 1n && value.b.c === true],
  ['kstack(raw)', 'StackValue', (value) => value.$ === 'stack'],
  ['ntop(0x0100007f)', 'string', (value) => value === '127.0.0.1'],
  ['macaddr("abcdef")', 'string', (value) => value === '61:62:63:64:65:66'],
  ['pton("1.2.3.4")', 'readonly number[]', (value) => value.join('.') === '1.2.3.4'],
  ['bswap((uint64)1)', 'bigint', (value) => value === 1n << 56n],
  ['strerror(cpu + 2)', 'string', (value) => value === 'No such file or directory'],
  ['cgroup_path(cgroup)', 'bigint', (value) => value === 1n],
  ['ksym(1)', 'SymbolValue', (value) => value.$ === 'symbol'],
  ['strftime("%H", nsecs)', 'TimestampValue', (value) => value.$ === 'timestamp' && value.format === '%H'],
  ['cpu == 0 ? strftime("%H", 1) : strftime("%M", nsecs(sw_tai))', 'TimestampValue', (value) => value.format === '%H' && value.clock === 'boot'],
  ['cpu == 1 ? strftime("%H", 1) : strftime("%M", nsecs(sw_tai))', 'TimestampValue', (value) => value.format === '%M' && value.clock === 'tai'],
];
for (const [expression, type, fits] of rows) {
  t.test(expression, async (t) => {
    const { program, types } = compiled(`interval:s:1 { emit("e", (v = ${expression},)); }`);
    t.match(types, `\n  e: { readonly v: ${type} };\n`);
    const [event] = simulate(program).fire('interval:s:1', { kstack: [1n] });
    t.ok(event?.type === 'emit' && fits(event.fields['v']), String(event?.type === 'emit' && event.fields['v']));
  });
}

const mapRows: [statement: string, type: string, fits: (key: any, value: any) => boolean][] = [
  ['@m = 1', "'@m': { key: undefined; value: number }", (key, value) => key === undefined && value === 1],
  ['@m[comm] = count()', "'@m': { key: string; value: bigint }", (key, value) => key === 'sim' && value === 1n],
  ['@m[ntop(1)] = ntop(2)', "'@m': { key: string; value: string }", (key, value) => key === '1.0.0.0' && value === '2.0.0.0'],
  ['@m[pid, comm] = sum(2)', "'@m': { key: readonly [number, string]; value: bigint }", (key, value) => key[0] === 1234 && value === 2n],
  ['@m = hist(3)', "'@m': { key: undefined; value: Histogram }", (_, value) => value.rows.length === 1],
  ['@m[1] = lhist(3, 0, 10, 1)', "value: Histogram }", (_, value) => value.count === 1n],
  ['@m = stats(3)', "value: { readonly count: bigint; readonly average: bigint; readonly total: bigint } }", (_, value) => value.total === 3n && value.average === 3n],
  ['@m = avg(3)', 'value: bigint }', (_, value) => value === 3n],
  ['@m = tseries(3, 1s, 5)', 'value: readonly { readonly interval_start: bigint; readonly value: bigint }[] }', (_, value) => typeof value[0].interval_start === 'bigint' && value[0].value === 3n],
  ['@m = (int32)3', "value: number }", (_, value) => value === 3],
];
for (const [statement, type, fits] of mapRows) {
  t.test(statement, async (t) => {
    const { program, types } = compiled(`interval:s:1 { ${statement}; }`);
    t.match(types, type);
    const simulation = simulate(program);
    simulation.fire('interval:s:1');
    const [entry] = simulation.maps.get('@m');
    t.ok(fits(entry!.key, entry!.value), String(entry!.value));
  });
}

t.test('a whole module', async (t) => {
  const { types } = compiled('interval:s:1 { emit("tick", (n = 1,)); emit("tick", (s = "x",)); emit("other_name", (n = 1,)); @h[comm] = hist(1); @ = count(); }');
  t.equal(types, `import type { Histogram } from 'tbpf';

/** Fields of the events of emit(), by their names. */
export interface Events {
  tick: { readonly n: number } | { readonly s: string };
  other_name: { readonly n: number };
}

/** Keys and values of the maps. */
export interface Maps {
  '@': { key: undefined; value: bigint };
  '@h': { key: string; value: Histogram };
}

/** For trace<Types>(…), load<Types>(…) and simulate<Types>(…). */
export interface Types {
  events: Events;
  maps: Maps;
}
`);
  t.match(compiled('interval:s:1 { }').types, /export type Events = Record<never, never>;\n\n.*\nexport type Maps = Record<never, never>;/s);
});
