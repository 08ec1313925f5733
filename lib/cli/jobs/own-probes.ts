// --test and --bench: probes that tbpf runs itself, and what it says of them (language.md 8.8).
//
//   facts  a test passes when it returns 0, gives exit() nothing but 0, and neither errorf() nor a run-time error was sent. Where
//          events were lost it fails too: one of them may have been an errorf(). Its output is shown when it fails. A benchmark is repeated until one run of the kernel takes a millisecond; one that does not return 0
//          is left out

import type { ManifestProgram } from '../../model/layout/manifest.js';
import { jsonString } from '../../language/json-text.js';
import { isWarning, type OutputEvent } from '../../language/output-event.js';
import { createWriter, MemorySink, type Rendering, type Writer } from '../../runtime/output/index.js';
import { noColour } from '../output/colour.js';
import type { Session } from '../../runtime/session/session.js';

export type Mode = 'trace' | 'test' | 'bench';

/** Script output and messages as text, kept while a test runs. */
export class Captured implements Writer {
  /** the script said that something is wrong */
  failed = false;
  private readonly sink = new MemorySink();
  private readonly writer: Writer;

  /** @param warnings  false: failures that --no-warnings silences are noted and not shown */
  constructor(
    rendering: Rendering,
    private readonly warnings: boolean,
  ) {
    this.writer = createWriter('text', { out: this.sink, errors: this.sink, rendering });
  }

  emit(event: OutputEvent): void {
    if (['errorf', 'helper_error', 'runtime_error', 'lost'].includes(event.type)) this.failed = true;
    if (this.warnings || !isWarning(event)) this.writer.emit(event);
  }

  flush(): void {}

  take(): string {
    const { text } = this.sink;
    this.sink.text = '';
    return text;
  }
}

/** Programs that a mode is about. */
export function programsOf(mode: Mode, programs: readonly ManifestProgram[]): readonly ManifestProgram[] {
  return programs.filter(({ attach }) => (mode === 'trace' ? attach.kind !== 'test' && attach.kind !== 'bench' : attach.kind === mode));
}

/** Why nothing is left to run, as far as the mode is to blame. */
export function nothingToRun(programs: readonly ManifestProgram[]): string {
  const kinds = programs.map(({ attach }) => attach.kind);
  if (kinds.includes('test')) return 'No probes attached; use --test to run test probes.';
  return kinds.includes('bench') ? 'No probes attached; use --bench to run benchmark probes.' : 'No probes to attach';
}

const painted = (colour: number, text: string): string => (noColour(process.env) ? text : `\x1b[${colour}m${text}\x1b[0m`);
const green = (text: string): string => painted(32, text);
const red = (text: string): string => painted(31, text);

interface TestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly durationNs: number;
  /** what it printed */
  readonly output: string;
}

function runTest(session: Session, program: ManifestProgram, captured: Captured): TestResult {
  captured.failed = false;
  const { retval, durationNs, exitStatus } = session.runAlone(program.name);
  return { name: nameOf(program), passed: retval === 0 && exitStatus === 0 && !captured.failed, durationNs, output: captured.take() };
}

/** A line of JSON a test. @returns whether all of them passed */
export function runTestsAsJson(session: Session, programs: readonly ManifestProgram[], captured: Captured, print: (text: string) => void): boolean {
  const results = programs.map((program) => {
    const result = runTest(session, program, captured);
    print(`{"type": "test_result", "data": {${jsonString(result.name)}: {"duration": ${result.durationNs}, "passed": ${result.passed}, "output": ${jsonString(result.output)}}}}\n`);
    return result;
  });
  return results.every(({ passed }) => passed);
}

/** @returns whether all of them passed */
export function runTests(session: Session, programs: readonly ManifestProgram[], captured: Captured, print: (text: string) => void): boolean {
  const failures: string[] = [];
  print(`${green('[==========]')} Running ${tests(programs.length)}.\n`);
  for (const program of programs) {
    const name = nameOf(program);
    print(`${green('[ RUN      ]')} ${name}\n`);
    const { passed, durationNs, output: text } = runTest(session, program, captured);
    if (passed) print(`${green('[       OK ]')} ${name} (${duration(durationNs)})\n`);
    else {
      failures.push(name);
      print(`${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${red('[  FAILED  ]')} ${name} (${duration(durationNs)})\n`);
    }
  }
  print(`${green('[==========]')} ${tests(programs.length)} ran.\n${green('[  PASSED  ]')} ${tests(programs.length - failures.length)}.\n`);
  if (failures.length > 0) print(`${red('[  FAILED  ]')} ${tests(failures.length)}, listed below:\n${failures.map((name) => `${red('[  FAILED  ]')} ${name}\n`).join('')}`);
  return failures.length === 0;
}

const LONG_ENOUGH_NS = 1_000_000;
const columns = { name: 41, time: 15 } as const;
/** A line of the table of --bench. */
const benchmarkLine = (name: string, time: string, iterations: string): string => `${name.padEnd(columns.name)}${time.padEnd(columns.time)}${iterations}\n`;
export const benchmarkRow = (name: string, durationNs: number, iterations: number): string => benchmarkLine(name, String(durationNs), String(iterations));
const header = benchmarkLine('Benchmark', 'Time(ns)', 'Iterations');
export const benchmarkHead = `${header}${'-'.repeat(header.length - 1)}\n`;

/** A line of JSON a benchmark. */
export function runBenchmarksAsJson(session: Session, programs: readonly ManifestProgram[], captured: Captured, print: (text: string) => void): void {
  for (const program of programs) {
    const measured = measure(session, program);
    captured.take();
    if (measured) print(`{"type": "benchmark_result", "data": {${jsonString(nameOf(program))}: {"average": ${measured.durationNs}, "iters": ${measured.repeat}}}}\n`);
  }
}

export function runBenchmarks(session: Session, programs: readonly ManifestProgram[], captured: Captured, print: (text: string) => void): void {
  print(benchmarkHead);
  for (const program of programs) {
    const measured = measure(session, program);
    captured.take();
    if (measured) print(benchmarkRow(nameOf(program), measured.durationNs, measured.repeat));
  }
}

function measure(session: Session, program: ManifestProgram): { readonly durationNs: number; readonly repeat: number } | undefined {
  for (let repeat = 1; ; ) {
    const { retval, durationNs } = session.runAlone(program.name, repeat);
    if (retval !== 0) return undefined;
    const total = durationNs * repeat;
    if (total >= LONG_ENOUGH_NS) return { durationNs, repeat };
    repeat *= total < 1_000 ? 1000 : total < 10_000 ? 100 : total < 100_000 ? 10 : 2;
  }
}

function nameOf({ attach, probe }: ManifestProgram): string {
  return attach.kind === 'test' || attach.kind === 'bench' ? attach.name : probe;
}

function tests(count: number): string {
  return `${count} ${count === 1 ? 'test' : 'tests'}`;
}

function duration(ns: number): string {
  if (ns < 1_000) return `${ns} ns`;
  return ns < 1_000_000 ? `${Math.round(ns / 1_000)} us` : `${Math.round(ns / 1_000_000)} ms`;
}
