// Whether a script shows kernel addresses by their names: then the kernel's symbols are read while the script starts and runs.

import type { Manifest } from '../model/layout/manifest.js';
import type { Type } from '../model/types/types.js';

/** True when an event or a map of the script holds a kernel stack or symbol. */
export function namesKernelAddresses({ events, maps }: Manifest): boolean {
  return events.some(({ layout }) => layout.arguments.some(({ type }) => holdsKernelName(type))) || maps.some(({ key, value }) => (key !== undefined && holdsKernelName(key)) || holdsKernelName(value));
}

function holdsKernelName(type: Type): boolean {
  switch (type.kind) {
    case 'ksym': return true;
    case 'stack': return type.space === 'kernel' && type.mode !== 'raw';
    case 'tuple': return type.elements.some(holdsKernelName);
    case 'record': return type.fields.some((field) => holdsKernelName(field.type));
    default: return false;
  }
}
