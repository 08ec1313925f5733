// kernelInfo(): what of tbpf works on this machine, as data (the command's `doctor` is the same as text).

import { release } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { examine } from '../runtime/discover/index.js';
import { heldCapabilities } from '../runtime/discover/kernel/features.js';
import { loadNative } from '../runtime/native/index.js';
import { openMachine } from './machine.js';
import { runningTarget } from './running-target.js';

export interface Feature {
  readonly available: boolean;
  /** what was found, a few words */
  readonly reason?: string;
  /** what to do, a sentence; undefined: it is there */
  readonly advice?: string;
}

export interface KernelInfo {
  /** as `uname -r` prints it */
  readonly release: string;
  /** the kernel describes its types */
  readonly btf: boolean;
  /** of those that tracing needs, the ones that this process has: `CAP_BPF` … */
  readonly capabilities: ReadonlySet<string>;
  /** by name: `kprobe`, `uprobe_multi`, `fentry`, `ringbuf` … */
  readonly features: ReadonlyMap<string, Feature>;
}

/** Looks at the machine; takes about 100 ms. */
export async function kernelInfo(): Promise<KernelInfo> {
  const native = loadNative();
  const target = runningTarget(openMachine());
  const features = new Map<string, Feature>();
  for (const { name, ok, detail, advice } of examine(target, native)) {
    features.set(name, { available: ok, ...(detail !== '' && { reason: detail }), ...(advice !== '' && { advice }) });
    await turn();
  }
  return { release: release(), btf: features.get('btf')!.available, capabilities: heldCapabilities(native.capabilities()), features };
}
