// What the kernel can do: one named question, one honest answer, asked once.
//
//   idea   a question is answered by the cheapest reliable sign: a file that only exists with the feature, a type in BTF, else by loading
//          (and attaching) a program of two instructions
//   facts  names as records of lib/language use them in `needs`; the table below is the list

import { perfType } from '../../../model/bpf/perf-uapi.js';
import { NotSupportedError, PermissionError } from '../../../model/diagnostics/errors.js';
import type { Btf } from '../../../model/btf/btf.js';
import type { AttachSpec, NativeAddon, ProgramHandle } from '../../native/types.js';
import { attachType, helper, mapType, programType } from '../../../model/bpf/uapi.js';
import { errnoOf } from '../errno.js';
import { exists, readIfOpen } from '../files.js';
import type { BtfSource } from './btf-source.js';
import { isKfunc, isKfuncAllowed } from './kfuncs.js';
import type { Tracefs } from '../tracing/tracefs.js';

export interface FeatureSources {
  readonly native: () => NativeAddon;
  readonly btf: BtfSource;
  readonly tracefs: Tracefs;
}

/** mov r0, 0; exit */
const returnZero = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const PMU_FOLDER = '/sys/bus/event_source/devices';
const HW_BREAKPOINT_W = 2;
const PERF_COUNT_HW_CPU_CYCLES = 0;
/** A function that the kernel keeps for tests of trampolines: it runs only when one is asked for with BPF_PROG_TEST_RUN. */
const HARMLESS_FUNCTION = 'bpf_fentry_test1';

type Probe = (sources: FeatureSources) => boolean;

/** Features without argument. */
export const features: Readonly<Record<string, Probe>> = {
  btf: ({ btf }) => btf.kernel !== undefined,
  module_btf: ({ btf }) => btf.modules.length > 1 || hasStructMember(btf.kernel, 'module', 'btf_data'),
  tracefs: hasTracefs,
  tracepoint: (sources) => hasTracefs(sources) && hasProgramType(sources, programType.tracepoint),
  rawtracepoint: (sources) => hasProgramType(sources, programType.raw_tracepoint),
  kprobe: () => exists(`${PMU_FOLDER}/kprobe`),
  kprobe_multi: canAttachKprobeMulti,
  kprobe_session: (sources) => hasEnumerator(sources.btf.kernel, 'bpf_attach_type', 'BPF_TRACE_KPROBE_SESSION') && canAttachKprobeMulti(sources),
  uprobe: () => exists(`${PMU_FOLDER}/uprobe`),
  uprobe_multi: canAttachUprobeMulti,
  fentry: canAttachFentry,
  iter: canAttachIter,
  ringbuf: (sources) => hasMapType(sources, mapType.ringbuf),
  perf_event: (sources) => exists('/proc/sys/kernel/perf_event_paranoid') && hasProgramType(sources, programType.perf_event),
  hardware: ({ native }) => opensPerfEvent(native(), { type: perfType.hardware, config: PERF_COUNT_HW_CPU_CYCLES }),
  watchpoint: ({ native }) => opensPerfEvent(native(), { type: perfType.breakpoint, config: 0, bpType: HW_BREAKPOINT_W, bpAddr: 8n, bpLen: 8 }),
  cgroup2: () => / - cgroup2 /.test(readIfOpen('/proc/self/mountinfo') ?? ''),
  jit: () => readSysctl('net/core/bpf_jit_enable') !== '0',
};

export class Features {
  readonly #sources: FeatureSources;
  readonly #answers = new Map<string, boolean>();

  constructor(sources: FeatureSources) {
    this.#sources = sources;
  }

  /** @param feature  a name of `features`, `helper:NAME`, `kfunc:NAME`, `kfunc:NAME:KIND` (programs of the kind may call it), `map:TYPE`, `program:TYPE` or `cap:NAME`
   *  @throws Error for a name that is not known: a typing mistake must not look like a missing feature */
  has(feature: string): boolean {
    let answer = this.#answers.get(feature);
    if (answer === undefined) this.#answers.set(feature, answer = this.#probe(feature));
    return answer;
  }

