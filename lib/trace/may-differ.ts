// Whether a portable program may differ from what compiling its script here would give: what is asked before fit.ts is loaded.

import type { AttachSpec, Manifest } from '../model/layout/manifest.js';
import type { Origin } from '../model/layout/origin.js';
import type { Target } from '../model/target/target.js';

/** Kinds of attachment whose places lie in files, or that depend on which modules are loaded. */
const findsPlaces: ReadonlySet<AttachSpec['kind']> = new Set(['kprobe_multi', 'kprobe_session', 'uprobe', 'uprobe_multi', 'usdt']);

/** Whether anything can differ from where the program was compiled: on the same build of the kernel only places in files and lists of functions. */
export function mayDiffer({ origin, programs }: Manifest, target: Pick<Target, 'kernelBuild' | 'cpuCount'>): boolean {
  if (!origin) return false;
  const { cpuCount = Infinity } = origin;
  return isOtherKernel(origin, target) || target.cpuCount > cpuCount || origin.files.length > 0 || programs.some(({ attach }) => findsPlaces.has(attach.kind) || (attach.kind === 'kprobe' && attach.ofPattern))
    || origin.types.structs.some(({ module }) => module !== 'vmlinux');
}

/** Types and events of one build of the kernel are the same, but for those of modules. */
export function isOtherKernel({ kernelBuild }: Origin, target: Pick<Target, 'kernelBuild'>): boolean {
  return kernelBuild === '' || kernelBuild !== target.kernelBuild;
}
