// What the attach points of all blocks come to, together: which programs there are, and what each is attached to.
//
//   use    check/probes.ts while a script is compiled; trace/fit.ts where a program runs that was compiled elsewhere

import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import { providersMatching } from './index.js';
import { apartFromSingles, singleFunctions } from './kprobe.js';
import { foldedCalls, foldSyscalls } from './syscalls.js';

/** Kinds of probes that a provider may stand for. A wildcard stands for the kinds of user space or for those of the kernel, never for test and bench
 *  probes, which have names of their own. */
export function kindsOf({ parts }: Pick<AttachPoint, 'parts'>, pid: number | undefined): readonly ProbeRecord[] {
  const provider = parts[0] ?? '';
  const wantsUser = pid !== undefined || (parts[1]?.includes('/') ?? false);
  return providersMatching(provider).filter((r) => !provider.includes('*') || (!r.uniqueNames && (r.addressSpace === 'user') === wantsUser));
}

/** The programs of each block. Blocks on one event fire in source order only where all of them are attached the same way. */
export function programsOfBlocks(blocks: readonly { readonly resolved: readonly ResolvedProbe[]; readonly context: ResolveContext }[]): readonly (readonly ResolvedProbe[])[] {
  const elsewhere = foldedCalls(blocks.flatMap(({ resolved, context }) => foldSyscalls(resolved, context)));
  const singles = singleFunctions(blocks.flatMap(({ resolved }) => resolved));
  return blocks.map(({ resolved, context }) => apartFromSingles(foldSyscalls(resolved, context, elsewhere), singles, context));
}
