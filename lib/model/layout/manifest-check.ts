// Whether something is a Manifest, as far as the runtime relies on it without looking: for manifests that come from files.
//
//   idea   a description of shapes, held against the value; what it leaves open (types of keys and values, data of events) is read by records that
//          look for themselves

import type { Manifest } from './manifest.js';

type Shape = 'text' | 'number' | 'count' | 'flag' | 'bigint' | 'any' | { readonly list: Shape } | { readonly table: Shape } | { readonly maybe: Shape } | { readonly kind: Readonly<Record<string, Shapes>> } | { readonly fields: Shapes };
type Shapes = Readonly<Record<string, Shape>>;

const maybe = (shape: Shape): Shape => ({ maybe: shape });
const list = (shape: Shape): Shape => ({ list: shape });
const fields = (shapes: Shapes): Shape => ({ fields: shapes });

/** types that hold others, and those with a size */
const type: Shape = { kind: {
  int: { bits: 'count', signed: 'flag' }, enum: { name: 'text', bytes: 'count', members: list('any') }, string: { capacity: 'count' }, buffer: { capacity: 'count' },
  pointer: {}, array: { count: 'count' }, tuple: { elements: list('any') }, record: { fields: list(fields({ name: 'text' })) }, struct: { tag: 'text', name: 'text', size: 'count' },
  stack: { space: 'text', mode: 'text', limit: 'count' }, timestamp: { formats: list('any') }, cgroup_path: { filter: 'text', owner: maybe('text') },
  aggregate: { name: 'text', signed: 'flag', parameters: list('bigint') }, bool: {}, ksym: {}, usym: {}, username: {}, inet: {}, mac: {}, context: { name: 'text' }, void: {}, none: {},
} };

const pid = { pid: maybe('count') };

const attach: Shape = { kind: {
  begin: {}, end: {}, signal: { signal: 'text' }, test: { name: 'text' }, bench: { name: 'text' },
  tracepoint: { category: 'text', event: 'text' },
  rawtracepoint: { event: 'text', module: maybe('text'), btf: 'flag' },
  kprobe: { symbol: maybe('text'), address: maybe('bigint'), module: maybe('text'), offset: 'count', return: 'flag' },
  kprobe_multi: { symbols: list('text'), return: 'flag' },
  kprobe_session: { symbols: list('text'), return: 'flag' },
  uprobe: { path: 'text', symbol: maybe('text'), fileOffset: 'bigint', return: 'flag', ...pid },
  uprobe_multi: { path: 'text', fileOffsets: list('bigint'), labels: list('text'), return: 'flag', ...pid },
  usdt: { path: 'text', places: list(fields({})), labels: list('text'), together: 'flag', ...pid },
  fentry: { function: 'text', module: maybe('text'), return: 'flag', programId: maybe('count') },
  iter: { type: 'text', pin: maybe('text'), ...pid },
  perf_event: { type: 'count', config: 'bigint', samplePeriod: maybe('bigint'), sampleFrequency: maybe('bigint'), cpus: 'text', breakpoint: maybe(fields({ address: 'bigint', length: 'count', mode: 'count' })), ...pid },
} };

const place = fields({ file: 'text', line: 'count', column: 'count', offset: 'count', endLine: 'count', endColumn: 'count', endOffset: 'count', excerpt: 'text' });

const byName = { name: 'text' } as const;
const origin = fields({
  arch: 'text', kernelRelease: 'text', kernelBuild: 'text', features: list('text'), cpuCount: maybe('count'), files: list(fields({ path: 'text', buildId: 'text' })),
  types: fields({
    structs: list(fields({ module: 'text', tag: 'text', ...byName, path: list('text'), size: maybe('count'), member: maybe('text'), offset: maybe('number'), type: maybe('text'), shift: maybe('count'), bits: maybe('count'), line: maybe('count'), movable: maybe('flag') })),
    enums: list(fields({ ...byName, bytes: 'count', members: list(list('any')) })), names: list(fields({ ...byName, type: 'text' })), constants: list(fields({ ...byName, value: 'bigint' })),
  }),
  blocks: list(fields({ points: list(fields({ raw: 'text', parts: list('text'), label: maybe('text'), location: maybe(list('text')) })), uses: fields({ probe: 'flag', args: 'flag', func: 'flag', fields: maybe(list('text')), calls: list('text') }) })),
  programs: { table: fields({
    section: 'text', selector: maybe('text'), names: maybe(list('text')), numbers: maybe(list(list('bigint'))), syscalls: maybe(list('count')), places: maybe(list('bigint')),
    arguments: list(fields({ ...byName, source: fields({ kind: 'text' }), type: 'text', line: maybe('count') })),
    argumentLoads: maybe(fields({ section: 'text', loads: list(fields({ at: 'count', argument: 'text', width: 'count' })) })),
  }) },
});

