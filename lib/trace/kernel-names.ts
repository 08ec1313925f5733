// Whether a script shows addresses by their names. Those of the kernel: its symbols are read while the script starts and runs. Those of
// processes: they are named when the event comes, because the process may be gone later.

import type { EventSpec, Manifest } from '../model/layout/manifest.js';
import type { Type } from '../model/types/types.js';

/** True when an event or a map of the script holds a stack or symbol of the kernel, or of processes. */
export function namesAddresses({ events, maps }: Manifest, space: 'kernel' | 'user'): boolean {
  return events.some(({ layout }) => layout.arguments.some(({ type }) => holdsName(type, space))) || maps.some(({ key, value }) => (key !== undefined && holdsName(key, space)) || holdsName(value, space));
}

export function namesUserAddresses({ layout }: EventSpec): boolean {
  return layout.arguments.some(({ type }) => holdsName(type, 'user'));
}

function holdsName(type: Type, space: 'kernel' | 'user'): boolean {
  switch (type.kind) {
    case 'ksym': return space === 'kernel';
    case 'usym': return space === 'user';
    case 'stack': return type.space === space && type.mode !== 'raw';
    case 'tuple': return type.elements.some((element) => holdsName(element, space));
    case 'record': return type.fields.some((field) => holdsName(field.type, space));
    default: return false;
  }
}
