// Arguments of probes as -lv shows them: one C declaration per line.

import type { Btf } from '../../model/btf/btf.js';
import { formatParameter, formatType } from '../../model/btf/format.js';
import type { BtfFuncProto } from '../../model/btf/types.js';
import { rawTracepointPrototype } from '../../model/target/raw-tracepoint.js';
import { functionPrototype } from '../btf-functions.js';
import type { Target, TracepointField } from '../../model/target/target.js';

/** `int dfd`, `char comm[16]`, `__data_loc char[] filename`: as the format file has it. */
function declareField({ name, type, dynamic }: TracepointField): string {
  const bounds = dynamic === undefined ? /^(.*?)((?:\[[^\]]*\])+)$/.exec(type) : null;
  if (bounds !== null) return `${bounds[1]} ${name}${bounds[2]}`;
  return type.includes('(*)') ? type.replace('(*)', `(*${name})`) : `${type} ${name}`;
}

export function declaredFields(target: Target, category: string, event: string): string[] {
  return target.tracepoint(category, event)?.fields.map(declareField) ?? [];
}

/** Parameters of a raw tracepoint, without the private one that comes first. */
export function declaredRawArguments(target: Target, module: string, event: string): string[] {
  const btf = target.moduleBtf(module);
  const proto = btf === undefined ? undefined : rawTracepointPrototype(btf, event);
  return proto === undefined ? [] : parameters(btf!, { ...proto, parameters: proto.parameters.slice(1) });
}

/** Parameters of a kernel function; with `returns` its result as `TYPE retval`, unless it is void. */
export function declaredParameters(target: Target, module: string, name: string, show: { readonly parameters: boolean; readonly returns: boolean }): string[] {
  const btf = target.moduleBtf(module);
  const proto = btf && functionPrototype(btf, name);
  if (btf === undefined || proto === undefined) return [];
  const result = show.returns && btf.resolve(proto.returns).kind !== 'void' ? [`${formatType(btf, proto.returns)} retval`] : [];
  return [...(show.parameters ? parameters(btf, proto) : []), ...result];
}

function parameters(btf: Btf, proto: BtfFuncProto): string[] {
  return proto.parameters.map(({ name, type }, index) =>
    (type === 0 && index === proto.parameters.length - 1 ? '...' : formatParameter(btf, type, name || `arg${index}`)));
}
