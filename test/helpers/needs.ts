// What a test needs of the machine it runs on, and whether it is there.
//
//   in     a feature (kprobe, fentry, root, clang …), 'kernel>=6.6', or several
//   out    the test goes on, or is skipped with the reason, or fails
//   idea   skip by feature, not by version; but a kernel that is new enough and configured for the feature must have it, else
//          a broken probe would turn tests off in silence. In the guests of the rig the configuration is known.
//   facts  first kernel version and configuration option of each feature: the kernel's own history and Kconfig files

import { accessSync, constants, existsSync, openSync, closeSync, readFileSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { delimiter, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { countTrappedWrites, WRITES } from './debug-registers.js';

/** Why a feature is not there. `refused`: the kernel may have it, this machine does not let us (a policy, not a bug). */
export interface Lack {
  reason: string;
  refused?: boolean;
}

interface Need {
  /** first kernel with it; absent when it depends on other things than the kernel */
  since?: string;
  /** options that must be `=y` for it */
  config?: readonly string[];
  /** undefined when it is there */
  lack(): Lack | undefined;
}

/** The part of tap's test that is used. */
interface Skippable {
  plan(count: number, comment?: string): void;
  fail(message: string): boolean;
}

const features = {
  root: { lack: () => (process.geteuid?.() === 0 ? undefined : { reason: 'not run by root', refused: true }) },
  btf: { since: '5.2', config: ['DEBUG_INFO_BTF'], lack: () => absent('/sys/kernel/btf/vmlinux') },
  module_btf: {
    since: '5.11',
    config: ['DEBUG_INFO_BTF_MODULES'],
    lack: () => (list('/sys/kernel/btf').some((name) => name !== 'vmlinux') ? undefined : { reason: 'no loaded module has BTF' }),
  },
  tracefs: { since: '4.1', config: ['TRACING'], lack: () => absent('/sys/kernel/tracing/events') },
  tracepoint: { since: '4.7', config: ['TRACEPOINTS'], lack: () => absent('/sys/kernel/tracing/events/sched') },
  software: { since: '4.9', config: ['PERF_EVENTS'], lack: () => absent('/sys/bus/event_source/devices/software') },
  // An emulated CPU has no counters, whatever its kernel can do: no first version.
  hardware: { lack: () => (list('/sys/bus/event_source/devices').some((name) => /^cpu/.test(name)) ? undefined : { reason: 'this CPU has no performance counters' }) },
  watchpoint: { since: '4.9', config: ['HAVE_HW_BREAKPOINT', 'PERF_EVENTS'], lack: () => absent('/sys/bus/event_source/devices/breakpoint') },
  // Whether the processor traps is no matter of the kernel: no first version.
  debug_registers: { lack: () => trapsNothing() },
  uprobe: { since: '4.17', config: ['UPROBE_EVENTS'], lack: () => absent('/sys/bus/event_source/devices/uprobe') },
  uprobe_multi: { since: '6.6', config: ['UPROBE_EVENTS', 'DEBUG_INFO_BTF'], lack: () => unnamed('BPF_TRACE_UPROBE_MULTI') },
  kprobe: { since: '4.17', config: ['KPROBE_EVENTS'], lack: () => absent('/sys/bus/event_source/devices/kprobe') },
  kprobe_multi: { since: '5.18', config: ['FPROBE', 'DEBUG_INFO_BTF'], lack: () => unnamed('register_fprobe_ips') },
  kprobe_session: { since: '6.10', config: ['FPROBE', 'DEBUG_INFO_BTF'], lack: () => unnamed('register_fprobe_ips') ?? unnamed('BPF_TRACE_KPROBE_SESSION') },
  fentry: {
    since: '5.5',
    config: ['DYNAMIC_FTRACE_WITH_DIRECT_CALLS', 'DEBUG_INFO_BTF'],
    lack: () => absent('/sys/kernel/btf/vmlinux') ?? unreadable('/sys/kernel/tracing/available_filter_functions'),
  },
  iter: { since: '5.8', config: ['BPF_SYSCALL', 'DEBUG_INFO_BTF'], lack: () => unnamed('bpf_iter_task') },
  ringbuf: { since: '5.8', config: ['BPF_SYSCALL', 'DEBUG_INFO_BTF'], lack: () => unnamed('bpf_ringbuf_reserve') },
  for_each_map_elem: { since: '5.13', config: ['BPF_SYSCALL', 'DEBUG_INFO_BTF'], lack: () => unnamed('bpf_for_each_map_elem') },
  bpf_loop: { since: '5.17', config: ['BPF_SYSCALL', 'DEBUG_INFO_BTF'], lack: () => unnamed('bpf_loop') },
  // Every kernel has it; whether it is mounted is the machine's choice.
  cgroup2: { lack: () => absent('/sys/fs/cgroup/cgroup.controllers') },
  clang: { lack: () => notInstalled('clang') },
  gcc: { lack: () => notInstalled('gcc') },
  'g++': { lack: () => notInstalled('g++') },
  sdt: { lack: () => (sdtHeaders.some((path) => existsSync(path)) ? undefined : { reason: 'no sys/sdt.h: the package systemtap-sdt-dev' }) },
  bpftool: { lack: () => notInstalled('bpftool') },
  bpftrace: { lack: () => notInstalled('bpftrace') },
  objdump: { lack: () => notInstalled('objdump') },
  'llvm-objdump': { lack: () => notInstalled('llvm-objdump') },
  readelf: { lack: () => notInstalled('readelf') },
  objcopy: { lack: () => notInstalled('objcopy') },
  python3: { lack: () => notInstalled('python3') },
  tmux: { lack: () => notInstalled('tmux') },
  setpriv: { lack: () => notInstalled('setpriv') },
} as const satisfies Record<string, Need>;

/** A feature's name, or the least kernel version. */
export type Feature = keyof typeof features | `kernel>=${number}.${number}`;

/**
 * Checks what a test needs, at its beginning: `if (!needs(t, 'kprobe', 'btf')) return;`
 * @returns true when everything is there; otherwise the test has been skipped, or failed, and must return
 */
export function needs(t: Skippable, ...wanted: Feature[]): boolean {
  for (const feature of wanted) {
    const verdict = judge(feature);
    if (verdict === undefined) continue;
    if (verdict.fails) t.fail(`needs ${feature}: ${verdict.reason}, but this kernel (${release()}) must have it`);
    else t.plan(0, `needs ${feature}: ${verdict.reason}`);
    return false;
  }
  return true;
}

/** Why the first missing one of several features is missing; undefined when all are there. */
export function lacking(...wanted: Feature[]): string | undefined {
  for (const feature of wanted) {
    const verdict = judge(feature);
    if (verdict) return `needs ${feature}: ${verdict.reason}`;
  }
  return undefined;
}

interface Verdict {
  reason: string;
  fails: boolean;
}

function judge(feature: Feature): Verdict | undefined {
  const version = /^kernel>=(.*)$/.exec(feature)?.[1];
  if (version !== undefined) return compareVersions(release(), version) >= 0 ? undefined : { reason: `this is Linux ${release()}`, fails: false };
  const need: Need = features[feature as keyof typeof features];
  const lack = need.lack();
  if (lack === undefined) return undefined;
  return { reason: lack.reason, fails: mustBeThere(need, lack, { release: release(), config: kernelConfig(), root: process.geteuid?.() === 0 }) };
}

/** Whether a kernel that lacks something is in the wrong: it is new enough, configured for it, and nobody forbade it. */
export function mustBeThere(need: Pick<Need, 'since' | 'config'>, lack: Lack, machine: { release: string; config: ReadonlySet<string> | undefined; root: boolean }): boolean {
  if (need.since === undefined || lack.refused || !machine.root || machine.config === undefined) return false;
  return compareVersions(machine.release, need.since) >= 0 && (need.config ?? []).every((option) => machine.config!.has(option));
}

/** Negative, zero or positive, by the first two numbers of '6.12.95+deb12-amd64'. */
export function compareVersions(a: string, b: string): number {
  const [a1, a2] = a.split(/[.-]/).map(Number);
  const [b1, b2] = b.split(/[.-]/).map(Number);
  return (a1! - b1!) || ((a2 ?? 0) - (b2 ?? 0));
}

/** Options that are `=y` in this kernel's configuration; undefined when the machine does not show it. */
function kernelConfig(): ReadonlySet<string> | undefined {
  const files = [process.env['TBPF_KERNEL_CONFIG'], '/proc/config.gz', `/boot/config-${release()}`];
  const file = files.find((path) => path !== undefined && existsSync(path));
  if (file === undefined) return undefined;
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  return new Set([...text.matchAll(/^CONFIG_(\w+)=y$/gm)].map((match) => match[1]!));
}

/** Where distributions have the header that USDT probes are made with. */
const sdtHeaders = ['/usr/include/sys/sdt.h', '/usr/include/x86_64-linux-gnu/sys/sdt.h', '/usr/include/aarch64-linux-gnu/sys/sdt.h'];

const absent = (path: string): Lack | undefined => (existsSync(path) ? undefined : { reason: `no ${path}` });

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

function unreadable(path: string): Lack | undefined {
  try {
    closeSync(openSync(path, 'r'));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { reason: `${path}: ${code}`, refused: code === 'EPERM' || code === 'EACCES' };
  }
}

let btf: Buffer | undefined;

/** Lacking when no type, function or constant of the kernel's BTF has the name. */
function unnamed(name: string): Lack | undefined {
  const missing = absent('/sys/kernel/btf/vmlinux');
  if (missing) return missing;
  btf ??= readFileSync('/sys/kernel/btf/vmlinux');
  return btf.includes(`\0${name}\0`) ? undefined : { reason: `this kernel has no ${name}` };
}

let trapped: number | undefined;

function trapsNothing(): Lack | undefined {
  const missing = notInstalled('gcc');
  if (missing) return missing;
  trapped ??= countTrappedWrites();
  return trapped > 0 ? undefined : { reason: `this processor tells of none of ${WRITES} writes to a watched place, also without BPF` };
}

function notInstalled(tool: string): Lack | undefined {
  const found = (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found ? undefined : { reason: `${tool} is not installed` };
}
