// What is known at a place of the program because every way there has been through it: keys that lie in memory already,
// elements that were found.
//
//   idea   lowering follows the script's structure, so "every way there" is a stack of layers: an arm of a branch gets a layer of its
//          own that goes with it. A condition's layer stays for the arm it guards.

import type { Value } from '../../model/ir/ir.js';
import type { Expression } from '../../model/syntax/nodes.js';
import type { Place } from '../../language/record.js';
import type { Lowering } from './lowering.js';

export class Region {
  private readonly layers: Map<string, Place | Value>[] = [new Map()];

  private find(key: string): Place | Value | undefined {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const found = this.layers[i]!.get(key);
      if (found) return found;
    }
    return undefined;
  }

  key(text: string): Place | undefined {
    return this.find(`key ${text}`) as Place | undefined;
  }

  noteKey(text: string, place: Place): void {
    this.layers.at(-1)!.set(`key ${text}`, place);
  }

  /** An element that is there, by map and key. */
  element(map: string, key: string): Value | undefined {
    return this.find(`element ${map} ${key}`) as Value | undefined;
  }

  noteElement(map: string, key: string, element: Value): void {
    this.layers.at(-1)!.set(`element ${map} ${key}`, element);
  }

  /** After a write: elements of this map may have come, gone or moved. */
  forget(map: string): void {
    for (const layer of this.layers) for (const key of layer.keys()) if (key.startsWith(`element ${map} `)) layer.delete(key);
  }

  /** After a loop: its body is another function, which may have written any map. */
  forgetElements(): void {
    for (const layer of this.layers) for (const key of layer.keys()) if (key.startsWith('element ')) layer.delete(key);
  }

  /** Runs `body`; what it learns is not known afterwards. */
  scoped(body: () => void): void {
    this.layers.push(new Map());
    body();
    this.layers.pop();
  }
}

/** builtins that are the same each time they are read in one run of a program */
const steady = /^(pid|tid|uid|gid|username|comm|cgroup|cpu|curtask|probe|func|cpid|retval|arg\d+)$/;

/** A text that is equal for expressions that give equal values in one run; undefined where that cannot be said. */
export function steadyText(l: Lowering, e: Expression): string | undefined {
  switch (e.kind) {
    case 'integer': return `${e.value}`;
    case 'string': return JSON.stringify(e.value);
    case 'identifier': {
      if (steady.test(e.name)) return e.name;
      const constant = l.literal(e);
      return constant === undefined ? undefined : String(constant);
    }
    case 'variable': {
      const info = l.program.variables.get(e);
      const cell = info && l.f.cell(info);
      return cell && `v${l.b.read(cell).id}`;
    }
    case 'member': return e.object.kind === 'identifier' && e.object.name === 'args' ? `args.${e.field}` : undefined;
    case 'cast': {
      const operand = steadyText(l, e.operand);
      const type = l.typeOf(e);
      return operand !== undefined && type.kind === 'int' ? `(${type.signed ? 's' : 'u'}${type.bits})${operand}` : undefined;
    }
    case 'tuple': {
      const parts = e.elements.map((x) => steadyText(l, x));
      return parts.every((p) => p !== undefined) ? `(${parts.join(',')})` : undefined;
    }
    default: return undefined;
  }
}
