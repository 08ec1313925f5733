// iter: walks over the kernel's objects of one type when the iterator is read.
//
//   facts  for each type the kernel has a function bpf_iter_TYPE(…) and a struct bpf_iter__TYPE with its parameters, which is the
//          context. After the last object the program is called once more, without one. A program that returns 1 is run again for the same
//          object

import type { ProbeRecord } from '../record.js';
import { type StructType, type Type, membersOf } from '../../model/types/types.js';
import { matcher } from '../../model/target/pattern.js';
import { sorted } from '../listing.js';
import { declaredParameters } from './declarations.js';
import * as say from './diagnostics.js';
import { refuse } from './diagnostics.js';

/** iterators that can be limited to one process */
const ofTasks = ['task', 'task_file', 'task_vma'];
/** iterators over the elements of one map, whose descriptor they need when they are attached */
const ofOneMap = ['bpf_map_elem', 'bpf_sk_storage_map', 'sockmap'];
/** folder of pins that are given without one: the usual mount point of the BPF file system */
export const PIN_FOLDER = '/sys/fs/bpf';

export const iter: ProbeRecord = {
  name: 'iter', aliases: ['it'], doc: "Walks over the kernel's objects of one type.", syntax: 'iter:type[:pin]',
  programKind: 'iter', needs: 'iter', returnsFixed: true, addressSpace: 'kernel', pidFilter: 'kernel', registers: false, returnValue: 0, alone: true,
  listing: {
    scope: 'kernel',
    list(parts, { target }) {
      const { btf } = target;
      if (parts.length > 1) return undefined;
      if (btf === undefined || !target.has('iter')) return [];
      const wanted = matcher(parts[0]!);
      const names = [...btf.names('struct')].filter((name) => name.startsWith('bpf_iter__')).map((name) => name.slice('bpf_iter__'.length));
      return sorted(new Set(names.filter((name) => wanted(name) && btf.find('func', `bpf_iter_${name}`) !== undefined))).map((name) => ({
        line: `iter:${name}`,
        arguments: () => declaredParameters(target, 'vmlinux', `bpf_iter_${name}`, { parameters: true, returns: false }),
      }));
    },
  },
  facts: () => ({ types: true }),
  resolve(point, c) {
    const [, type, pin] = point.parts as [string, string?, string?];
    if (type === undefined || type === '' || point.parts.length > 3) {
      return refuse(c, point, say.iterPartCount.with({ syntax: iter.syntax }));
    }
    if (type.includes('*')) return refuse(c, point, say.iterPattern.with({}));
    const context = c.target.btf?.find('func', `bpf_iter_${type}`) === undefined ? undefined : c.finder.kernel.struct(`bpf_iter__${type}`, 'struct');
    if (!context) return refuse(c, point, say.unknownIter.with({ type, typed: c.target.btf !== undefined }));
    if (ofOneMap.includes(type)) return refuse(c, point, say.iterOfOneMap.with({ type }));
    if (pin?.split('/').at(-1)!.includes('.') === true) return refuse(c, point, say.pinWithDot.with({ pin }));
    return [{
      record: iter, point, section: `iter/${type}`, contextStruct: context,
      matches: [{
        probe: point.label ?? `iter:${type}`,
        attach: {
          kind: 'iter', type,
          ...(pin === undefined ? {} : { pin: pin.startsWith('/') ? pin : `${PIN_FOLDER}/${pin}` }),
          ...(c.pid !== undefined && takesProcess(type) ? { pid: c.pid } : {}),
        },
      }],
    }];
  },
};

/** Whether the kernel walks over the threads of one process when it is asked to. */
export function takesProcess(type: string): boolean {
  return ofTasks.includes(type);
}

/** Offset in the context of the pointer to the object: the last pointer member. It is null in the call that ends the iteration. */
export function objectOffset(context: StructType): number | undefined {
  let offset: number | undefined;
  for (const { member, at } of flatten(context, 0)) if (member.kind === 'pointer' && at > 0) offset = at;
  return offset;
}

function flatten(struct: StructType, from: number): { readonly member: Type; readonly at: number }[] {
  return membersOf(struct).flatMap((m) => (m.name === '' && m.type.kind === 'struct' ? flatten(m.type, from + m.offset) : [{ member: m.type, at: from + m.offset }]));
}
