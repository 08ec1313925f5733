// funccount on 500 kernel functions in a guest: this machine's kernel may have no kprobes, and all of its processes would be traced.
//
//   in     the guest's kernel
//   out    a row for docs/performance.md, or why there is none

import { spawnSync } from 'node:child_process';
import { fixed, table } from './numbers.js';
import { rootFolder } from './place.js';
import type { FunctionsRow } from './functions-here.js';

const KERNEL = '6.12';
const FUNCTIONS = 500;
const PATIENCE_MS = 300_000;

export type FunctionsResult = FunctionsRow | { readonly refusal: string };

export function measureFunctions(): FunctionsResult {
  const words = ['scripts/run.mjs', 'scripts/vm/run.ts', '--kernel', KERNEL, 'node', 'scripts/run.mjs', 'bench/functions-here.ts', String(FUNCTIONS)];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { cwd: rootFolder, encoding: 'utf8', timeout: PATIENCE_MS });
  const line = stdout.split('\n').find((each) => each.startsWith('{'));
  return line === undefined ? { refusal: `the guest ended with status ${status}: ${stderr.trim().split('\n').at(-1) ?? ''}` } : JSON.parse(line) as FunctionsResult;
}

export function functionsTable(result: FunctionsResult): string {
  if ('refusal' in result) return `It does not run here: ${result.refusal}.`;
  const { functions, attachMs, stopMs } = result;
  return table(['funccount, guest with Linux ' + KERNEL, 'functions', 'ms until it counts', 'ms from ^C to the end'], [['tbpf funccount', String(functions), fixed(attachMs, 0), fixed(stopMs, 0)]]);
}
