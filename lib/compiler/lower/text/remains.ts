// How many bytes of a text may hold something behind its NUL.
//
//   why    Texts that functions and builtins make are padded with NUL. An array of characters in a struct or in a record of a tracepoint
//          keeps old bytes behind its NUL, and an assignment copies these bytes into variables and map elements
//   rule   in keys, and in comparisons of tuples and records, a text is the bytes before its NUL. This holds for texts in arrays and structs,
//          not in unions, whose bytes may mean something else. All other bytes of a struct count, its padding too
//   idea   over all assignments of the script until nothing grows: for each variable and map the longest array it may have come from

import type { Expression, Jump, Node } from '../../../model/syntax/nodes.js';
import { findAll, walk } from '../../../model/syntax/visit.js';
import { sizeInC } from '../../../model/types/size.js';
import { type Type, membersOf } from '../../../model/types/types.js';
import { assignedBy } from '../../../language/functions/assigned.js';
import { argumentOf } from '../../../language/functions/define.js';
import { partsOf, type TypedProgram, type TypedSubprogram, type VariableInfo } from '../../../language/typed-program.js';

type Holder = VariableInfo | TypedSubprogram | string;

export class Remains {
  /** bytes of the longest text that a variable or a function's result (by its record) or a map (by its name) may hold with old bytes behind the NUL; absent: 0 */
  private readonly bytes = new Map<Holder, number>();

  constructor(private readonly program: TypedProgram) {
    const writes = program.probes.flatMap((typed) => [...partsOf(typed).flatMap((part) => this.writesIn(part)), ...[...typed.subprograms.values()].flatMap(resultsOf)]);
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

  /** Bytes of the longest text with old bytes behind its NUL that the value of this expression is or contains; 0 where all are padded. */
  of(e: Expression): number {
    switch (e.kind) {
      case 'member': return this.program.types.get(e.object)?.kind === 'record' ? this.of(e.object) : this.arrayBytes(e);
      case 'index': case 'unary': return this.arrayBytes(e);
      // `args` as a value: the record of a tracepoint has arrays of characters
      case 'identifier': return this.program.types.get(e)?.kind === 'record' ? this.arrayBytes(e) : 0;
      case 'tuple-index': return this.of(e.object);
      case 'variable': return this.bytes.get(this.program.variables.get(e)!) ?? 0;
      case 'map': return this.bytes.get(e.name) ?? 0;
      case 'map-access': return this.bytes.get(e.map.name) ?? 0;
      case 'ternary': return Math.max(this.of(e.whenTrue ?? e.condition), this.of(e.whenFalse));
      case 'if-expression': return Math.max(this.of(e.whenTrue), this.of(e.whenFalse));
      case 'block-expression': return e.value ? this.of(e.value) : 0;
      case 'cast': {
        const from = this.program.types.get(e.operand);
        return this.program.types.get(e)?.kind === 'string' && from?.kind === 'array' ? sizeInC(from) : this.of(e.operand);
      }
      case 'comptime': return this.of(e.operand);
      // str() of a text hands it on as it is; `text + n` is its end
      case 'call': {
        const meaning = this.program.meanings.get(e);
        if (meaning?.kind === 'subprogram') return this.bytes.get(meaning.subprogram) ?? 0;
        return this.program.types.get(e)?.kind === 'string' ? Math.max(0, ...e.args.map((argument) => this.of(argument as Expression))) : 0;
      }
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
      const meaning = node.kind === 'call' ? this.program.meanings.get(node) : undefined;
      if (node.kind === 'call' && meaning?.kind === 'subprogram') meaning.subprogram.parameters.forEach((holder, i) => found.push({ holder, value: node.args[i] as Expression }));
      else if (node.kind === 'let' && node.value) found.push({ holder: this.program.variables.get(node.variable)!, value: node.value });
      // A loop variable's key is padded; its value has what the map's values have.
      else if (node.kind === 'for' && node.iterable.kind === 'map') found.push({ holder: this.program.variables.get(node.variable)!, value: node.iterable });
      // find() assigns what its map holds
      else if (node.kind === 'call' && assignedBy(node)) found.push({ holder: this.program.variables.get(assignedBy(node)!)!, value: argumentOf(node, 0) });
      else if (node.kind === 'assign' && node.target.kind === 'variable') found.push({ holder: this.program.variables.get(node.target)!, value: node.value });
      else if (node.kind === 'assign' && node.target.kind === 'map') found.push({ holder: node.target.name, value: node.value });
      else if (node.kind === 'assign' && node.target.kind === 'map-access') found.push({ holder: node.target.map.name, value: node.value });
    });
    return found;
  }
}

function resultsOf(subprogram: TypedSubprogram): { readonly holder: Holder; readonly value: Expression }[] {
  const returns = findAll(subprogram.node.body, (node) => node.kind === 'jump' && node.jump === 'return') as Jump[];
  return returns.flatMap(({ value }) => (value ? [{ holder: subprogram, value }] : []));
}

/** Bytes of the longest text in a value as it lies in a struct. */
function longestText(type: Type): number {
  switch (type.kind) {
    case 'string': return sizeInC(type);
    case 'array': return longestText(type.of);
    case 'record': return Math.max(0, ...type.fields.map((field) => longestText(field.type)));
    case 'struct': return type.tag === 'union' ? 0 : Math.max(0, ...membersOf(type).map((member) => longestText(member.type)));
    default: return 0;
  }
}
