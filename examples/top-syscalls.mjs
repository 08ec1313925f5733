// The library: counts system calls by name for a second and prints the ten most frequent.
//
//   node examples/top-syscalls.mjs     (as root)

import { trace } from 'tbpf';

// a reader that has gone, as `| head`, is no failure
process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : 1));

const session = await trace('tracepoint:syscalls:sys_enter_* { @[probe] = count(); } interval:s:1 { exit(); }');
await session.done;

const counts = [...session.maps.get('@')];
const top = counts.sort((a, b) => Number(b.value - a.value)).slice(0, 10);
for (const { key, value } of top) console.log(String(value).padStart(8), key.replace('tracepoint:syscalls:sys_enter_', ''));
