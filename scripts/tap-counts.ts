// Counts the test points of a TAP stream as tap itself counts them: assertions, not the subtests around them.
//
//   in     what tap, or a test file run by itself, wrote
//   out    numbers, and the failures in full
//   idea   a stream that breaks off, has the wrong plan or no test at all is a failure, also when each point in it is ok

import { Parser, type FinalResults, type Result } from 'tap-parser';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface TapSummary extends Counts {
  /** full names, with what tap knows of each failure */
  failures: string[];
  /** failures of files that held when they were run a second time, alone: not among `failed` */
  unsteady: string[];
  /** full name and reason of each skipped point */
  skips: string[];
}

/**
 * More files than this are not run a second time: they fail for a reason of their own, not because the machine was busy.
 *
 * A second run is for tests that wait for processes and clocks: on a busy machine one of thousands comes too late. What fails in both is a failure.
 */
export const AGAIN_AT_MOST = 5;

export const noCounts = (): TapSummary => ({ passed: 0, failed: 0, skipped: 0, failures: [], unsteady: [], skips: [] });

/**
 * Reads one complete TAP stream. `name` stands before the failures that belong to no test point. The tests of the stream named in `without` are left
 * out, and so is the verdict on the stream, which depends on them.
 */
export function countTap(text: string, name: string, without: ReadonlySet<string> = new Set()): TapSummary {
  const summary = noCounts();
  const ends: FinalResults[] = [];
  const parser = new Parser((results) => ends.push(results));
  const isPart = watch(parser, '', summary, without);
  parser.end(text);
  if (isPart()) return summary;
  const end = ends[0];
  if (summary.failed === 0 && !end?.ok) {
    const reasons = end?.failures.map((failure) => (String(failure.tapError ?? failure.name))).join('; ');
    addFailure(summary, `${name}: ${reasons || 'the stream of results is not complete'}`);
  }
  if (summary.passed + summary.failed + summary.skipped === 0) addFailure(summary, `${name}: no test ran`);
  return summary;
}

/**
 * Counts the points of a parser and of its subtests; the point that closes a subtest counts only when nothing in it explains it.
 * Returns whether subtests named in `without` were left out, to be asked at the end.
 */
function watch(parser: Parser, path: string, summary: TapSummary, without: ReadonlySet<string> = new Set()): () => boolean {
  let subtest: { failuresBefore: number; child: Parser } | undefined;
  let leftOut = false;
  parser.on('child', (child: Parser) => {
    subtest = { failuresBefore: summary.failed, child };
    if (without.has(child.name)) leftOut = true;
    else watch(child, `${path}${child.name} > `, summary);
  });
  parser.on('assert', (point: Result) => {
    const closed = subtest;
    subtest = undefined;
    if (closed !== undefined && without.has(closed.child.name)) return;
    const title = `${path}${point.name}`;
    const empty = closed === undefined || closed.child.count === 0;
    if (point.skip || point.todo) {
      if (!empty) return;
      summary.skipped++;
      summary.skips.push(`${title}: ${point.skip ? String(point.skip) : `to do: ${String(point.todo)}`}`);
    } else if (!point.ok) {
      if (closed === undefined || summary.failed === closed.failuresBefore) addFailure(summary, `${title}${describe(point.diag)}`);
    } else if (empty) {
      summary.passed++;
    }
  });
  return () => leftOut;
}

/** Adds a failure that no test point stands for. */
export function addFailure(summary: TapSummary, text: string): void {
  summary.failed++;
  summary.failures.push(text);
}

/** One line, as `.ci/run` ends with. */
export const countsLine = (counts: Counts) => `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;

/** The sum of several, with their texts. */
export const addSummaries = (all: readonly TapSummary[]): TapSummary => ({
  ...addCounts(all),
  failures: all.flatMap(({ failures }) => failures),
  unsteady: all.flatMap(({ unsteady }) => unsteady),
  skips: all.flatMap(({ skips }) => skips),
});

/** The sum of several. */
export function addCounts(all: readonly Counts[]): Counts {
  const sum = (pick: (counts: Counts) => number) => all.reduce((total, counts) => total + pick(counts), 0);
  return { passed: sum((c) => c.passed), failed: sum((c) => c.failed), skipped: sum((c) => c.skipped) };
}

function describe(diagnostic: unknown): string {
  if (diagnostic === undefined || diagnostic === null) return '';
  const text = typeof diagnostic === 'string' ? diagnostic : JSON.stringify(diagnostic, null, 2);
  return `\n${text.split('\n').slice(0, 60).map((line) => `    ${line}`).join('\n')}`;
}