const manifest: Shapes = {
  version: 'count',
  portable: maybe('flag'), origin: maybe(origin), parametersGiven: maybe('flag'), unsafe: maybe('flag'),
  programs: list(fields({ name: 'text', within: maybe('text'), probe: 'text', attach, needs: maybe('text'), filtered: maybe('flag'), probeCount: 'count', block: 'count' })),
  maps: list(fields({
    name: 'text', scriptName: maybe('text'), mapType: 'text', perCpu: 'flag', maxEntries: 'count', key: maybe(type), value: type, keySize: 'count', valueSize: 'count',
    shape: { kind: { plain: {}, flagged: { flagOffset: 'count' }, aggregate: {} } }, keyTexts: maybe(list('text')), addedWords: maybe(list('count')),
    shortKeys: maybe(fields({ name: 'text', keySize: 'count' })),
  })),
  events: list(fields({ handler: 'text', layout: fields({ arguments: list(fields({ type, offset: 'count', dynamic: 'flag' })), fixedSize: 'count', maxSize: 'count' }), place })),
  ringBuffer: maybe('text'), packets: maybe('text'), lostEvents: maybe('text'), started: maybe('text'), cgroups: maybe('text'), unwind: maybe(fields({ rules: 'text', ranges: 'text', ends: 'text' })), warnings: maybe(fields({ map: 'text', events: list('count') })), exitFlag: maybe('text'), pid: maybe('count'),
  arguments: maybe({ table: list(fields({ name: 'text' })) }),
  config: { table: 'any' },
  startValues: list(fields({ name: 'text', map: 'text', offset: 'count', size: 'count' })),
  parameters: maybe(list(fields({ name: 'text', type: 'text', description: maybe('text'), place: maybe(fields({ offset: 'count', size: 'count' })) }))),
};

/** The path of the first part that is not as the runtime takes it: `programs[0].attach.symbols`; undefined: all are. */
export function manifestProblem(value: unknown): string | undefined {
  const problem = problemIn(value, { fields: manifest }, '');
  return problem ?? ((value as Manifest).version === 1 ? undefined : 'version');
}

function problemIn(value: unknown, shape: Shape, path: string): string | undefined {
  const wrong = (fits: boolean): string | undefined => (fits ? undefined : path === '' ? 'content' : path);
  if (typeof shape === 'string') {
    switch (shape) {
      case 'any': return undefined;
      case 'text': return wrong(typeof value === 'string');
      case 'number': return wrong(typeof value === 'number');
      case 'count': return wrong(Number.isSafeInteger(value) && (value as number) >= 0);
      case 'flag': return wrong(typeof value === 'boolean');
      case 'bigint': return wrong(typeof value === 'bigint');
    }
  }
  if ('maybe' in shape) return value === undefined ? undefined : problemIn(value, shape.maybe, path);
  if ('list' in shape) return Array.isArray(value) ? firstOf(value.map((item: unknown, i) => problemIn(item, shape.list, `${path}[${i}]`))) : wrong(false);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(false);
  const table = value as Readonly<Record<string, unknown>>;
  if ('table' in shape) return firstOf(Object.entries(table).map(([name, item]) => problemIn(item, shape.table, `${path}.${name}`)));
  const shapes = 'kind' in shape ? (typeof table['kind'] === 'string' && Object.hasOwn(shape.kind, table['kind']) ? shape.kind[table['kind']]! : undefined) : shape.fields;
  if (!shapes) return `${path}.kind`;
  return firstOf(Object.entries(shapes).map(([name, inner]) => problemIn(table[name], inner, path === '' ? name : `${path}.${name}`)));
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
