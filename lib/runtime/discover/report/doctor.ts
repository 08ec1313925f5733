// `tbpf doctor`: what of tbpf works on this machine, and what to do about the rest.
//
//   in     RunningTarget, the addon
//   out    one row per thing, in an order in which later ones need earlier ones
//   idea   every answer comes from trying; a check that is refused is a "no" with the refusal's own advice

import { release } from 'node:os';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import type { NativeAddon } from '../../native/types.js';
import { hasCapability, readSysctl } from '../kernel/features.js';
import { readLockdown } from '../kernel/lockdown.js';
import type { RunningTarget } from '../running-target.js';

export interface DoctorRow {
  /** for programs: `kprobe_multi` */
  readonly name: string;
  /** for people: `kprobe.multi` */
  readonly feature: string;
  readonly ok: boolean;
  /** what was found, a few words; '' when yes or no says it all */
  readonly detail: string;
  /** what to do, one sentence; '' for a yes */
  readonly advice: string;
}

interface Check {
  readonly name: string;
  readonly feature: string;
  readonly test: (target: RunningTarget, native: NativeAddon) => boolean;
  readonly detail?: (target: RunningTarget, native: NativeAddon) => string;
  readonly advice: string;
}

/** The oldest kernel that the tests run on. */
const OLDEST_KERNEL: readonly [number, number] = [6, 1];
/** What is needed, and what does as well. */
const neededCapabilities: Readonly<Record<string, readonly string[]>> = {
  CAP_BPF: ['CAP_BPF', 'CAP_SYS_ADMIN'], CAP_PERFMON: ['CAP_PERFMON', 'CAP_SYS_ADMIN'], CAP_DAC_READ_SEARCH: ['CAP_DAC_READ_SEARCH', 'CAP_DAC_OVERRIDE'],
};

function needs(feature: string, name: string, advice: string): Check {
  return { name, feature, advice, test: (target) => target.has(name) };
}

const checks: readonly Check[] = [
  {
    name: 'kernel', feature: `kernel ${OLDEST_KERNEL.join('.')} or newer`, test: () => isAtLeast(release(), OLDEST_KERNEL), detail: () => release(),
    advice: 'tbpf is tested from there on. Older kernels may lack the ring buffer (5.8), loops over maps (5.13) and ranges (5.17), and more.',
  },
  {
    name: 'capabilities', feature: 'capabilities', test: (_, native) => missingCapabilities(native).length === 0, detail: (_, native) => missingCapabilities(native).map((name) => `without ${name}`).join(', '),
    advice: `Run as root, or start with ${Object.keys(neededCapabilities).join(', ')}.`,
  },
  {
    name: 'no_lockdown', feature: 'no lockdown', test: () => readLockdown() !== 'confidentiality', detail: () => readLockdown() ?? '',
    advice: 'Lockdown mode confidentiality forbids reading kernel memory: boot with lockdown=integrity, or switch Secure Boot off.',
  },
  needs('BTF', 'btf', 'Use a kernel with CONFIG_DEBUG_INFO_BTF, or name a file with its types in BPFTRACE_BTF.'),
  needs('BTF of modules', 'module_btf', 'Needs CONFIG_MODULES and CONFIG_DEBUG_INFO_BTF_MODULES (Linux 5.11); types of modules stay unknown.'),
  { name: 'kallsyms', feature: 'kernel symbols', test: (target) => !target.kallsyms().restricted, advice: 'Run as root or with CAP_SYSLOG, and set the sysctl kernel.kptr_restrict to 0 or 1.' },
  needs('ring buffer', 'ringbuf', 'Needs Linux 5.8; scripts that print while they run need it.'),
  needs('JIT', 'jit', 'Set the sysctl net.core.bpf_jit_enable to 1: programs are interpreted, which is slower.'),
  needs('tracefs', 'tracefs', 'Mount it: mount -t tracefs tracefs /sys/kernel/tracing.'),
  needs('tracepoint', 'tracepoint', 'Needs tracefs and CONFIG_BPF_EVENTS.'),
  needs('rawtracepoint', 'rawtracepoint', 'Needs Linux 4.17 and CONFIG_BPF_EVENTS.'),
  needs('kprobe, kretprobe', 'kprobe', 'Needs CONFIG_KPROBES and CONFIG_KPROBE_EVENTS; use tracepoint or rawtracepoint instead.'),
  needs('kprobe.multi', 'kprobe_multi', 'Needs Linux 5.18 and CONFIG_FPROBE; wildcards attach one by one.'),
  needs('kprobe session', 'kprobe_session', 'Needs Linux 6.10 and CONFIG_FPROBE; nothing is lost without it.'),
  needs('fentry, fexit', 'fentry', 'Needs BTF and CONFIG_FUNCTION_TRACER with direct calls (x86_64: Linux 5.5, arm64: 6.0); use kprobe or rawtracepoint instead.'),
  needs('iter', 'iter', 'Needs BTF and Linux 5.8.'),
  needs('uprobe, uretprobe', 'uprobe', 'Needs CONFIG_UPROBE_EVENTS.'),
  needs('uprobe.multi', 'uprobe_multi', 'Needs Linux 6.6; wildcards attach one by one.'),
  {
    name: 'perf_event', feature: 'perf events', test: (target) => target.has('perf_event'), detail: () => `perf_event_paranoid ${readSysctl('kernel/perf_event_paranoid') ?? 'unknown'}`,
    advice: 'Needs CONFIG_PERF_EVENTS: profile, interval, software, uprobe and tracepoint all stand on it.',
  },
  needs('hardware', 'hardware', 'The processor\'s counters are not there: most virtual machines hide them. Use software or profile instead.'),
  needs('watchpoint', 'watchpoint', 'Needs CONFIG_HAVE_HW_BREAKPOINT; many virtual machines have no debug registers.'),
  needs('cgroup v2', 'cgroup2', 'Mount it: mount -t cgroup2 none /sys/fs/cgroup/unified. Without it cgroup means nothing.'),
];

/** Takes about 100 ms, most of it for kernel symbols. */
export function* examine(target: RunningTarget, native: NativeAddon): Generator<DoctorRow> {
  for (const check of checks) yield examineOne(check, target, native);
}

function examineOne({ name, feature, test, detail, advice }: Check, target: RunningTarget, native: NativeAddon): DoctorRow {
  try {
    const ok = test(target, native);
    return { name, feature, ok, detail: detail?.(target, native) ?? '', advice: ok ? '' : advice };
  } catch (error) {
    if (!(error instanceof TbpfError)) throw error;
    return { name, feature, ok: false, detail: error.code, advice: error.advice ?? error.message };
  }
}

function missingCapabilities(native: NativeAddon): string[] {
  const effective = native.capabilities();
  return Object.entries(neededCapabilities).filter(([, either]) => !either.some((name) => hasCapability(effective, name))).map(([name]) => name);
}

/** `6.12.9-amd64` against [6, 10]. */
export function isAtLeast(kernel: string, [major, minor]: readonly [number, number]): boolean {
  const [foundMajor = 0, foundMinor = 0] = kernel.split('.').map((part) => parseInt(part, 10));
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

/** The rows as a table: feature, yes or no, what was found or is to be done. */
export function renderDoctor(rows: readonly DoctorRow[]): string {
  const width = Math.max(...rows.map(({ feature }) => feature.length));
  return rows.map(({ feature, ok, detail, advice }) => {
    const remark = [detail, advice].filter((text) => text !== '').join('. ');
    return `${feature.padEnd(width)}  ${ok ? 'yes' : 'no '}  ${remark}`.trimEnd() + '\n';
  }).join('');
}
