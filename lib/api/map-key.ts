// Keys that programs give, held against the type of a map's keys: one of another shape is a mistake, and looks like an element that is not there.

import { OptionError } from '../model/diagnostics/errors.js';
import { flatMembers, type Type } from '../model/types/types.js';
import { describe } from './describe.js';
import { typeText } from './typescript.js';

/** @param type  undefined: the map has no keys
 *  @throws OptionError */
export function checkKey(map: string, type: Type | undefined, key: unknown): void {
  if (type === undefined ? key === undefined : hasShape(type, key)) return;
  const given = key !== undefined && typeof key === 'object' && key !== null ? spelled(key) : describe(key);
  throw new OptionError('key', type === undefined ? `key is ${given}: ${map} has no keys` : `key is ${given}: keys of ${map} are of type ${typeText(type)}`, 'ERR_OPTION_TYPE');
}

function spelled(key: object): string {
  if (!Array.isArray(key)) return describe(key);
  return `[${key.map((each: unknown) => (Array.isArray(each) ? spelled(each) : typeof each === 'object' && each !== null ? describe(each) : typeof each === 'string' ? JSON.stringify(each) : String(each))).join(', ')}]`;
}

/** Integers of any width may be numbers or bigints. */
function hasShape(type: Type, value: unknown): boolean {
  switch (type.kind) {
    case 'bool': return typeof value === 'boolean';
    case 'int': case 'enum': case 'pointer': case 'username': case 'cgroup_path': return typeof value === 'bigint' || Number.isInteger(value);
    case 'string': case 'inet': case 'mac': return typeof value === 'string';
    case 'buffer': return value instanceof Uint8Array;
    case 'array': return typeof value === 'string' || value instanceof Uint8Array || (Array.isArray(value) && value.every((each) => hasShape(type.of, each)));
    case 'tuple': return Array.isArray(value) && value.length === type.elements.length && type.elements.every((each, i) => hasShape(each, value[i]));
    case 'record': return hasFields(type.fields, value);
    case 'struct': return isObject(value) && Object.keys(value).length === flatMembers(type).length;
    case 'stack': case 'ksym': case 'usym': case 'timestamp': return isObject(value);
    case 'aggregate': case 'void': case 'none': case 'context': return true;
  }
}

function hasFields(fields: readonly { readonly name: string; readonly type: Type }[], value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === fields.length && fields.every(({ name, type }) => hasShape(type, value[name]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
