// Functions of programs and libraries, by their place in the file; for one process with -p or -c.

import { attachType } from '../../../model/bpf/uapi.js';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { cookieOf, kernelNeeds, type Provider } from './place.js';

export const uprobe: Provider<'uprobe'> = {
  kind: 'uprobe',
  needs: kernelNeeds('uprobe'),
  order: () => 'reverse',
  places({ path, fileOffset, symbol, return: retprobe, pid, ofPattern }, context, { probe }) {
    const refused = context.instructions.refused(path, [fileOffset], context.handle, (copy, [offset]) => ({ kind: 'uprobe', path: copy, offset: offset!, pid: process.pid }), false);
    if (refused.size > 0) {
      const error = refusal(path, symbol, fileOffset);
      if (ofPattern === undefined) throw error;
      context.leaveOut(probe, error);
      return [];
    }
    return [{ kind: 'uprobe', path, offset: fileOffset, retprobe, pid: pid ?? context.childPid, ...cookieOf(context) }];
  },
};

export const uprobeMulti: Provider<'uprobe_multi'> = {
  kind: 'uprobe_multi',
  needs: kernelNeeds('uprobe'),
  order: () => 'reverse',
  prepare: (handle) => handle.setExpectedAttachType(attachType.trace_uprobe_multi),
  places({ path, fileOffsets, labels, return: retprobe, pid }, context) {
    const refused = context.instructions.refused(path, fileOffsets, context.handle, (copy, offsets) => ({ kind: 'uprobeMulti', path: copy, offsets, pid: process.pid }), true);
    if (refused.size > 0 && refused.size === fileOffsets.length) throw refusal(path, labels[0], fileOffsets[0]!);
    const kept = fileOffsets.flatMap((offset, index) => (refused.has(offset) ? [] : [index]));
    for (const [index, offset] of fileOffsets.entries()) {
      if (refused.has(offset)) context.leaveOut(`${retprobe ? 'uretprobe' : 'uprobe'}:${path}:${labels[index]!}`, refusal(path, labels[index], offset));
    }
    return [{ kind: 'uprobeMulti', path, offsets: kept.map((index) => fileOffsets[index]!), retprobe, pid: pid ?? context.childPid, cookies: kept }];
  },
};

function refusal(path: string, symbol: string | undefined, offset: bigint): TbpfError {
  const where = symbol ?? `0x${offset.toString(16)}`;
  return new TbpfError(`the kernel puts no probe on the instruction at ${where} of ${path}`, {
    code: 'ENOTSUPP', operation: 'uprobe', advice: 'It has a prefix such as lock, or an opcode that cannot run out of its place: probe a later instruction (NAME+OFFSET) or another function.',
  });
}
