// Functions of programs and libraries, by their place in the file; for one process with -p or -c.
//
//   facts  places that the kernel would refuse are left out beforehand (instructions.ts). Those of 32-bit programs cannot be tried: where one
//          makes the multi link fail, multi links for parts are tried. Events that come meanwhile are of places that stay

import { attachType } from '../../../model/bpf/uapi.js';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import type { AttachSpec } from '../../native/types.js';
import { isAboutPlace } from '../left-out.js';
import type { Refusal } from './instructions.js';
import { linksForParts } from './parts.js';
import { type AttachContext, cookieOf, type Manifest, type Provider } from './place.js';

export const uprobe: Provider<'uprobe'> = {
  kind: 'uprobe',
  order: () => 'reverse',
  events: ({ path, fileOffset }) => [eventAt(path, fileOffset)],
  places({ path, fileOffset, symbol, return: retprobe, pid, ofPattern }, context, { probe }) {
    const refused = context.instructions.refused(path, [fileOffset], context.handle, (copy, [offset]) => ({ kind: 'uprobe', path: copy, offset: offset!, pid: process.pid }), false);
    const reason = refused.get(fileOffset);
    if (reason !== undefined) {
      const error = refusal(reason, path, symbol, fileOffset);
      if (ofPattern === undefined) throw error;
      context.leaveOut(probe, error);
      return [];
    }
    return [{ kind: 'uprobe', path, offset: fileOffset, retprobe, pid: pid ?? context.childPid, ...cookieOf(context) }];
  },
};

export const uprobeMulti: Provider<'uprobe_multi'> = {
  kind: 'uprobe_multi',
  order: () => 'reverse',
  prepare: (handle) => handle.setExpectedAttachType(attachType.trace_uprobe_multi),
  events: ({ path, fileOffsets }) => fileOffsets.map((offset) => eventAt(path, offset)),
  places(attach, context) {
    const { path, fileOffsets, labels } = attach;
    const refused = refusedOf(attach, context);
    const errorAt = (index: number): TbpfError => refusal(refused.get(fileOffsets[index]!)!, path, labels[index], fileOffsets[index]!);
    if (refused.size > 0 && refused.size === fileOffsets.length) throw errorAt(0);
    const kept = new Set(withoutRefused(attach, refused).map((index) => labels[index]!));
    for (const [index, offset] of fileOffsets.entries()) {
      if (!refused.has(offset)) continue;
      // of several functions of one name those that are left would count too little
      if (kept.has(labels[index]!)) throw errorAt(index);
      context.leaveOut(probeAt(attach, index), errorAt(index));
    }
    return [linkFor(attach, withoutRefused(attach, refused), context)];
  },
  inParts(error, attach, context) {
    const kept = withoutRefused(attach, refusedOf(attach, context));
    if (!isAboutPlace(error) || kept.length === 1) return undefined;
    return linksForParts(kept, { mayBeOneOf: isAboutPlace, leave: (index, why) => context.leaveOut(probeAt(attach, index), why), attach: (part) => context.handle.attach(linkFor(attach, part, context)) });
  },
};

function refusedOf({ path, fileOffsets }: Manifest<'uprobe_multi'>, { instructions, handle }: AttachContext): ReadonlyMap<bigint, Refusal> {
  return instructions.refused(path, fileOffsets, handle, (copy, offsets) => ({ kind: 'uprobeMulti', path: copy, offsets, pid: process.pid }), true);
}

/** Positions in the manifest's lists. */
function withoutRefused({ fileOffsets }: Manifest<'uprobe_multi'>, refused: ReadonlyMap<bigint, Refusal>): readonly number[] {
  return fileOffsets.flatMap((offset, index) => (refused.has(offset) ? [] : [index]));
}

/** One link for some of the places, numbered as in the manifest: so the program knows them. */
function linkFor({ path, fileOffsets, return: retprobe, pid }: Manifest<'uprobe_multi'>, places: readonly number[], { childPid }: AttachContext): AttachSpec {
  return { kind: 'uprobeMulti', path, offsets: places.map((place) => fileOffsets[place]!), retprobe, pid: pid ?? childPid, cookies: places };
}

function probeAt({ path, labels, return: retprobe }: Manifest<'uprobe_multi'>, place: number): string {
  return `${retprobe ? 'uretprobe' : 'uprobe'}:${path}:${labels[place]!}`;
}

function eventAt(path: string, offset: bigint): string {
  return `${path}:${offset}`;
}

export function refusal(reason: Refusal, path: string, symbol: string | undefined, offset: bigint): TbpfError {
  const where = symbol ?? `0x${offset.toString(16)}`;
  if (reason === 'beyond the end') return new TbpfError(`${path} ends before ${where}, whatever its symbol table says`, { code: 'EINVAL', operation: 'uprobe', advice: 'The file was cut off, or is being written: replace it by a whole one.' });
  return new TbpfError(`the kernel puts no probe on the instruction at ${where} of ${path}`, {
    code: 'ENOTSUPP', operation: 'uprobe', advice: 'It has a prefix such as lock, or an opcode that cannot run out of its place: probe a later instruction (NAME+OFFSET) or another function.',
  });
}
