// Types as the script writes them -> types of the language.

import type { TypeNode } from '../../model/syntax/nodes.js';
import { isExpression } from '../../model/syntax/visit.js';
import { inSpace } from '../../model/types/space.js';
import { type Type, none, spellType } from '../../model/types/types.js';
import { sizeInC, sizeOf } from '../../model/types/size.js';
import { aggregates } from '../../language/aggregates/index.js';
import { infer, orUnreadable } from './expressions.js';
import type { Inference } from './inference.js';
import * as say from './diagnostics.js';

/** `from`: type of what is cast, for `T[]`. */
export function resolveType(c: Inference, node: TypeNode, from?: Type): Type {
  const wanted = orUnreadable(c, node.span, () => resolve(c, node, from));
  // a struct of any size may be pointed at
  const type = wanted.kind === 'struct' || c.fits(wanted, node.span) ? wanted : none;
  c.typeNodes.set(node, type);
  return type;
}

function resolve(c: Inference, node: TypeNode, from: Type | undefined): Type {
  switch (node.kind) {
    case 'named-type': return named(c, node);
    case 'sized-type': {
      const size = count(c, node.size);
      if (node.name === 'string') return { kind: 'string', capacity: size };
      if (node.name === 'buffer') return { kind: 'buffer', capacity: size };
      return { kind: 'inet' };
    }
    case 'pointer-type': {
      const space = c.probe.record.addressSpace;
      return { kind: 'pointer', to: inSpace(resolveType(c, node.to), space), space };
    }
    case 'array-type': {
      const of = resolveType(c, node.of);
      if (node.count) return { kind: 'array', of, count: count(c, node.count) };
      if (!from) c.report(say.arraySizeUnknown.at(node.span, {}));
      if (!from || from.kind === 'none') return none;
      const bytes = from.kind === 'buffer' ? from.capacity : sizeInC(from);
      const each = sizeOf(of);
      if (each === 0 || bytes % each !== 0) {
        c.report((bytes === 0 ? say.arraySizeUnknown : say.arraySizeUneven).at(node.span, {}));
        return none;
      }
      return { kind: 'array', of, count: bytes / each };
    }
    case 'typeof-type': return isExpression(node.argument) ? infer(c, node.argument) : resolveType(c, node.argument);
  }
}

function count(c: Inference, e: Parameters<typeof infer>[1]): number {
  infer(c, e);
  const value = c.literal(e);
  if (typeof value === 'bigint') return Number(value);
  c.report(say.arraySizeUnknown.at(e.span, {}));
  return 0;
}

function named(c: Inference, node: Extract<TypeNode, { kind: 'named-type' }>): Type {
  if (node.tag === 'enum') {
    const type = c.finder.enum(node.name);
    if (!type) c.report(say.unknownEnum.at(node.span, { name: node.name, near: c.finder.similar(node.name, ['enum']) }));
    return type ?? none;
  }
  if (node.tag) {
    const type = c.finder.struct(node.name, node.tag);
    if (!type) {
      const near = c.finder.similar(node.name, [node.tag]);
      c.report(say.unknownStruct.at(node.span, { name: `${node.tag} ${node.name}`, near: near && `${node.tag} ${near}` }));
    }
    return type ?? none;
  }
  if (node.name === 'string') return { kind: 'string', capacity: c.config.number('max_strlen') };
  const type = c.finder.named(node.name);
  const aggregate = /^(u?)(\w+)_t$/.exec(node.name);
  if (!type && aggregate && aggregates.has(aggregate[2]!)) return { kind: 'aggregate', name: aggregate[2]!, signed: aggregate[1] === '', parameters: [] };
  if (!type) c.report(say.unknownType.at(node.span, { name: node.name, near: c.finder.similar(node.name, ['typedef', 'struct']) }));
  return type ?? none;
}

/** Types a variable may be declared with. */
export function isStorable(type: Type): boolean {
  return !['aggregate', 'void', 'none', 'context'].includes(type.kind);
}

export { spellType };
