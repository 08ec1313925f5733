// The kernel modules that a script's probes are in: types that the kernel does not know are looked for there.
//
//   facts  kprobe, fentry and raw tracepoints may name a module (`kprobe:kvm:kvm_vcpu_halt`); a function without one is looked up. The events of a module
//          are mostly in a category of its name (tracepoint:kvm:kvm_exit)

import type { AttachPoint, SyntaxTree } from '../../model/syntax/nodes.js';
import { hasWildcard, matcher } from '../../model/target/pattern.js';
import type { Target } from '../../model/target/target.js';
import { providersMatching } from './index.js';

/** Names of modules that have types, in the order of the script. */
export function modulesOf(tree: SyntaxTree, target: Target): readonly string[] {
  const typed = new Set(target.btfModules);
  typed.delete('vmlinux');
  if (typed.size === 0) return [];
  const found = tree.items.flatMap((item) => (item.kind === 'probe' ? item.attachPoints.flatMap((point) => modulesOfPoint(point, target)) : []));
  return [...new Set(found)].filter((module) => typed.has(module));
}

function modulesOfPoint({ parts: [provider = '', first = '', name] }: AttachPoint, target: Target): readonly string[] {
  const record = providersMatching(provider)[0]?.name;
  if (record === 'tracepoint') return matching(first, target);
  if (record === 'rawtracepoint') return name === undefined ? target.matchRawTracepoints('*', first).map(([module]) => module) : matching(first, target);
  if (!['kprobe', 'kretprobe', 'fentry', 'fexit'].includes(record ?? '')) return [];
  if (name !== undefined) return matching(first, target);
  return target.matchKernelFunctions('*', first.replace(/\+.*/, '')).map((each) => each.module);
}

function matching(pattern: string, target: Target): readonly string[] {
  return hasWildcard(pattern) ? target.btfModules.filter(matcher(pattern)) : [pattern];
}
