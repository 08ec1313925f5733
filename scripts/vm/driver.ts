// Inside a guest: runs test files, two at a time, and leaves what each wrote on the share.
//
//   idea   tests write to memory, the whole goes to the share at their end: a write to the share costs milliseconds
//   in     a JSON file: the tests (name, module), where to put results, jobs, seconds per file
//   out    for each test NAME.tap, NAME.stderr, NAME.end ({ status, signal, seconds }), when it has ended; a line each on stdout

import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the host asks for. */
export interface Plan {
  tests: { name: string; module: string }[];
  results: string;
  jobs: number;
  timeoutSeconds: number;
}

/** How a test file ended. */
export interface TestEnd {
  status: number | null;
  signal: string | null;
  seconds: number;
}

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Plan;
const waiting = [...plan.tests];

async function work(): Promise<void> {
  for (let test = waiting.shift(); test; test = waiting.shift()) {
    const end = await runTest(test);
    process.stdout.write(`${end.status === 0 ? 'ok    ' : 'FAILED'} ${test.name} ${end.seconds.toFixed(1)} s\n`);
  }
}

async function runTest({ name, module }: Plan['tests'][number]): Promise<TestEnd> {
  const scratch = mkdtempSync('/run/test-');
  const out = openSync(join(scratch, 'tap'), 'w');
  const err = openSync(join(scratch, 'stderr'), 'w');
  const started = Date.now();
  // A group of its own, so that a test that hangs ends together with what it started.
  const child = spawn(process.execPath, [module], { stdio: ['ignore', out, err], detached: true });
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), plan.timeoutSeconds * 1000);
  const end = await new Promise<Pick<TestEnd, 'status' | 'signal'>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
  clearTimeout(timer);
  closeSync(out);
  closeSync(err);
  const base = join(plan.results, name);
  mkdirSync(dirname(base), { recursive: true });
  for (const part of ['tap', 'stderr']) copyFileSync(join(scratch, part), `${base}.${part}`);
  const result: TestEnd = { ...end, seconds: (Date.now() - started) / 1000 };
  writeFileSync(`${base}.end`, JSON.stringify(result));
  return result;
}

await Promise.all(Array.from({ length: plan.jobs }, () => work()));
