// A program that uses all of the library's declarations, and what TypeScript says of it: strict, and with the declarations themselves checked.
//
//   idea   programs write declarations of their own: an inferred type that they could not name is an error of TypeScript then, so every type that
//          a call gives must be exported

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { typesOf } from '../../lib/api/typescript.js';
import { compile } from '../../lib/compile.js';
import { Source } from '../../lib/model/source/source.js';
import { packageRoot } from './command.js';
import { FixtureTarget } from './fixture-target.js';

const script = 'tracepoint:syscalls:sys_enter_openat { emit("open", (pid = pid, at = nsecs, path = str(args.filename))); @opens[comm] = count(); @sizes = hist(1); }';
/** what `tbpf types` writes for its script */
export const written = typesOf(compile(new Source('opens.bt', script), new FixtureTarget()).output!.manifest);

const uses = `
export const machine = openMachine();
export const facts = machine.record(['tracepoint:sched:sched_switch']);
export const text = bpf\`begin { print(\${'x'}); }\`;
export async function run() {
  const session = await trace<Types>(${JSON.stringify(script)}, { machine });
  for await (const event of session) {
    if (event.type !== 'emit') continue;
    const pid: number = event.fields.pid;
    const at: bigint = event.fields.at;
    const path: string = event.fields.path;
    console.log(event.name, pid, at, path);
    // @ts-expect-error there is no such field
    event.fields.nothing;
  }
  const opens: bigint | undefined = session.maps.get('@opens').lookup('cat');
  const p99: bigint | undefined = session.maps.get('@sizes').value?.percentile(99);
  // @ts-expect-error there is no such map
  session.maps.get('@nothing');
  // @ts-expect-error internals are private
  session.runner;
  return { opens, p99, end: await session.done, stats: session.stats(), maps: session.maps, symbols: session.symbols, clock: session.clock, skipped: session.skipped, warnings: session.warnings };
}
export async function untyped() {
  const session = await trace('begin { @x = 1; exit(); }');
  const [first] = session.maps.get('@x');
  const value = first?.value;
  return { value: value instanceof Histogram ? value.rows : value, entries: await session.maps.get('@x').take(), sites: session.program.sites };
}
interface Opened { pid: number; path: string }
interface Whole { events: { opened: Opened; closed: { pid: number } }; maps: { '@opens': { key: string; value: bigint }; '@sizes': { value: Histogram } } }
type Alias = { events: { opened: { pid: number } }; maps: { '@x': { key: number; value: bigint } } };
interface OnlyEvents { events: { opened: Opened } }
type OnlyMaps = { maps: { '@x': { value: bigint } } };
declare const given: {
  written: Session<Types>; whole: Session<Whole>; alias: Session<Alias>; events: Session<OnlyEvents>; maps: Session<OnlyMaps>; plain: Session; simulated: Simulation<Types>;
};
/** helper functions for the sessions of every script */
export async function ofAny(session: Session): Promise<void> {
  for (const name of session.maps.names) for (const { key, value } of session.maps.get(name)) console.log(key, value);
  for await (const event of session) eventOfAny(event);
}
export function eventOfAny(event: TraceEvent): void {
  if (event.type === 'emit') console.log(event.name.length, event.fields.pid);
  if (event.type === 'map') console.log(event.name, event.entries.length);
}
export async function ofEach<S extends ScriptTypes>(session: Session<S>): Promise<void> {
  for (const name of session.maps.names) for (const { value } of session.maps.get(name)) console.log(value);
}
export const mapOfAny = (map: MapHandle): number => map.size;
export const mapsOfAny = (maps: Maps): number => maps.names.length;
export const simulationOfAny = (simulation: Simulation): number => simulation.begin.length;
export const programOfAny = (program: Program): Uint8Array => program.toBytes();
export async function helped() {
  const { written, whole, alias, events, maps, plain, simulated } = given;
  const untyped = await trace('begin { }');
  await Promise.all([ofAny(written), ofAny(whole), ofAny(alias), ofAny(events), ofAny(maps), ofAny(plain), ofAny(untyped)]);
  await Promise.all([ofEach(written), ofEach(whole), ofEach(alias), ofEach(events), ofEach(maps), ofEach(plain), ofEach(untyped)]);
  for await (const event of whole) eventOfAny(event);
  for await (const event of untyped) {
    eventOfAny(event);
    if (event.type !== 'emit') continue;
    // @ts-expect-error a value of which nothing is known is no text yet
    const path: string = event.fields.path;
    console.log(path);
  }
  for await (const event of events) {
    const path: string | undefined = event.type === 'emit' ? event.fields.path : undefined;
    console.log(path);
  }
  mapOfAny(whole.maps.get('@sizes'));
  mapOfAny(untyped.maps.get('@x'));
  mapsOfAny(alias.maps);
  simulationOfAny(simulated);
  programOfAny(written.program);
  // @ts-expect-error the script has no maps
  events.maps.get('@x');
  // @ts-expect-error a name of a map begins with @
  untyped.maps.get('x');
  // @ts-expect-error a key of this map is a text
  whole.maps.get('@opens').lookup(1);
  // @ts-expect-error that is another script
  const other: Session<Alias> = whole;
  return { other, opened: await trace<OnlyEvents>('begin { }') };
}
export const program = compileFor<Types>(text, {});
export const tests = { begin: simulate(program).begin, fired: simulate(program).fire('interval:s:1', { args: { a: 1 }, nsecs: 1n }), events: simulate<Types>(program).end() };
export const found: readonly string[] = check('begin { }').map((diagnostic) => diagnostic.message);
export const tree = parse('begin { }').tree;
export const formatted: string = format('begin { }');
export const running = [compile('begin { }'), kernelInfo(), listProbes('tracepoint:*')] as const;
export const isOurs = (error: unknown): boolean => error instanceof TbpfError && error.code === 'ERR_COMPILE';
`;
const names = {
  tbpf: 'bpf, compile, Histogram, kernelInfo, listProbes, openMachine, TbpfError, trace, type MapHandle, type Maps, type Program, type ScriptTypes, type Session, type TraceEvent',
  'tbpf/compiler': 'check, compile as compileFor', 'tbpf/syntax': 'format, parse', 'tbpf/simulate': 'simulate, type Simulation',
};
/** The program: opens.ts beside it is `written`. */
export const program = `${Object.entries(names).map(([from, list]) => `import { ${list} } from '${from}';\n`).join('')}import type { Types } from './opens.js';\n${uses}`;

execFileSync('sh', ['scripts/setup.sh', '--for', 'pack'], { cwd: packageRoot, stdio: ['ignore', 'ignore', 'inherit'] });

/** What TypeScript says of a program; the empty text: nothing. */
export function complaints(files: Readonly<Record<string, string>>, options: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-types-'));
  try {
    mkdirSync(join(folder, 'node_modules/tbpf/dist'), { recursive: true });
    cpSync(join(packageRoot, 'package.json'), join(folder, 'node_modules/tbpf/package.json'));
    cpSync(join(packageRoot, 'dist/types'), join(folder, 'node_modules/tbpf/dist/types'), { recursive: true });
    mkdirSync(join(folder, 'node_modules/@types'));
    symlinkSync(join(packageRoot, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'));
    const compilerOptions = { target: 'ES2022', lib: ['ES2023', 'ESNext.Disposable'], types: ['node'], strict: true, skipLibCheck: false, declaration: true, emitDeclarationOnly: true, outDir: 'out', exactOptionalPropertyTypes: true, ...options };
    writeFileSync(join(folder, 'package.json'), '{ "name": "app" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return spawnSync(process.execPath, [join(packageRoot, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
