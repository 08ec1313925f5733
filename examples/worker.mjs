// A trace in a thread of its own, which sends the main thread what it finds: system calls by name, twice a second.
//
//   node examples/worker.mjs [TIMES]     (as root)

import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { trace } from 'tbpf';

if (isMainThread) {
  const times = Number(process.argv[2] ?? 10);
  const worker = new Worker(new URL(import.meta.url));
  let left = times;
  worker.on('message', (calls) => {
    console.log(calls.map(({ name, count }) => `${name} ${count}`).join(', '));
    if (--left === 0) worker.postMessage('stop');
  });
} else {
  const session = await trace('tracepoint:syscalls:sys_enter_* { @[probe] = count(); }');
  const timer = setInterval(async () => {
    const entries = await session.maps.get('@').take();
    const calls = entries.map(({ key, value }) => ({ name: key.replace('tracepoint:syscalls:sys_enter_', ''), count: value }));
    parentPort.postMessage(calls.sort((a, b) => Number(b.count - a.count)).slice(0, 5));
  }, 500);
  parentPort.once('message', async () => {
    clearInterval(timer);
    await session.stop();
  });
}
