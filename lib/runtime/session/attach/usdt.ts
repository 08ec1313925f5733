// USDT probes: user probes at the places of a file, each with the semaphore that the kernel counts up meanwhile.
//
//   facts  ref_ctr_offset of perf's uprobe events (Linux 4.20) and of multi links (6.6): the kernel counts up the semaphore in every process that
//          maps the file, and in those that map it later. The cookie of each place says which probe
//          it is of, and the row of the numbers in its operands

import { attachType } from '../../../model/bpf/uapi.js';
import type { UsdtPlace } from '../../../model/layout/usdt.js';
import type { AttachSpec } from '../../native/types.js';
import { isAboutPlace } from '../left-out.js';
import type { Refusal } from './instructions.js';
import { linksForParts } from './parts.js';
import { type AttachContext, type Manifest, type Provider } from './place.js';
import { refusal } from './uprobe.js';

export const usdt: Provider<'usdt'> = {
  kind: 'usdt',
  order: () => 'reverse',
  prepare: (handle, { together }) => void (together && handle.setExpectedAttachType(attachType.trace_uprobe_multi)),
  events: ({ path, places }) => places.map(({ fileOffset }) => `${path}:${fileOffset}`),
  places(attach, context) {
    const { path, places, together } = attach;
    const refused = refusedOf(attach, context);
    const errorAt = ({ fileOffset, probe }: UsdtPlace): ReturnType<typeof refusal> => refusal(refused.get(fileOffset)!, path, attach.labels[probe], fileOffset);
    const kept = places.filter(({ fileOffset }) => !refused.has(fileOffset));
    if (kept.length === 0) throw errorAt(places[0]!);
    // A probe of which no place is left is left out; one that lacks some of its places would count too little, and fails.
    for (const place of places) {
      if (!refused.has(place.fileOffset)) continue;
      if (kept.some(({ probe }) => probe === place.probe)) throw errorAt(place);
      context.leaveOut(nameOf(attach, place.probe), errorAt(place));
    }
    return together ? [linkFor(attach, kept, context)] : kept.map((place) => oneLink(attach, place, context));
  },
  inParts(error, attach, context) {
    const refused = refusedOf(attach, context);
    const kept = attach.places.filter(({ fileOffset }) => !refused.has(fileOffset));
    if (!attach.together || !isAboutPlace(error) || kept.length === 1) return undefined;
    const link = (part: readonly number[]): AttachSpec => linkFor(attach, part.map((index) => kept[index]!), context);
    return linksForParts(kept.map((_, index) => index), {
      mayBeOneOf: isAboutPlace, leave: (index, why) => context.leaveOut(nameOf(attach, kept[index]!.probe), why), attach: (part) => context.handle.attach(link(part)),
    });
  },
};

function refusedOf({ path, places, together }: Manifest<'usdt'>, { instructions, handle }: AttachContext): ReadonlyMap<bigint, Refusal> {
  return instructions.refused(path, places.map(({ fileOffset }) => fileOffset), handle, (copy, offsets) => (
    together ? { kind: 'uprobeMulti', path: copy, offsets, pid: process.pid } : { kind: 'uprobe', path: copy, offset: offsets[0]!, pid: process.pid }), together);
}

function linkFor({ path, pid }: Manifest<'usdt'>, places: readonly UsdtPlace[], { childPid }: AttachContext): AttachSpec {
  const withSemaphores = places.some(({ semaphoreOffset }) => semaphoreOffset !== undefined);
  return {
    kind: 'uprobeMulti', path, offsets: places.map(({ fileOffset }) => fileOffset), pid: pid ?? childPid, cookies: places.map(({ cookie }) => cookie),
    ...(withSemaphores ? { refCtrOffsets: places.map(({ semaphoreOffset }) => semaphoreOffset ?? 0n) } : {}),
  };
}

function oneLink({ path, pid }: Manifest<'usdt'>, { fileOffset, semaphoreOffset, cookie }: UsdtPlace, { childPid }: AttachContext): AttachSpec {
  return { kind: 'uprobe', path, offset: fileOffset, pid: pid ?? childPid, refCtrOffset: semaphoreOffset, ...(cookie === 0n ? {} : { cookie }) };
}

function nameOf({ path, labels }: Manifest<'usdt'>, probe: number): string {
  return `usdt:${path}:${labels[probe]!}`;
}
