// The machine that is traced, as programs see it through helpers. Everything has a quiet, fixed default.

import type { Machine } from './machine.js';
import type { Space } from './memory.js';

export interface Task {
  /** thread id */
  readonly pid: number;
  /** process id */
  readonly tgid: number;
  readonly uid: number;
  readonly gid: number;
  /** at most 15 bytes count */
  readonly comm: string;
  readonly cgroupId: bigint;
  /** address of its task_struct; place bytes there in `memory` to let programs read it */
  readonly taskStruct: bigint;
  /** address of its struct pt_regs, for task_pt_regs; default none */
  readonly registers?: bigint;
  /** ids inside a pid namespace, which is known by device and inode of its nsfs file */
  readonly namespace?: { readonly dev: bigint; readonly ino: bigint; readonly pid: number; readonly tgid: number };
}

export interface Clocks {
  /** CLOCK_MONOTONIC in ns */
  readonly monotonic: () => bigint;
  /** CLOCK_BOOTTIME in ns */
  readonly boot: () => bigint;
  /** CLOCK_TAI in ns */
  readonly tai: () => bigint;
  /** CLOCK_MONOTONIC_COARSE in ns */
  readonly coarse: () => bigint;
  readonly jiffies: () => bigint;
}

export interface MemoryPlacement {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly space: Space;
  /** user memory that probe_write_user may change */
  readonly writable?: boolean;
  /** kernel memory that programs may load from directly, as the verifier allows through BTF pointers */
  readonly loadable?: boolean;
}

/** Instruction pointers, innermost first. undefined: there is no such stack (a kernel thread has no user stack). */
export interface Stacks {
  readonly kernel?: readonly bigint[];
  readonly user?: readonly bigint[];
}

export interface BuildId {
  /** 20 bytes */
  readonly buildId: Uint8Array;
  /** of the address in the file */
  readonly offset: bigint;
}

/** Gets the arguments r1–r5 that were set before the call; answers r0. */
export type Kfunc = (machine: Machine, args: readonly (bigint | undefined)[]) => bigint;

export interface Environment {
  /** possible CPUs, default 4 */
  readonly cpus?: number;
  readonly numaNode?: (cpu: number) => number;
  /** ns since boot; the default is machine.bootNs, which stands still until a test sets it */
  readonly now?: () => bigint;
  /** those not given follow from `now` */
  readonly clocks?: Partial<Clocks>;
  /** 32 random bits; the default is a fixed sequence */
  readonly random?: () => number;
  readonly task?: Partial<Task>;
  readonly stacks?: Stacks;
  readonly memory?: readonly MemoryPlacement[];
  readonly kfuncs?: Readonly<Record<string, Kfunc>>;
  /** Loads behave as through BTF pointers: from placed kernel memory directly, and 0 where there is none. Hides NULL dereferences of
   *  the program's own memory, so only for programs that walk kernel structures that way. */
  readonly btfLoads?: boolean;
  /** what build-id stacks say of a user address; undefined: no file is mapped there */
  readonly buildIdOf?: (address: bigint) => BuildId | undefined;
  /** d_path of the struct path at an address */
  readonly pathOf?: (address: bigint) => string | undefined;
  /** number of the socket whose struct sock is at an address; default 0 */
  readonly socketCookieOf?: (address: bigint) => bigint;
  /** bytes of the sk_buff at an address */
  readonly packetOf?: (address: bigint) => Uint8Array | undefined;
  /** what is added to the address of a per-CPU variable */
  readonly perCpuOffset?: (cpu: number) => bigint;
  /** names for %ps and the like in snprintf and trace_printk */
  readonly symbolize?: (address: bigint) => string | undefined;
  /** size of one CPU's perf buffer, default 64 KiB */
  readonly perfBufferBytes?: number;
  /** Called before each helper. A test may run another program here, as an interrupt would. */
  readonly onHelper?: (name: string, machine: Machine) => void;
}

const defaultTask: Task = {
  pid: 1234, tgid: 1234, uid: 1000, gid: 1000, comm: 'sim', cgroupId: 1n, taskStruct: 0xffff_8881_0000_0000n,
};

export function completeTask(base: Partial<Task> | undefined, over: Partial<Task> | undefined): Task {
  return { ...defaultTask, ...base, ...over };
}

const TICK_NS = 4_000_000n;
const INITIAL_JIFFIES = 0xfffb6c20n;
/** CLOCK_TAI of the simulated boot: 2024-01-01T00:00:37Z */
const BOOT_TAI_NS = 1_704_067_237_000_000_000n;

export function completeClocks(environment: Environment, bootNs: () => bigint): Clocks {
  const boot = environment.clocks?.boot ?? environment.now ?? bootNs;
  const monotonic = environment.clocks?.monotonic ?? boot;
  return {
    boot,
    monotonic,
    tai: environment.clocks?.tai ?? ((): bigint => BOOT_TAI_NS + boot()),
    coarse: environment.clocks?.coarse ?? ((): bigint => { const now = monotonic(); return now - (now % TICK_NS); }),
    jiffies: environment.clocks?.jiffies ?? ((): bigint => INITIAL_JIFFIES + boot() / TICK_NS),
  };
}

/** xorshift32 from a fixed seed. */
export function fixedRandom(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
