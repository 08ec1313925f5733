// Signals at any moment of a trace, from the start of the command to its end: nothing stays behind, and what is said is no accident.
//
//   in     TBPF_MOMENTS: how many moments for SIGKILL, a quarter of them for each other signal (`npm run test:killed`: 300); TBPF_SEED: other moments
//   idea   half of the moments are in the start, half in the trace and its end: each falls at random into a part of its own of what one run before took for
//          them; all programs of a run use a map of a name that is its own
//   facts  what a killed process held is freed when its last descriptor has been closed, some of it by a worker of the kernel

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { Running } from '../../helpers/command.js';
import { dice } from '../../helpers/dice.js';
import { needs } from '../../helpers/needs.js';

const moments = Number(process.env['TBPF_MOMENTS'] ?? 8);
const seed = Number(process.env['TBPF_SEED'] ?? 1);
/** Every phase takes its time: programs of three kinds to load and attach, events and a map to print, detaching. */
const scriptOf = (map: string): string => `
  begin { @${map}[1] = 1; printf("begun\\n"); }
  tracepoint:syscalls:sys_enter_getp* /pid == cpid/ { @${map}[2]++; }
  profile:hz:99 /pid == cpid/ { @${map}[3]++; }
  interval:ms:10 { for ($i : 0..100) { @${map}[$i] = $i; } print(@${map}); @n++; if (@n == 20) { exit(); } }
  end { @${map}[4] = 1; printf("ended\\n"); }`;

const mapsNamed = (map: string): number => execFileSync('bpftool', ['map', 'show'], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(`name AT_${map} `)).length;

/** The states of processes with this name, as /proc/PID/stat has them. */
function statesOf(name: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).flatMap((pid) => {
    try {
      const [, comm, state] = /^\d+ \((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
      return comm === name ? [state!] : [];
    } catch (error) {
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code!)) throw error;
      return []; // it has ended meanwhile
    }
  });
}

async function becomesEmpty(count: () => number): Promise<boolean> {
  for (let tries = 0; count() > 0; tries++) {
    if (tries === 200) return false;
    await wait(20);
  }
  return true;
}

/** How a command may end that got the signal: by it, or, where it ended the trace (language.md 8.6) or came after exit(), with status 0. */
const ends = { SIGKILL: ['SIGKILL', 0], SIGHUP: ['SIGHUP', 0], SIGINT: ['SIGINT', 130, 0], SIGTERM: ['SIGTERM', 143, 0] } as const;

t.test('signals at any moment', async (t) => {
  if (!needs(t, 'root', 'bpftool', 'tracepoint', 'software')) return;
  const traced = `k${process.pid % 100_000}`;
  const program = join(t.testdir(), traced);
  symlinkSync('/bin/sleep', program);
  const random = dice(seed);
  t.comment(`TBPF_SEED=${seed}`);
  let runs = 0;
  const start = (): { map: string; running: Running } => {
    const map = `k${process.pid}_${++runs}`;
    return { map, running: new Running(['-c', `${program} 60`, '-e', scriptOf(map)]) };
  };

  const started = performance.now();
  const whole = start().running;
  await whole.attached();
  const startMs = performance.now() - started;
  t.equal((await whole.ended).status, 0);
  const traceMs = performance.now() - started - startMs;
  for (const [signal, allowed] of Object.entries(ends)) {
    const count = signal === 'SIGKILL' ? moments : Math.ceil(moments / 4);
    for (let moment = 0; moment < count; moment++) {
      const { map, running } = start();
      const isTracing = moment % 2 === 1;
      const afterMs = ((moment + random.below(1000) / 1000) / count) * (isTracing ? traceMs : startMs);
      if (isTracing) await running.attached();
      await wait(afterMs);
      running.kill(signal as NodeJS.Signals);
      const { stdout, stderr, status, signal: by } = await running.ended;
      const at = `${signal} ${afterMs.toFixed(0)} ms after ${isTracing ? 'all was attached' : 'the start'}`;
      t.ok((allowed as readonly unknown[]).includes(by ?? status), `${at}: ended by ${by ?? status}`);
      t.match(stderr, /^(Attached \d+ probes\n)?$/, at);
      if (isTracing && (signal === 'SIGINT' || signal === 'SIGTERM')) t.match(stdout, /^ended\n/m, at);
      t.ok(await becomesEmpty(() => mapsNamed(map)), `${at}: no map, and so no program, is left`);
      t.ok(await becomesEmpty(() => statesOf(traced).length), `${at}: the traced command is not left, ${statesOf(traced).join()}`);
    }
  }
});