  #probe(feature: string): boolean {
    const colon = feature.indexOf(':');
    if (colon < 0) {
      const probe = Object.hasOwn(features, feature) ? features[feature] : undefined;
      if (probe === undefined) throw new Error(`unknown kernel feature '${feature}'`);
      return probe(this.#sources);
    }
    const kind = feature.slice(0, colon);
    const name = feature.slice(colon + 1);
    switch (kind) {
      case 'helper': return hasHelper(this.#sources, name);
      case 'kfunc': {
        const { native, btf } = this.#sources;
        const [kfunc, program] = name.split(':') as [string, string?];
        requireBpf(native());
        return program === undefined ? isKfunc(native, btf.kernel, kfunc) : isKfuncAllowed(native, btf.kernel, kfunc, program);
      }
      case 'map': return hasMapType(this.#sources, numberOf(mapType, name, feature));
      case 'program': return hasProgramType(this.#sources, numberOf(programType, name, feature));
      case 'cap': return hasCapability(this.#sources.native().capabilities(), name);
      default: throw new Error(`unknown kernel feature '${feature}'`);
    }
  }
}

/** Bits of Linux capabilities that tracing needs. */
const capabilityBits: Readonly<Record<string, number>> = {
  CAP_DAC_OVERRIDE: 1, CAP_DAC_READ_SEARCH: 2, CAP_KILL: 5, CAP_NET_ADMIN: 12, CAP_IPC_LOCK: 14, CAP_SYS_PTRACE: 19, CAP_SYS_ADMIN: 21, CAP_SYS_RESOURCE: 24, CAP_SYSLOG: 34,
  CAP_PERFMON: 38, CAP_BPF: 39,
};

/** Names of those that are in effect. */
export function heldCapabilities(effective: bigint): ReadonlySet<string> {
  return new Set(Object.keys(capabilityBits).filter((name) => hasCapability(effective, name)));
}

export function hasCapability(effective: bigint, name: string): boolean {
  return ((effective >> BigInt(numberOf(capabilityBits, name, `cap:${name}`))) & 1n) === 1n;
}

/** Helpers that exist only for programs with a BTF type cannot be asked for by loading: there the kernel's own list counts. */
const tracingHelpers = ['d_path', 'skb_output', 'seq_printf', 'seq_write', 'get_func_ret', 'get_func_arg', 'get_func_arg_cnt', 'sock_from_file', 'bprm_opts_set', 'get_socket_cookie'];

function hasHelper({ native, btf }: FeatureSources, name: string): boolean {
  const number = numberOf(helper, name, `helper:${name}`);
  if (tracingHelpers.includes(name)) return hasEnumerator(btf.kernel, 'bpf_func_id', `BPF_FUNC_${name}`);
  requireBpf(native());
  return [programType.kprobe, programType.tracepoint, programType.perf_event].some((type) => native().probeHelper(type, number));
}

function numberOf(table: Readonly<Record<string, number>>, name: string, feature: string): number {
  if (!Object.hasOwn(table, name)) throw new Error(`unknown kernel feature '${feature}'`);
  return table[name]!;
}

function hasEnumerator(btf: Btf | undefined, name: string, enumerator: string): boolean {
  const id = btf?.find('enum', name);
  const type = id === undefined ? undefined : btf!.type(id);
  return type?.kind === 'enum' && type.values.some((value) => value.name === enumerator);
}

function hasStructMember(btf: Btf | undefined, name: string, member: string): boolean {
  const id = btf?.find('struct', name);
  const type = id === undefined ? undefined : btf!.type(id);
  return type?.kind === 'struct' && type.members.some((one) => one.name === member);
}

/** Errno names of a kernel that does not know or was built without what was asked. ENOTSUPP is the kernel's own 524. */
const refusals = ['EINVAL', 'EOPNOTSUPP', 'ENOTSUP', 'ENOTSUPP', 'ENOSYS', 'EBUSY', 'ENOENT', 'ENODEV'];

/** Loads and attaches; errors in `accepted` say that the kernel has the feature, but not what was asked for with it. */
function attaches(native: NativeAddon, program: Parameters<NativeAddon['loadProgram']>[0], spec: AttachSpec, accepted: readonly string[]): boolean {
  let handle: ProgramHandle | undefined;
  try {
    handle = native.loadProgram(program);
    handle.attach(spec).close();
    return true;
  } catch (error) {
    if (accepted.includes(errnoOf(error) ?? '')) return true;
    return isRefusal(error) || isForbidden(error, native) ? false : rethrow(error);
  } finally {
    handle?.close();
  }
}

function canAttachKprobeMulti({ native }: FeatureSources): boolean {
  return attaches(native(), { name: 'tbpf_probe', type: programType.kprobe, insns: returnZero, expectedAttachType: attachType.trace_kprobe_multi },
    { kind: 'kprobeMulti', symbols: ['tbpf_no_such_function'] }, ['ESRCH']);
}

function canAttachUprobeMulti({ native }: FeatureSources): boolean {
  // a folder is no file that can be probed: EBADF says that the kernel looked at it
  return attaches(native(), { name: 'tbpf_probe', type: programType.kprobe, insns: returnZero, expectedAttachType: attachType.trace_uprobe_multi },
    { kind: 'uprobeMulti', path: '/', offsets: [0n] }, ['EBADF']);
}

/** Attaches for a moment to a kernel function that is never called meanwhile. */
function canAttachFentry({ native, btf }: FeatureSources): boolean {
  const target = btf.kernel?.find('func', HARMLESS_FUNCTION);
  if (target === undefined) return false;
  return attaches(native(), { name: 'tbpf_probe', type: programType.tracing, insns: returnZero, expectedAttachType: attachType.trace_fentry, attachBtfId: target }, { kind: 'trace' }, []);
}

function canAttachIter({ native, btf }: FeatureSources): boolean {
  const target = btf.kernel?.find('func', 'bpf_iter_task');
  if (target === undefined) return false;
  return attaches(native(), { name: 'tbpf_probe', type: programType.tracing, insns: returnZero, expectedAttachType: attachType.trace_iter, attachBtfId: target }, { kind: 'iter' }, []);
}

function opensPerfEvent(native: NativeAddon, options: Parameters<NativeAddon['openPerfEvent']>[0]): boolean {
  try {
    native.openPerfEvent({ pid: 0, ...options }).close();
    return true;
  } catch (error) {
    return isRefusal(error) ? false : rethrow(error);
  }
}

/** @throws PermissionError  it is there, but closed to us */
function hasTracefs({ tracefs }: FeatureSources): boolean {
  try {
    return exists(`${tracefs.root}/events`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function hasProgramType({ native }: FeatureSources, type: number): boolean {
  requireBpf(native());
  return native().probeProgramType(type);
}

function hasMapType({ native }: FeatureSources, type: number): boolean {
  requireBpf(native());
  return native().probeMapType(type);
}

/** Without the capabilities every feature would look missing. */
function requireBpf(native: NativeAddon): void {
  const missing = missingForBpf(native.capabilities());
  if (missing.length > 0) {
    throw new PermissionError(`Finding out what the kernel can do needs ${missing.join(' and ')}`,
      { code: 'EPERM', missing, operation: 'probe features', advice: 'Run as root, or with CAP_BPF and CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8).' });
  }
}

function missingForBpf(effective: bigint): string[] {
  return hasCapability(effective, 'CAP_SYS_ADMIN') ? [] : ['CAP_BPF', 'CAP_PERFMON'].filter((name) => !hasCapability(effective, name));
}

export function readSysctl(name: string): string | undefined {
  return readIfOpen(`/proc/sys/${name}`)?.trim();
}

/** Refused although we have the capabilities: a security module or the kernel's build keeps it from everybody. */
function isForbidden(error: unknown, native: NativeAddon): boolean {
  return errnoOf(error) === 'EPERM' && missingForBpf(native.capabilities()).length === 0;
}

function isRefusal(error: unknown): boolean {
  return error instanceof NotSupportedError || refusals.includes(errnoOf(error) ?? '');
}

function rethrow(error: unknown): never {
  throw error;
}
