// How many bytes of a text may hold something behind its NUL.
//
//   why    arrays of characters in structs and in records of tracepoints keep what was there before; what functions and builtins make is
//          padded. From the arrays it gets into variables and map elements
//   rule   text is what stands before the NUL, in keys and in comparisons of tuples and records: also text in arrays and structs, but not that in
//          unions, whose bytes may mean something else. All other bytes of a struct count, its padding too
//   idea   over all assignments of the script until nothing grows: for each variable and map the longest array it may have come from

import type { Expression, Node } from '../../../model/syntax/nodes.js';
import { walk } from '../../../model/syntax/visit.js';
import { sizeOf } from '../../../model/types/size.js';
import { type Type, membersOf } from '../../../model/types/types.js';
import type { TypedProgram, VariableInfo } from '../../../language/typed-program.js';

type Holder = VariableInfo | string;

export class Remains {
  /** by variable, or by name of a map */
  private readonly bytes = new Map<Holder, number>();

  constructor(private readonly program: TypedProgram) {
    const writes = program.probes.flatMap(({ predicate, body }) => [...(predicate ? this.writesIn(predicate) : []), ...this.writesIn(body)]);
    for (let grows = true; grows;) {
      grows = false;
      for (const { holder, value } of writes) {
        const bytes = this.of(value);
        if (bytes <= (this.bytes.get(holder) ?? 0)) continue;
        this.bytes.set(holder, bytes);
        grows = true;
      }
    }
  }

  /** Of the texts that this expression gives, or that are part of what it gives; 0 where all are padded. */
  of(e: Expression): number {
    switch (e.kind) {
      case 'member': return this.program.types.get(e.object)?.kind === 'record' ? this.of(e.object) : this.arrayBytes(e);
      case 'index': case 'unary': return this.arrayBytes(e);
      case 'tuple-index': return this.of(e.object);
      case 'variable': return this.bytes.get(this.program.variables.get(e)!) ?? 0;
      case 'map': return this.bytes.get(e.name) ?? 0;
      case 'map-access': return this.bytes.get(e.map.name) ?? 0;
      case 'ternary': return Math.max(this.of(e.whenTrue ?? e.condition), this.of(e.whenFalse));
      case 'if-expression': return Math.max(this.of(e.whenTrue), this.of(e.whenFalse));
      case 'block-expression': return e.value ? this.of(e.value) : 0;
      case 'cast': {
        const from = this.program.types.get(e.operand);
        return this.program.types.get(e)?.kind === 'string' && from?.kind === 'array' ? sizeOf(from) : this.of(e.operand);
      }
      case 'comptime': return this.of(e.operand);
      // str() of a text hands it on as it is; `text + n` is its end
      case 'call': return this.program.types.get(e)?.kind === 'string' ? Math.max(0, ...e.args.map((argument) => this.of(argument as Expression))) : 0;
      case 'binary': return this.program.types.get(e)?.kind === 'string' ? this.of(e.left) : 0;
      case 'tuple': return Math.max(0, ...e.elements.map((element) => this.of(element)));
      case 'record': return Math.max(0, ...e.fields.map(({ value }) => this.of(value)));
      default: return 0;
    }
  }

  private arrayBytes(e: Expression): number {
    const type = this.program.types.get(e);
    return type ? longestText(type) : 0;
  }

  private writesIn(root: Node): { readonly holder: Holder; readonly value: Expression }[] {
    const found: { holder: Holder; value: Expression }[] = [];
    walk(root, (node) => {
      if (node.kind === 'let' && node.value) found.push({ holder: this.program.variables.get(node.variable)!, value: node.value });
      // its keys are padded, its values are what they are in the map
      else if (node.kind === 'for' && node.iterable.kind === 'map') found.push({ holder: this.program.variables.get(node.variable)!, value: node.iterable });
      else if (node.kind === 'assign' && node.target.kind === 'variable') found.push({ holder: this.program.variables.get(node.target)!, value: node.value });
      else if (node.kind === 'assign' && node.target.kind === 'map') found.push({ holder: node.target.name, value: node.value });
      else if (node.kind === 'assign' && node.target.kind === 'map-access') found.push({ holder: node.target.map.name, value: node.value });
    });
    return found;
  }
}

/** Bytes of the longest text in a value as it lies in a struct. */
function longestText(type: Type): number {
  switch (type.kind) {
    case 'string': return type.stored ?? type.capacity;
    case 'array': return longestText(type.of);
    case 'struct': return type.tag === 'union' ? 0 : Math.max(0, ...membersOf(type).map((member) => longestText(member.type)));
    default: return 0;
  }
}
