// How long reads take, by program: 50 %, 90 % and 99 % of them, each second. Maps are taken, so that each line tells of its second alone.
//
//   node examples/read-percentiles.mjs [SECONDS]     (as root)

import { trace } from 'tbpf';

const seconds = Number(process.argv[2] ?? Infinity);
const session = await trace(`
  tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; }
  tracepoint:syscalls:sys_exit_read /@start[tid]/ { @ns[comm] = hist(nsecs - @start[tid]); delete(@start, tid); }
`);
process.once('SIGINT', () => void session.stop());

const shown = (ns) => (ns < 1_000_000n ? `${ns / 1000n} µs` : `${ns / 1_000_000n} ms`).padStart(9);

console.log(`${'COMM'.padEnd(16)} ${'READS'.padStart(8)} ${['50 %', '90 %', '99 %'].map((title) => title.padStart(9)).join(' ')}`);
for (let second = 0; second < seconds; second++) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const entries = [...await session.maps.get('@ns').take()].sort((a, b) => Number(b.value.count - a.value.count));
  for (const { key, value } of entries.slice(0, 10)) {
    console.log(`${key.padEnd(16)} ${String(value.count).padStart(8)} ${[50, 90, 99].map((q) => shown(value.percentile(q))).join(' ')}`);
  }
  console.log();
}
await session.stop();
