// A type as plain JSON-able data: struct members inlined, pointees reduced to their names.

import { type Type, membersOf } from './types.js';

export function portable(type: Type): Type {
  switch (type.kind) {
    case 'pointer': return { ...type, to: type.to.kind === 'struct' ? { kind: 'struct', tag: type.to.tag, name: type.to.name, size: type.to.size } : portable(type.to) };
    case 'array': return { ...type, of: portable(type.of) };
    case 'tuple': return { ...type, elements: type.elements.map(portable) };
    case 'record': return { ...type, fields: type.fields.map((f) => ({ ...f, type: portable(f.type) })) };
    case 'struct':
      return { kind: 'struct', tag: type.tag, name: type.name, size: type.size, fields: membersOf(type).map((m) => ({ ...m, type: portable(m.type) })) };
    case 'context': return { kind: 'context', name: type.name };
    default: return type;
  }
}
