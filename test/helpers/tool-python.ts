// A tool over a process that does a known number of things when it is told to.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Running, type Ended } from './command.js';

export interface PythonLoad {
  /** what it does, once everything is attached */
  readonly program: string;
  /** command line of the tool, which follows the process */
  readonly args: (pid: number) => readonly string[];
  /** output that says that everything is attached */
  readonly ready: { readonly stream: 'stdout' | 'stderr'; readonly pattern: RegExp };
  /** undefined: ^C when the load is over; else the tool ends by itself when this is there */
  readonly until?: RegExp;
}

/** Runs a tool over Python, which waits for a line before it begins and, when it is over, for another. */
export async function overPython({ program, args, ready, until }: PythonLoad): Promise<Ended & { readonly pid: number }> {
  const source = `import os, sys\nprint('started', flush=True)\nsys.stdin.readline()\n${program}\nprint('done', flush=True)\nsys.stdin.readline()\n`;
  const load = spawn('python3', ['-c', source], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    // what Python does while it starts is none of the load
    await once(load.stdout, 'data');
    const tool = new Running(args(load.pid!), { timeoutMs: 100_000 });
    await tool.until(ready.stream, ready.pattern);
    load.stdin.write('\n');
    await once(load.stdout, 'data');
    if (until) await tool.until('stdout', until);
    else tool.kill('SIGINT');
    return { ...(await tool.ended), pid: load.pid! };
  } finally {
    load.kill('SIGKILL');
  }
}
