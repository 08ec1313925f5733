// What the running machine knows that printing and loading need: names of addresses, users and control groups, clocks.

import { type AttachSpec, type Manifest, probedFile } from '../model/layout/manifest.js';
import { CgroupPaths, ContainerNames } from '../runtime/discover/index.js';
import { readForeignFile } from '../runtime/native/foreign-file.js';
import { Unfailing } from '../runtime/native/no-name.js';
import type { Kallsyms, NativeAddon } from '../runtime/native/types.js';
import type { Rendering } from '../runtime/output/index.js';
import type { StartValues } from '../runtime/session/start-values.js';
import { Symbolizer, type CacheMode, type ProbedBinary } from '../runtime/symbolize/index.js';

export interface MachineRenderingOptions {
  readonly native: NativeAddon;
  readonly manifest: Manifest;
  /** the kernel's symbol table where it has been read already */
  readonly kallsyms?: () => Kallsyms;
  readonly warn: (text: string) => void;
  /** folders that are asked for debug files before /usr/lib/debug */
  readonly debugFolders?: readonly string[];
  /** user symbols are those of one program (-c) */
  readonly oneProgram?: boolean;
}

export interface MachineRendering extends Rendering {
  readonly symbols: Symbolizer;
}

export function machineRendering({ native, manifest, kallsyms, warn, debugFolders, oneProgram }: MachineRenderingOptions): MachineRendering {
  const symbols = new Symbolizer({
    native: () => native,
    kallsyms,
    demangle: manifest.config['cpp_demangle'] !== false,
    cache: cacheMode(manifest, oneProgram === true),
    binaryOf: (program) => probedBinary(manifest, program),
    debugFolders,
    sources: manifest.config['show_debug_info'] === true,
    warn,
  });
  const unfailing = new Unfailing(warn);
  let users: Map<bigint, string> | undefined;
  let cgroups: CgroupPaths | undefined;
  let containers: ContainerNames | undefined;
  const owners = new Map<string, string>();
  let offsetNs: bigint | undefined;
  return {
    symbols,
    userName: (uid) => (users ??= unfailing.or(new Map<bigint, string>(), readUsers)).get(uid),
    cgroupPath: (id, filter) => unfailing.or('', () => (cgroups ??= new CgroupPaths()).render(id, filter === '' ? '*' : filter)),
    cgroupOwner: (id, owner) => unfailing.or('', () => {
      const known = owners.get(`${owner} ${id}`);
      if (known !== undefined) return known;
      const path = (cgroups ??= new CgroupPaths()).unified(id);
      if (path === undefined) return '';
      const names = (containers ??= new ContainerNames());
      const name = (owner === 'container' ? names.containerOf(path) : names.podOf(path)) ?? '';
      // a group that is gone later keeps its name
      if (owners.size >= MOST_OWNERS) owners.clear();
      owners.set(`${owner} ${id}`, name);
      return name;
    }),
    bootToRealtimeNs: () => (offsetNs ??= native.clockOffsets().bootToRealtimeNs),
    data: (text) => text,
  };
}

/** names of containers and pods that are kept */
const MOST_OWNERS = 65_536;

function cacheMode(manifest: Manifest, oneProgram: boolean): CacheMode {
  const mode = String(manifest.config['cache_user_symbols'] ?? 'PER_PID') as CacheMode;
  return mode === 'PER_PID' && oneProgram ? 'PER_PROGRAM' : mode;
}

/** The binary that the probes of a program are in, with all probes that the script has there. */
function probedBinary(manifest: Manifest, program: number): ProbedBinary | undefined {
  const names = [...new Set(manifest.programs.map(({ name }) => name))];
  const first = manifest.programs.find(({ name }) => name === names[program])?.attach;
  const path = first && probedFile(first);
  return path === undefined ? undefined : binaryOf(path, manifest.programs.map(({ attach }) => attach));
}

function binaryOf(path: string, probes: readonly AttachSpec[]): ProbedBinary {
  // A uretprobe fires at the return address, which lies outside the probed function. With many probes such an address would now and then be
  // taken for one of their places.
  const fileOffsets = probes.flatMap((probe) => (probe.kind === 'uprobe' && probe.path === path ? [probe.fileOffset] : probe.kind === 'uprobe_multi' && probe.path === path && !probe.return ? probe.fileOffsets : []));
  return { path, fileOffsets };
}

const MOST_PASSWD_BYTES = 64 << 20;

/** Login names by user id; of several names for one id the first counts. */
function readUsers(): Map<bigint, string> {
  const names = new Map<bigint, string>();
  for (const line of readForeignFile('/etc/passwd', MOST_PASSWD_BYTES).toString('utf8').split('\n')) {
    const [name, , uid] = line.split(':');
    if (uid !== undefined && /^\d+$/.test(uid) && !names.has(BigInt(uid))) names.set(BigInt(uid), name!);
  }
  return names;
}

/** Values that programs find in their read-only data.
 * @param childPid  process of -c
 * @param open  what portable programs leave open */
export function startValuesNow(native: NativeAddon, childPid?: number, open?: StartValues): StartValues {
  const { bootToRealtimeNs, monotonicToRealtimeNs } = native.clockOffsets();
  return {
    cpid: BigInt(childPid ?? 0),
    has_cpid: childPid === undefined ? 0n : 1n,
    start_ns: process.hrtime.bigint() + monotonicToRealtimeNs - bootToRealtimeNs,
    tai_offset: bootToRealtimeNs,
    ...open,
  };
}
