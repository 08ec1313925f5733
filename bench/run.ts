// The bench: `npm run bench`, or `npm run bench -- --quick` for a first look.
//
//   in     --quick: few rounds; --part per-event|start-up|compile|tools|functions|flood|library; --only NAME,NAME: these programs
//   out    tables on the terminal; a complete run that is not quick also writes them to docs/performance.md
//   facts  needs root; README.md says what is compared and how

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Complaint } from '../scripts/complaint.js';
import { compileTable, measureCompile } from './compile.js';
import { floodTable, measureFlood } from './flood.js';
import { functionsTable, measureFunctions } from './functions.js';
import { measureLibrary, rateTable } from './library.js';
import { fixed } from './numbers.js';
import { meanRatio, measurePerEvent, perEventTable, ratio, type PerEventRow } from './per-event.js';
import { describeMachine, findBpftrace, otherCpu, output, rootFolder } from './place.js';
import { programs } from './programs.js';
import { measureStartUp, startUpTable } from './start-up.js';
import { measureTools, toolsTable } from './tools.js';
import { killTracers } from './tracer.js';
import { Workload } from './workload.js';

const PARTS = ['per-event', 'start-up', 'compile', 'tools', 'functions', 'flood', 'library'] as const;
type Part = (typeof PARTS)[number];

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, part: { type: 'string' }, only: { type: 'string' } } });
if (values.part !== undefined && !PARTS.includes(values.part as Part)) throw new Complaint(`--part takes one of ${PARTS.join(', ')}`);
const names = values.only?.split(',');
const unknown = names?.find((name) => !programs.some((program) => program.name === name));
if (unknown !== undefined) throw new Complaint(`there is no program ${unknown}; there are ${programs.map(({ name }) => name).join(', ')}`);

const wants = (part: Part): boolean => (values.part === undefined ? names === undefined || part === 'per-event' : values.part === part);
const isComplete = !values.quick && values.part === undefined && names === undefined;
const progress = (text: string): void => void process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${text}${process.stderr.isTTY ? '' : '\n'}`);

const perEventText = (rows: readonly PerEventRow[]): string => {
  const compared = rows.filter(({ program }) => !program.isFloor);
  const worst = compared.reduce<PerEventRow | undefined>((a, b) => (a === undefined || ratio(b) > ratio(a) ? b : a), undefined);
  if (worst === undefined) return perEventTable(rows);
  const mean = `Geometric mean of tbpf/C over ${compared.length} programs: ${fixed(meanRatio(rows), 3)}; the highest: ${fixed(ratio(worst), 2)} (${worst.program.name}).`;
  return `${perEventTable(rows)}\n\n${mean}`;
};

const sections: { title: string; text: string }[] = [];
const report = (title: string, text: string): void => {
  sections.push({ title, text });
  progress('');
  console.log(`\n${title}\n\n${text}`);
};

for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  process.on(signal, () => {
    killTracers();
    process.exit(status);
  });
}

const bpftrace = findBpftrace();
const startedAt = new Date();
// The measured processes move themselves to another CPU; what they start inherits it.
output('taskset', '-a', '-p', '-c', String(otherCpu), String(process.pid));
const workload = new Workload();
try {
  if (wants('per-event')) {
    const chosen = programs.filter(({ name }) => names === undefined || names.includes(name));
    const options = values.quick ? { rounds: 3, bpftraceRounds: names === undefined ? 0 : 1, calls: 50_000 } : { rounds: 7, bpftraceRounds: 5, calls: 100_000 };
    report('Cost per event', perEventText(await measurePerEvent(chosen, workload, { ...options, bpftrace, progress })));
  }
  if (wants('start-up')) {
    progress('start-up');
    report('Start-up', startUpTable(measureStartUp(bpftrace, values.quick ? 5 : 20)));
  }
  if (wants('compile')) {
    progress('compile');
    report('Compile', compileTable(await measureCompile(bpftrace, values.quick ? 1 : 5)));
  }
  if (wants('tools')) {
    progress('tools');
    report('Tools', toolsTable(await measureTools(bpftrace, values.quick ? 2 : 10)));
  }
  if (wants('functions')) {
    progress('functions');
    report('Many functions', functionsTable(measureFunctions()));
  }
  if (wants('flood')) {
    progress('flood');
    report('Flood', floodTable(await measureFlood(workload, bpftrace, values.quick ? 300_000 : 1_000_000, values.quick ? 1 : 3)));
  }
  if (wants('library')) {
    progress('library');
    report('Rates of the library', rateTable(await measureLibrary(workload, values.quick ? 2 : 5)));
  }
} finally {
  workload.stop();
}

console.log(`\nMeasured in ${fixed((Date.now() - startedAt.getTime()) / 1000, 0)} s.`);
if (isComplete) {
  const text = [
    '# Performance',
    '',
    'Written by `npm run bench`; what is compared, and how, is told in `bench/README.md` of the repository.',
    '',
    `Measured on ${startedAt.toISOString().slice(0, 10)}:`,
    '',
    ...describeMachine(bpftrace),
    ...sections.flatMap((section) => ['', `## ${section.title}`, '', section.text]),
    '',
  ].join('\n');
  writeFileSync(join(rootFolder, 'docs/performance.md'), text);
}
