// path(): the path of an open file, as the kernel makes it from a struct path.
//
//   idea   the verifier wants to know the type of what it is given: a chain of members that starts at an argument, at the result or at an object
//          of an iterator, and is not kept in a variable on its way
//   facts  bpf_d_path since Linux 5.10, in iterators and in the functions of btf_allowlist_d_path (kernel/trace/bpf_trace.c). It makes the path at
//          the end of the memory and moves it to the start, so that bytes are left behind the NUL; what it has no room for is missing at the
//          front, and it answers -ENAMETOOLONG then

import { s64 } from '../../model/ir/ir.js';
import type { ArgumentSource } from '../../model/layout/manifest.js';
import type { Expression } from '../../model/syntax/nodes.js';
import { type Type, findMember, passesUnion, spellType, string } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import { addressOfPlace } from '../place.js';
import { objectOffset } from '../probes/iter.js';
import type { CheckContext, ResolvedProbe } from '../record.js';
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

/** Whether the verifier knows the type of what the chain of members leads to. A struct in a union has its place, but a pointer that is loaded
 *  from a union has no type any more (typed-pointer.ts).
 * @param isLoaded  a pointer is loaded from this place, or from a place in it */
function isKnown(e: Expression, c: Pick<CheckContext, 'typeOf' | 'probe'>, isLoaded: boolean): boolean {
  if (e.kind === 'identifier') return e.name === 'retval' && isTypedWord(c.probe.returnSource);
  if (e.kind === 'unary' && e.op === '*') return isKnown(e.operand, c, true);
  if (e.kind !== 'member') return false;
  const object = c.typeOf(e.object);
  if (object.kind === 'context') return isTypedRoot(e.field, c.probe);
  const struct = object.kind === 'pointer' ? object.to : object;
  if (struct.kind !== 'struct' || (isLoaded && passesUnion(struct, e.field))) return false;
  return isKnown(e.object, c, isLoaded || object.kind === 'pointer');
}

/** Of an iterator's context only the object has a type: other pointers in it may be null. */
function isTypedRoot(field: string, { contextStruct, arguments: args }: ResolvedProbe): boolean {
  if (contextStruct) return findMember(contextStruct, field)?.offset === objectOffset(contextStruct);
  return isTypedWord(args?.find(({ name }) => name === field)?.source);
}

const isTypedWord = (source: ArgumentSource | undefined): boolean => source?.kind === 'word' && source.access === 'typed';

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
    else if (!isKnown(argument, c, type.kind === 'pointer')) c.report(say.unknownPath.at(argument.span, {}));
    return string(Number(size));
  },
  lowerInto(call, l, to) {
    const { b } = l;
    const made = l.temporary(to.type, 'path');
    const size = to.type.kind === 'string' ? to.type.capacity : 0;
    b.zero(made.base, made.offset, size);
    const address = addressOfPlace(b, made);
    const result = b.call('d_path', [l.objectPointer(argumentOf(call, 0))!, address, b.const(size)], s64);
    l.branch('slt', result, 0, () => l.runtimeError({ kind: 'helper', helper: 'd_path', result, level: 'default' }, call.span));
    // up to the NUL, and zeros behind it
    l.probeReadString(to, address, 'kernel', { pad: true }, call.span);
  },
});
