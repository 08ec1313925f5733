// Raw tracepoints by BTF: the kernel declares `typedef void (*btf_trace_EVENT)(void *, ARGS…)` for each.
//
//   facts  include/trace/bpf_probe.h

import type { Btf } from '../../../model/btf/btf.js';
import { RAW_TRACEPOINT_PREFIX as PREFIX, rawTracepointNames } from '../../../model/target/raw-tracepoint.js';
import { alternatives, isForSeveral, matcher } from '../../../model/target/pattern.js';

/** Where the BTF of modules comes from. */
export interface BtfModules {
  readonly modules: readonly string[];
  module(name: string): Btf | undefined;
}

/** [module, event] pairs, the kernel's first; one literal name in one literal module costs one look-up. */
export function matchRawTracepoints(source: BtfModules, module: string, event: string): (readonly [module: string, event: string])[] {
  const wantedModule = matcher(module);
  const found: (readonly [string, string])[] = [];
  for (const name of source.modules) {
    if (!wantedModule(name)) continue;
    const btf = source.module(name);
    if (btf === undefined) continue;
    if (!isForSeveral(event)) {
      const id = btf.find('typedef', PREFIX + event);
      if (id !== undefined && id >= btf.firstId) found.push([name, event]);
      continue;
    }
    const wanted = alternatives(event);
    for (const own of rawTracepointNames(btf)) if (wanted(own)) found.push([name, own]);
  }
  return found;
}
