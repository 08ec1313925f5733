// A program of its own that traces with the library: the events of itself and of its child, as one line of JSON.

import { trace } from '../../lib/index.js';

const running = await trace('begin { printf("%d %d\\n", pid, cpid); } tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { printf("%d\\n", pid); @[pid] = count(); }', { command: ['perl', '-e', 'getppid; print STDERR $$'] });
let printed = '';
for await (const event of running) if (event.type === 'printf') printed += event.text;
console.log(JSON.stringify({ pid: process.pid, printed, keys: [...running.maps.get('@')].map(({ key }) => String(key)) }));
