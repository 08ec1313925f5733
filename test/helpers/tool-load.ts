// A tool of tools/ under a load whose true answer is known: a shell that starts when the tool traces, and does nothing else.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Test } from 'tap';
import { Running, type Ended } from './command.js';
import { needs } from './needs.js';

/** A guest is emulated and takes ten seconds and more to start a tool. */
export const isSlow = process.env['TBPF_GUEST'] !== undefined;

/** Whether a tool can be tried here; else the test is skipped.
 * @param what  kernel: it may go differently on another kernel;  option: it does not depend on the kernel, and guests need not try it again */
export function canTrace(t: Test, what: 'kernel' | 'option'): boolean {
  if (what === 'option' && isSlow) {
    t.plan(0, 'does not depend on the kernel: tried on the machine itself');
    return false;
  }
  return needs(t, 'root', 'btf', 'tracepoint');
}

export interface LoadOptions {
  /** command line of the tool, which follows the process of the load */
  readonly args: (pid: number) => readonly string[];
  /** commands of sh */
  readonly load: string;
  /** what stdout has when tracing has begun; default any line */
  readonly ready?: RegExp;
  /** what stdout has when everything has come; undefined: the tool ends by itself */
  readonly until?: RegExp;
  readonly env?: NodeJS.ProcessEnv;
  /** as in RunOptions */
  readonly timeoutMs?: number;
}

export interface Loaded extends Ended {
  /** of the shell */
  readonly pid: number;
  /** of stdout */
  readonly lines: readonly string[];
}

/** Runs a tool until the load is over and told, then ends it by ^C. */
export async function underLoad({ args, load, ready = /\n/, until, env, timeoutMs }: LoadOptions): Promise<Loaded> {
  const shell = spawn('/bin/sh', ['-s'], { stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, ...env } });
  try {
    const tool = new Running(args(shell.pid!), { timeoutMs });
    await tool.until('stdout', ready);
    shell.stdin!.end(load);
    await ended(shell);
    if (until) {
      await tool.until('stdout', until);
      tool.kill('SIGINT');
    }
    const result = await tool.ended;
    return { ...result, pid: shell.pid!, lines: result.stdout.split('\n').slice(0, -1) };
  } finally {
    shell.kill('SIGKILL');
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve() : child.on('exit', () => resolve())));
}
