// Compile: what long scripts cost from exec to exit, and short ones that detach or print much.
//
//   in     scripts made here; the tracepoints of system calls
//   out    medians of wall and processor time, greatest resident set, beside bpftrace where it takes the script
//   idea   the commands take turns. Probes have a filter that no process passes, and the scripts end as soon as they are attached, so that what is measured is
//          compiling, loading, attaching and detaching; a second start finds what the first one compiled

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixed, median, table } from './numbers.js';
import { builtFolder, command, keptPrograms } from './place.js';
import { runTimed, type TimedRun } from './timed.js';

export interface CompileRow {
  readonly what: string;
  readonly tracer: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly residentMiB: number;
  /** why there are no numbers */
  readonly refusal?: string;
}

interface Script {
  readonly name: string;
  readonly what: string;
  readonly text: string;
  /** what the output must have, or the run did not do its work */
  readonly says?: RegExp;
  /** false: bpftrace 0.17 has no such loops */
  readonly forBpftrace?: false;
}

/** bpftrace 0.17 works for minutes on 400 probes. `timeout` ends with 124 */
const PATIENCE = ['timeout', '-s', 'INT', '-k', '5', '30'];
const GAVE_UP = 124;

const EVENTS = '/sys/kernel/tracing/events/syscalls';
const END = 'BEGIN { exit(); }\n';

/** As tools are written: a key, a histogram and a line in each probe. */
function probes(count: number): string {
  const names = readdirSync(EVENTS).filter((name) => name.startsWith('sys_')).sort();
  if (names.length < count) throw new Error(`${EVENTS} has ${names.length} tracepoints, the bench wants ${count}`);
  return names.slice(0, count).map((name, i) => `tracepoint:syscalls:${name} /comm == "nobody"/ { @calls${i}[comm, pid] = count(); @times${i} = hist(nsecs); printf("%s %d\\n", comm, pid); }\n`).join('') + END;
}

const statements = (count: number): string => `BEGIN {\n${Array.from({ length: count }, (_, i) => `  @values${i % 10}[pid] = ${i};\n`).join('')}  exit();\n}\n`;

const scripts = (): readonly Script[] => [
  ...[10, 100, 400].map((count) => ({ name: `probes-${count}`, what: `${count} probes: key, hist, printf`, text: probes(count) })),
  { name: 'statements', what: 'one block of 1,000 statements', text: statements(1000) },
  { name: 'one-histogram', what: 'one sys_exit_read histogram, start and exit', text: `tracepoint:syscalls:sys_exit_read { @ = hist(args->ret); }\n${END}` },
  {
    name: 'keys', what: 'a map of 100,000 keys, filled and printed', forBpftrace: false, says: /^@\[99999\]: 99999$/m,
    text: 'config = { max_map_keys = 100000 }\nbegin { for ($i : 0..100000) { @[$i] = $i; } exit(); }\n',
  },
];

/** tbpf keeps nothing of a script that changed more recently. */
const SETTLED_MS = 2500;

export async function measureCompile(bpftrace: string | undefined, rounds: number): Promise<readonly CompileRow[]> {
  const written = scripts().map((script) => {
    const file = join(builtFolder, `${script.name}.bt`);
    writeFileSync(file, script.text);
    return { script, file };
  });
  await sleep(SETTLED_MS);
  const before = keptPrograms();
  const rows = written.flatMap(({ script, file }) => {
    const own = [{ tracer: 'tbpf', argv: [command, '--no-cache', file] }, { tracer: 'tbpf, second start', argv: [command, file] }];
    const tracers = [...own, ...(bpftrace === undefined || script.forBpftrace === false ? [] : [{ tracer: 'bpftrace', argv: [...PATIENCE, bpftrace, file] }])];
    const runs = tracers.map(() => [] as TimedRun[]);
    const refusals = tracers.map((): string | undefined => undefined);
    for (let round = 0; round <= rounds; round++) {
      for (const [i, { argv }] of tracers.entries()) {
        if (refusals[i] !== undefined) continue;
        const run = runTimed(argv);
        refusals[i] = refusalOf(run, script);
        // the first round reads files into the page cache and does not count
        if (round > 0) runs[i]!.push(run);
      }
    }
    return tracers.map(({ tracer }, i): CompileRow => ({
      what: script.what, tracer, refusal: refusals[i], wallMs: median(runs[i]!.map((run) => run.wallMs)), cpuMs: median(runs[i]!.map((run) => run.cpuMs)),
      residentMiB: Math.max(...runs[i]!.map((run) => run.residentMiB)),
    }));
  });
  if (keptPrograms() - before !== written.length) throw new Error(`of ${written.length} scripts ${keptPrograms() - before} were kept: what is called a second start was a first one`);
  return rows;
}

function refusalOf({ status, text }: TimedRun, { says }: Script): string | undefined {
  if (status === 0 && (says?.test(text) ?? true)) return undefined;
  if (status === GAVE_UP) return `takes more than ${PATIENCE.at(-1)} s`;
  return `ends with status ${status}: ${text.trim().split('\n').find((line) => /error/i.test(line))?.slice(0, 120) ?? text.trim().slice(0, 120)}`;
}

export function compileTable(rows: readonly CompileRow[]): string {
  const refused = rows.filter(({ refusal }) => refusal !== undefined);
  const lines = rows.map(({ what, tracer, wallMs, cpuMs, residentMiB, refusal }) => [what, tracer, ...(refusal === undefined ? [fixed(wallMs, 0), fixed(cpuMs, 0), fixed(residentMiB, 0)] : ['–', '–', '–'])]);
  return [table(['script', 'tracer', 'wall ms', 'CPU ms', 'resident MiB'], lines), ...(refused.length === 0 ? [] : ['', ...refused.map(({ what, tracer, refusal }) => `${tracer}, ${what}: ${refusal}.`)])].join('\n');
}
