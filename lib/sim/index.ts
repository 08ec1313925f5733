// lib/sim: runs compiled programs without a kernel.

export type { BuildId, Clocks, Environment, Kfunc, MemoryPlacement, Stacks, Task } from './environment.js';
export { errno, errnoText } from './errno.js';
export type { FaultPlace } from './fault.js';
export { SimFault } from './fault.js';
export { helperByName } from './helpers/table.js';
export type { Activation, RunOptions, RunResult } from './machine.js';
export { Machine } from './machine.js';
export type { KeyedMap, SimMap } from './maps/map.js';
export type { PerfEventArray, PerfSample } from './maps/perf-event-array.js';
export type { RingBuffer } from './maps/ringbuf.js';
export type { StackTraceMap } from './maps/stack-trace.js';
export type { Memory, Space } from './memory.js';
export { GARBAGE } from './memory.js';
