// Tracers that are commands: started, and ended for certain, also when the bench itself is told to stop.
//
//   facts  bpftrace 0.17 misses an interrupt that comes between its look at the flag and epoll_wait(-1): it is told until it hears

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const AGAIN_MS = 500;
const PATIENCE_MS = 10_000;

const running = new Set<ChildProcess>();

/** @param stdio  of stdin, stdout, stderr */
export async function startTracer(argv: readonly string[], stdio: StdioOptions): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(argv[0]!, argv.slice(1), { stdio });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await once(child, 'spawn');
  return child as ChildProcess & { readonly pid: number };
}

/** The kernel takes their programs away with them. */
export function killTracers(): void {
  for (const child of running) child.kill('SIGKILL');
}

export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Interrupts it, and waits for its end. @throws Error when it had to be killed */
export async function interrupt(child: ChildProcess): Promise<void> {
  const since = Date.now();
  for (let told = -AGAIN_MS; !hasEnded(child); await sleep(10)) {
    const waited = Date.now() - since;
    if (waited > PATIENCE_MS) {
      child.kill('SIGKILL');
      throw new Error(`${child.spawnargs.join(' ')} did not end when interrupted`);
    }
    if (waited - told < AGAIN_MS) continue;
    child.kill('SIGINT');
    told = waited;
  }
}
