// `npm run test:differential`: the same programs through bpftrace and through tbpf, compared byte for byte.
//
//   in     families of programs (families/), rows of test/language/cases; bpftrace where it is installed (Debian: apt install bpftrace)
//   out    counts, and each difference that differences.ts does not explain; status 1 when there is one
//   usage  npm run test:differential [-- --only PATTERN] [--language-rows] [--show]; --show prints both outputs of explained differences too

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { command, findBpftrace, output } from '../../bench/place.js';
import { joinPrograms, splitOutput } from './batch.js';
import { differences, type Difference } from './differences.js';
import { explain } from './explain.js';
import { families } from './families/index.js';
import { languageRows } from './language-rows.js';
import type { DifferentialProgram, Format } from './program.js';

/** Programs in one script. bpftrace gives each variable a place on the stack of 512 bytes. */
const BATCH = 20;

/** What one of the two did with a program. */
type Outcome = { readonly printed: string } | { readonly refused: string };

const { values } = parseArgs({ options: { only: { type: 'string' }, 'language-rows': { type: 'boolean', default: false }, show: { type: 'boolean', default: false } } });
const bpftrace = findBpftrace();
if (bpftrace === undefined) {
  console.error('test:differential: bpftrace is not installed (Debian: apt install bpftrace)');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'tbpf-differential-'));
let starts = 0;

try {
  process.exitCode = compareAll();
} finally {
  rmSync(folder, { recursive: true });
}

function compareAll(): number {
  const rows = languageRows();
  const all = [...families, ...(values['language-rows'] ? rows.programs : [])];
  assertUnique(all);
  const only = values.only === undefined ? undefined : new RegExp(values.only);
  const chosen = all.filter(({ name }) => only?.test(name) ?? true);

  const theirs = runAll(chosen, runBpftrace);
  const accepted = chosen.filter((program) => 'printed' in theirs.get(program)!);
  const ours = runAll(accepted, runTbpf);

  let equal = 0;
  const explained = new Map<Difference, number>();
  const faults: string[] = [];
  for (const program of chosen) {
    const old = theirs.get(program)!;
    if ('refused' in old) {
      if (!program.mayBeRefused) faults.push(`${program.name}: bpftrace refuses it\n${program.body}\n${old.refused}`);
      continue;
    }
    const now = ours.get(program)!;
    const mine = 'printed' in now ? now.printed : `refused: ${now.refused}`;
    if (old.printed === mine) {
      equal++;
      continue;
    }
    const reasons = explain(program, old.printed, mine);
    for (const reason of reasons) explained.set(reason, (explained.get(reason) ?? 0) + 1);
    const both = `${program.name}\n${indent(program.body)}\n  bpftrace:\n${indent(old.printed)}\n  tbpf:\n${indent(mine)}`;
    if (reasons.length === 0) faults.push(both);
    else if (values.show) console.log(`(${reasons.map(({ what }) => what).join('; ')}) ${both}\n`);
  }

  for (const fault of faults) console.log(`${fault}\n`);
  const refused = chosen.filter((program) => program.mayBeRefused && 'refused' in theirs.get(program)!).length;
  const left = [...rows.leftOutBySince].sort(([a], [b]) => (a < b ? -1 : 1));
  console.log(`${output(bpftrace!, '--version').trim()} and tbpf: ${accepted.length} programs in ${starts} starts`);
  console.log(`  ${equal} print the same bytes`);
  console.log(`  ${accepted.length - equal - countDiffering(faults)} differ as later versions of bpftrace do:`);
  for (const [{ since, what }, count] of explained) console.log(`    ${String(count).padStart(4)}  ${since}: ${what}`);
  console.log(`  ${countDiffering(faults)} differ without an explanation`);
  if (values['language-rows']) console.log(`of test/language/cases: ${rows.programs.length} tried, ${refused} of them refused by bpftrace; left out: ${rows.otherShape} of another shape, ${left.map(([since, count]) => `${count} with words of ${since}`).join(', ')}`);
  const stale = only === undefined ? differences.filter((difference) => !explained.has(difference)) : [];
  for (const { what } of stale) console.log(`differences.ts explains something that does not occur: ${what}`);
  return faults.length > 0 || stale.length > 0 ? 1 : 0;
}

function countDiffering(faults: readonly string[]): number {
  return faults.filter((fault) => fault.includes('\n  tbpf:\n')).length;
}

type Runner = (programs: readonly DifferentialProgram[], format: Format) => { readonly printed: readonly string[] } | { readonly refused: string; readonly guilty: ReadonlySet<DifferentialProgram> };

function runAll(programs: readonly DifferentialProgram[], run: Runner): Map<DifferentialProgram, Outcome> {
  const outcomes = new Map<DifferentialProgram, Outcome>();
  for (const format of ['text', 'json'] as const) {
    const queue = batches(programs.filter((program) => program.format === format));
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      process.stderr.write(process.stderr.isTTY ? `\r${starts} starts, ${outcomes.size} of ${programs.length} programs ` : '');
      const result = run(batch, format);
      if ('printed' in result) {
        for (const [index, program] of batch.entries()) outcomes.set(program, { printed: result.printed[index]! });
        continue;
      }
      for (const program of batch.length === 1 ? batch : result.guilty) outcomes.set(program, { refused: result.refused });
      const rest = batch.filter((program) => !outcomes.has(program));
      if (rest.length === batch.length) queue.unshift(batch.slice(0, batch.length / 2), batch.slice(batch.length / 2));
      else if (rest.length > 0) queue.unshift(rest);
    }
  }
  return outcomes;
}

/** Rows that may be refused stay among themselves. */
function batches(programs: readonly DifferentialProgram[]): DifferentialProgram[][] {
  const result: DifferentialProgram[][] = [];
  for (const group of [programs.filter((p) => !p.mayBeRefused), programs.filter((p) => p.mayBeRefused)]) {
    for (let at = 0; at < group.length; at += BATCH) result.push(group.slice(at, at + BATCH));
  }
  return result;
}

function runBpftrace(programs: readonly DifferentialProgram[], format: Format): ReturnType<Runner> {
  return runCommand([bpftrace!, '-q'], programs, format);
}

function runTbpf(programs: readonly DifferentialProgram[], format: Format): ReturnType<Runner> {
  return runCommand([command, '-q', '--no-warnings'], programs, format);
}

function runCommand(argv: readonly string[], programs: readonly DifferentialProgram[], format: Format): ReturnType<Runner> {
  const batch = joinPrograms(programs);
  const file = join(folder, 'batch.bt');
  writeFileSync(file, batch.script);
  starts++;
  const { stdout, stderr, error } = spawnSync(argv[0]!, [...argv.slice(1), '-f', format, file], { encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 26 });
  if (error !== undefined) throw error;
  const printed = splitOutput(stdout, programs.length, format);
  if (printed !== undefined) return { printed };
  const said = stderr.split('\n').filter((line) => !line.includes('RLIMIT_MEMLOCK')).join('\n').trim();
  const lines = [...said.matchAll(/batch\.bt:(\d+)[:-]\S* ERROR/g)].map((match) => Number(match[1]));
  return { refused: said, guilty: new Set(lines.flatMap((line) => batch.programOfLine(line) ?? [])) };
}

function assertUnique(programs: readonly DifferentialProgram[]): void {
  const names = new Set<string>();
  for (const { name } of programs) {
    if (names.has(name)) throw new Error(`two programs are called ${name}`);
    names.add(name);
  }
}

function indent(text: string): string {
  return text.split('\n').map((line) => `    ${line}`).join('\n');
}
