// Functions of programs and libraries, by their place in the file; for one process with -p or -c.

import { attachType } from '../../../model/bpf/uapi.js';
import { cookieOf, type Provider } from './place.js';

export const uprobe: Provider<'uprobe'> = {
  kind: 'uprobe',
  places({ path, fileOffset, return: retprobe, pid }, context) {
    return [{ kind: 'uprobe', path, offset: fileOffset, retprobe, pid: pid ?? context.childPid, ...cookieOf(context) }];
  },
};

export const uprobeMulti: Provider<'uprobe_multi'> = {
  kind: 'uprobe_multi',
  prepare: (handle) => handle.setExpectedAttachType(attachType.trace_uprobe_multi),
  places({ path, fileOffsets, return: retprobe, pid }, { childPid }) {
    return [{ kind: 'uprobeMulti', path, offsets: fileOffsets, retprobe, pid: pid ?? childPid, cookies: fileOffsets.map((_, i) => i) }];
  },
};
