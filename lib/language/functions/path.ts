// path(): the path of an open file, as the kernel makes it from a struct path.
//
//   idea   the verifier wants to know the type of what it is given (known-objects.ts)
//   facts  bpf_d_path since Linux 5.10, in iterators and in the functions of btf_allowlist_d_path (kernel/trace/bpf_trace.c). It makes the path at
//          the end of the memory and moves it to the start, so that bytes are left behind the NUL; what it has no room for is missing at the
//          front, and it answers -ENAMETOOLONG then

import { s64 } from '../../model/ir/ir.js';
import { type Type, spellType, string } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import { isKnownToVerifier } from '../known-objects.js';
import { addressOfPlace } from '../place.js';
import { argumentOf, defineFunction } from './define.js';

/** btf_allowlist_d_path */
const allowed = [
  'security_file_permission', 'security_inode_getattr', 'security_file_open', 'security_path_truncate', 'vfs_truncate', 'vfs_fallocate', 'dentry_open',
  'vfs_getattr', 'filp_close',
];

function isPath(type: Type): boolean {
  const struct = type.kind === 'pointer' ? type.to : type;
  return struct.kind === 'struct' && struct.name === 'path';
}

export const path = defineFunction({
  name: 'path', mode: 'S', doc: 'Path of an open file.',
  params: [
    { name: 'p', accepts: 'any', doc: 'struct path or pointer to one, as args.file->f_path' },
    { name: 'size', accepts: 'literal integer', optional: true, doc: 'bytes of the result, NUL included; default max_strlen' },
  ],
  probes: ['fentry', 'fexit', 'iter'],
  elsewhere: () => say.pathElsewhere.with({}),
  needs: ['helper:d_path'],
  check(call, c) {
    const most = c.config.number('max_strlen');
    const size = call.args[1] ? c.literal(call.args[1]) : BigInt(most);
    if (typeof size !== 'bigint') return string(most);
    if (size < 1n || size > BigInt(most)) {
      c.report(say.badPathSize.at(call.args[1]!.span, { most, given: size }));
      return string(most);
    }
    const argument = argumentOf(call, 0);
    const type = c.typeOf(argument);
    const closed = c.probe.matches.find(({ attach }) => attach.kind === 'fentry' && (attach.programId !== undefined || !allowed.includes(attach.function)));
    if (!isPath(type)) {
      if (type.kind !== 'none' || !c.settling) c.report(say.noPath.at(argument.span, { type: spellType(type) }));
    } else if (closed) c.report(say.pathNotAllowed.at(call.span, { probe: closed.probe, allowed }));
    else if (!isKnownToVerifier(argument, c)) c.report(say.unknownPath.at(argument.span, {}));
    return string(Number(size));
  },
  lowerInto(call, l, to) {
    const { b } = l;
    // not that of where it goes to, which may have more room
    const type = l.typeOf(call);
    const made = l.temporary(type, 'path');
    const size = type.kind === 'string' ? type.capacity : 0;
    b.zero(made.base, made.offset, size);
    const address = addressOfPlace(b, made);
    const result = b.call('d_path', [l.objectPointer(argumentOf(call, 0))!, address, b.const(size)], s64);
    l.branch('slt', result, 0, () => l.runtimeError({ kind: 'helper', helper: 'd_path', result, level: 'default' }, call.span));
    // up to the NUL, and zeros behind it
    l.probeReadString(to, address, 'kernel', { pad: true }, call.span);
  },
});
