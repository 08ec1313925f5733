// The same computation is done once: where one value dominates an equal one, it takes its place.
//
//   idea   walk down the dominator tree with a table of what is available; leaving a subtree takes its entries out again
//   facts  loads from the context count as computations, since nothing changes it; other loads are forward-memory's
//          helpers in pureHelpers give the same in one run of a program

import type { Block, Value, ValueType } from '../../model/ir/ir.js';
import { type Op, opTable, pureHelpers } from '../../model/ir/ops.js';
import type { Pass } from './pass.js';
import { replaceArgs, replaceEverywhere, Replacements } from './rewrite.js';
import { dominatorsOf } from './ways.js';

export const cse: Pass = {
  name: 'cse',
  after: ['fold', 'branch-fold'],
  run(func) {
    const dominators = dominatorsOf(func);
    const children = new Map<Block, Block[]>();
    for (const block of dominators.order) {
      const above = dominators.immediateDominator(block);
      const siblings = above && children.get(above);
      if (siblings) siblings.push(block);
      else if (above) children.set(above, [block]);
    }
    const available = new Available();
    const replacements = new Replacements();
    const stack: { block: Block | undefined; leave: number }[] = [{ block: func.entry, leave: 0 }];
    for (let item = stack.pop(); item; item = stack.pop()) {
      const { block } = item;
      if (!block) {
        available.dropTo(item.leave);
        continue;
      }
      const before = available.size;
      let merged = false;
      for (const value of block.instructions) {
        replaceArgs(value, replacements);
        if (!isMergeable(value)) continue;
        const known = available.findOrAdd(value);
        if (!known) continue;
        replacements.set(value, known);
        merged = true;
      }
      if (merged) block.instructions = block.instructions.filter((value) => !replacements.has(value));
      if (available.size > before) stack.push({ block: undefined, leave: before });
      for (const child of children.get(block) ?? []) stack.push({ block: child, leave: 0 });
    }
    replaceEverywhere(func, replacements);
    return replacements.size > 0;
  },
};

/** Values computed on every way to where the walk is. Those that are alike are compared one by one. */
class Available {
  private readonly alike = new Map<Value | string, Value[]>();
  private readonly added: Value[] = [];

  get size(): number {
    return this.added.length;
  }

  /** An equal value; undefined when there is none, and this one is the first. */
  findOrAdd(value: Value): Value | undefined {
    const kind = kindOf(value);
    const list = this.alike.get(kind);
    const known = list?.find((other) => isEqual(value, other));
    if (known) return known;
    if (list) list.push(value);
    else this.alike.set(kind, [value]);
    this.added.push(value);
    return undefined;
  }

  /** Forgets what was added last. */
  dropTo(size: number): void {
    while (this.added.length > size) this.alike.get(kindOf(this.added.pop()!))!.pop();
  }
}

/** The same for equal values, and different for most others: an argument, which few values share where it is the newer of two. Arguments of values that
 *  are available are final: what dominates them has been walked through. */
function kindOf({ op, args, attributes: { imm, name, offset, slot } }: Value): Value | string {
  const [a, b] = args;
  if (!a) return `${op} ${imm ?? ''} ${name ?? ''} ${offset ?? ''} ${slot?.id ?? ''}`;
  return b && b.id > a.id && isCommutative(op) ? b : a;
}

function isCommutative(op: Op): boolean {
  return (opTable[op] as { commutative?: boolean }).commutative === true;
}

function isMergeable({ op, args, attributes }: Value): boolean {
  if (op === 'call') return pureHelpers.has(attributes.name!);
  if (op !== 'load') return opTable[op].effect === 'none';
  const { type } = args[0]!;
  return type.kind === 'ptr' && type.region === 'ctx';
}

/** Both give the same. */
function isEqual(a: Value, b: Value): boolean {
  if (a.op !== b.op || a.args.length !== b.args.length) return false;
  const swapped = a.args.length === 2 && isCommutative(a.op) && a.args[0] === b.args[1] && a.args[1] === b.args[0];
  if (!swapped) for (let i = 0; i < a.args.length; i++) if (a.args[i] !== b.args[i]) return false;
  const x = a.attributes;
  const y = b.attributes;
  if (a.op === 'call') return x.name === y.name;
  return x.imm === y.imm && x.offset === y.offset && x.width === y.width && x.signed === y.signed && x.name === y.name && x.slot?.id === y.slot?.id && isSameType(a.type, b.type);
}

function isSameType(a: ValueType, b: ValueType): boolean {
  if (a.kind === 'int') return b.kind === 'int' && a.bits === b.bits && a.signed === b.signed;
  if (a.kind === 'ptr') return b.kind === 'ptr' && a.region === b.region && a.nullable === b.nullable;
  return a.kind === b.kind;
}
