// Rates: events that a program takes with `for await` and with batches(), and that the command prints, from a process that makes a fixed number a second.
//
//   in     the workload; the library as programs import it, default settings
//   out    events made, taken, lost and dropped, and how many a second came through
//   idea   the workload makes a tenth of a second's events at once and waits for the next tenth. It has one CPU, who takes the events the other

import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace, type Session } from '../lib/index.js';
import { fixed, table } from './numbers.js';
import { builtFolder, command } from './place.js';
import { interrupt, startTracer } from './tracer.js';
import type { Workload } from './workload.js';

export interface RateRow {
  readonly how: string;
  readonly wanted: number;
  readonly made: number;
  readonly taken: number;
  /** found no room in the ring buffer, or were dropped by the reader's queue */
  readonly missing: number;
  readonly seconds: number;
}

const TICKS = 10;
/** The events that a rate is asked of (README: what is aimed at). */
const RATES = { 'for await': 200_000, 'batches()': 1_000_000 } as const;

export async function measureLibrary(workload: Workload, seconds: number): Promise<RateRow[]> {
  const rows: RateRow[] = [];
  for (const rate of new Set(Object.values(RATES))) {
    for (const [how, most] of Object.entries(RATES)) if (rate <= most) rows.push(await ofLibrary(workload, how as keyof typeof RATES, rate, seconds));
    rows.push(await ofCommand(workload, rate, seconds));
  }
  return rows;
}

const scriptOf = (pid: number): string => `tracepoint:syscalls:sys_enter_read /pid == ${pid}/ { printf("%d %s %d\\n", pid, comm, args->count); }`;

/** Makes `rate` events a second; the calls by which the workload hears what to do are too few to matter, and are not counted as made. */
async function makeEvents(workload: Workload, rate: number, seconds: number): Promise<{ readonly made: number; readonly seconds: number }> {
  const startedMs = performance.now();
  for (let tick = 0; tick < seconds * TICKS; tick++) {
    await workload.run('read', rate / TICKS);
    await sleep(Math.max(0, startedMs + ((tick + 1) * 1000) / TICKS - performance.now()));
  }
  return { made: rate * seconds, seconds: (performance.now() - startedMs) / 1000 };
}

async function ofLibrary(workload: Workload, how: keyof typeof RATES, rate: number, seconds: number): Promise<RateRow> {
  const session = await trace(scriptOf(workload.pid), { blocking: true });
  let taken = 0;
  const counting = take(session, how, (count) => { taken += count; });
  const done = await makeEvents(workload, rate, seconds);
  const { lost, dropped } = await session.stop();
  await counting;
  return { how, wanted: rate, ...done, taken, missing: lost + dropped };
}

/** Only events of the size that the workload reads are its own. */
async function take(session: Session, how: keyof typeof RATES, note: (count: number) => void): Promise<void> {
  const isOwn = (event: { readonly type: string; readonly values?: readonly unknown[] }): boolean => event.type === 'printf' && Number(event.values![2]) === 64;
  if (how === 'for await') {
    for await (const event of session.events()) if (isOwn(event)) note(1);
  } else for await (const batch of session.batches()) note(batch.reduce((sum, event) => sum + Number(isOwn(event)), 0));
}

async function ofCommand(workload: Workload, rate: number, seconds: number): Promise<RateRow> {
  const path = join(builtFolder, 'rate.out');
  const [out, errors] = [openSync(path, 'w'), openSync(`${path}.err`, 'w')];
  const child = await startTracer([command, '-e', scriptOf(workload.pid)], ['ignore', out, errors]);
  closeSync(out);
  closeSync(errors);
  try {
    while (!/Attached/.test(readFileSync(`${path}.err`, 'utf8'))) await sleep(20);
    const done = await makeEvents(workload, rate, seconds);
    await interrupt(child);
    const taken = readFileSync(path, 'latin1').split(' reads 64\n').length - 1;
    const lost = [...readFileSync(`${path}.err`, 'latin1').matchAll(/^Lost (\d+) events/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    return { how: 'printed by the command', wanted: rate, ...done, taken, missing: lost };
  } finally {
    rmSync(path);
    rmSync(`${path}.err`);
  }
}

export function rateTable(rows: readonly RateRow[]): string {
  return table(['taken by', 'wanted/s', 'came/s', 'made', 'taken', 'said missing'], rows.map(({ how, wanted, made, taken, missing, seconds }) => [
    how, String(wanted), fixed(taken / seconds, 0), String(made), String(taken), String(missing),
  ]));
}
