// What is always true of a module; checked between passes in tests and with TBPF_CHECK=1.
//
//   blocks    1  the entry is blocks[0], nobody jumps to it; a program has one parameter, the context; a function has at most 5
//             2  every block stands in its function once, ends with a terminator, and goes only to blocks of the function
//             3  an edge carries one argument per parameter of its target, of the same kind (pointer or integer)
//   values    4  a value stands once, in the block it names; numbers are unique in the function
//             5  the number of arguments is the op table's; attributes the op needs are there; calls have at most 5 arguments
//             6  a use is dominated by the definition; values of type void are not used
//   memory    7  only pointers are accessed through, never those to kernel or user memory, maps or functions; context and BTF
//                memory is only read
//             8  a pointer that may be null is accessed or added to only where a comparison of that very value with 0 came before
//             9  accesses to a slot stay inside it, where a comparison of constants does not rule them out; slots belong to the function; atomics are 4 or 8 bytes
//   module   10  functions that are called or whose address is taken exist; names are unique
//   blocks that cannot be reached are not looked at beyond 2

import { bug } from '../diagnostics/errors.js';
import { Dominators, reversePostorder } from './dominators.js';
import { holds } from './holds.js';
import type { Block, Func, Module, Value, ValueType } from './ir.js';
import { opTable } from './ops.js';
import { printFunc, printTerminator, printValue } from './text.js';

/** @throws Bug  naming the function and everything that is wrong in it; the dump is its text */
export function validateIr(module: Module): void {
  const names = new Set(module.functions.map((f) => f.name));
  if (names.size !== module.functions.length) bug('ir', 'two functions have the same name');
  for (const func of module.functions) {
    const problems = findProblems(func, names);
    if (problems.length > 0) bug('ir', `${func.name}: ${problems.join('; ')}`, printFunc(func));
  }
}

/** Everything wrong in one function, one sentence each; empty when it is fine. */
export function findProblems(func: Func, functionNames?: ReadonlySet<string>): string[] {
  return new Validator(func, functionNames).run();
}

class Validator {
  private readonly problems: string[] = [];
  private readonly blocks: ReadonlySet<Block>;
  private readonly position = new Map<Value, number>();
  private dominators!: Dominators;
  /** blocks on a way that comparisons of constants leave open */
  private possible!: ReadonlySet<Block>;

  constructor(
    private readonly func: Func,
    private readonly functionNames: ReadonlySet<string> | undefined,
  ) {
    this.blocks = new Set(func.blocks);
  }

  run(): string[] {
    if (!this.checkBlocks()) return this.problems;
    this.dominators = new Dominators(this.func);
    this.possible = new Set(reversePostorder(this.func, isPossible));
    this.checkPlaces();
    for (const block of this.dominators.order) {
      for (const value of block.instructions) this.checkInstruction(value);
      this.checkTerminator(block);
    }
    return this.problems;
  }

  private wrong(where: string, what: string): void {
    this.problems.push(`'${where}' ${what}`);
  }

  private checkBlocks(): boolean {
    const { func } = this;
    if (func.blocks.length === 0) this.problems.push('has no blocks');
    else if (func.kind === 'program' && (func.entry.params.length !== 1 || !isPointerTo(func.entry.params[0]!.type, 'ctx'))) {
      this.problems.push('a program has one parameter, the context');
    } else if (func.entry.params.length > 5) this.problems.push('a function has at most 5 parameters');
    if (this.blocks.size !== func.blocks.length) this.problems.push('a block stands twice');
    for (const block of func.blocks) {
      if (!block.terminator) this.problems.push(`${block} has no terminator`);
      for (const { block: to } of block.successors) {
        if (!this.blocks.has(to)) this.problems.push(`${block} goes to ${to}, which is not in the function`);
        if (to === func.entry) this.problems.push(`${block} goes to the entry`);
      }
    }
    return this.problems.length === 0;
  }

  private checkPlaces(): void {
    const numbers = new Set<number>();
    const place = (value: Value, block: Block, at: number): void => {
      if (this.position.has(value)) this.wrong(`${value}`, 'stands twice');
      if (numbers.has(value.id)) this.wrong(`${value}`, 'is the number of two values');
      numbers.add(value.id);
      if (value.block !== block) this.wrong(`${value}`, `stands in ${block} but names ${value.block}`);
      this.position.set(value, at);
    };
    for (const block of this.func.blocks) {
      block.params.forEach((param) => {
        place(param, block, -1);
        if (param.op !== 'param') this.wrong(`${param}`, `is a parameter of ${block} but an ${param.op}`);
      });
      block.instructions.forEach((value, index) => place(value, block, index));
    }
  }

  /** `at`: index of the using instruction in its block; Infinity for the terminator. */
  private checkUse(value: Value, block: Block, at: number, where: () => string): void {
    const defined = this.position.get(value);
    if (defined === undefined) return this.wrong(where(), `uses ${value}, which stands nowhere`);
    if (value.type.kind === 'void') this.wrong(where(), `uses ${value}, which has no result`);
    if (value.block === block ? defined >= at : !this.dominators.dominates(value.block, block)) this.wrong(where(), `uses ${value} where it is not always defined`);
  }

  private checkTerminator(block: Block): void {
    const end = block.terminator!;
    const where = (): string => printTerminator(end);
    const operands = end.kind === 'branch' ? [end.left, end.right] : end.kind === 'return' ? [end.value] : [];
    for (const value of operands) this.checkUse(value, block, Infinity, where);
    for (const { block: to, args } of block.successors) {
      if (args.length !== to.params.length) this.wrong(where(), `carries ${args.length} values to ${to}, which takes ${to.params.length}`);
      args.forEach((arg, index) => {
        this.checkUse(arg, block, Infinity, where);
        const param = to.params[index];
        if (param && param.type.kind !== arg.type.kind && !(arg.isConst && arg.constant === 0n)) this.wrong(where(), `passes ${arg.type.kind} ${arg} for ${param.type.kind} ${param}`);
      });
    }
  }

  private checkInstruction(value: Value): void {
    const where = (): string => printValue(value);
    const { op, args, attributes, block } = value;
    const at = this.position.get(value)!;
    for (const arg of args) this.checkUse(arg, block, at, where);
    const { arity } = opTable[op];
    if (arity === 'any' ? args.length > 5 : args.length !== arity) this.wrong(where(), `has ${args.length} arguments`);
    if (op === 'param') this.wrong(where(), 'is a parameter among the instructions');
    for (const name of needed[op] ?? []) if (attributes[name] === undefined) this.wrong(where(), `has no ${name}`);
    if (op === 'slot' && this.func.slots[attributes.slot?.id ?? -1] !== attributes.slot) this.wrong(where(), 'names a slot of another function');
    if (op === 'const' && attributes.imm !== undefined && BigInt.asIntN(64, attributes.imm) !== attributes.imm) this.wrong(where(), 'is not a signed 64-bit constant');
    if ((op === 'call_function' || op === 'function') && this.functionNames && !this.functionNames.has(attributes.name!)) {
      this.wrong(where(), `names function ${attributes.name}, which does not exist`);
    }
    if (op.startsWith('atomic') && attributes.width !== 4 && attributes.width !== 8) this.wrong(where(), 'is atomic on neither 4 nor 8 bytes');
    this.checkMemory(value, where);
  }

  private checkMemory(value: Value, where: () => string): void {
    const { op, args, attributes } = value;
    const size = attributes.size ?? attributes.width ?? 0;
    switch (op) {
      case 'load':
        return this.checkAccess(args[0]!, attributes.offset ?? 0, size, false, value, where);
      case 'store':
      case 'zero':
      case 'atomic_add':
      case 'atomic_xchg':
      case 'atomic_cmpxchg':
        return this.checkAccess(args[0]!, attributes.offset ?? 0, size, true, value, where);
      case 'copy':
        this.checkAccess(args[0]!, attributes.offset ?? 0, size, true, value, where);
        return this.checkAccess(args[1]!, attributes.sourceOffset ?? 0, size, false, value, where);
      case 'add':
      case 'sub':
        for (const arg of args) if (arg.type.kind === 'ptr' && arg.type.nullable && value.type.kind === 'ptr') this.checkNotNull(arg, value, where);
        return;
      default:
    }
  }

  private checkAccess(base: Value, offset: number, size: number, writes: boolean, user: Value, where: () => string): void {
    const { type } = base;
    if (type.kind !== 'ptr') return this.wrong(where(), `accesses memory through ${base}, which is no pointer`);
    if (type.region === 'kernel' || type.region === 'user' || type.region === 'map' || type.region === 'function') {
      return this.wrong(where(), `accesses ${type.region} memory directly`);
    }
    if (writes && (type.region === 'ctx' || type.region === 'btf')) this.wrong(where(), `writes to ${type.region} memory`);
    if (type.nullable) this.checkNotNull(base, user, where);
    let from = offset;
    let root = base;
    while (root.op === 'add' && root.args[1]!.isConst) {
      from += Number(root.args[1]!.constant);
      root = root.args[0]!;
    }
    const { slot } = root.attributes;
    if (root.op === 'slot' && slot && this.possible.has(user.block) && (from < 0 || from + size > slot.size)) {
      this.wrong(where(), `touches bytes ${from} to ${from + size} of slot ${slot.name}, which has ${slot.size}`);
    }
  }

  /** Some block that dominates the use is entered only when `pointer` was found not to be 0. */
  private checkNotNull(pointer: Value, user: Value, where: () => string): void {
    for (let block: Block | undefined = user.block; block && block !== pointer.block; block = this.dominators.immediateDominator(block)) {
      const [before, ...others] = this.dominators.predecessors(block);
      const end = before?.terminator;
      if (others.length > 0 || end?.kind !== 'branch') continue;
      const zero = end.left === pointer ? end.right : end.right === pointer ? end.left : undefined;
      if (!zero?.isConst || zero.constant !== 0n || end.whenTrue.block === end.whenFalse.block) continue;
      if ((end.comparison === 'ne' && end.whenTrue.block === block) || (end.comparison === 'eq' && end.whenFalse.block === block)) return;
    }
    this.wrong(where(), `uses ${pointer}, which may be null here`);
  }
}

const needed: Partial<Record<Value['op'], readonly (keyof Value['attributes'])[]>> = {
  const: ['imm'], map: ['name'], map_value: ['name'], field_offset: ['name', 'offset'], function: ['name'], slot: ['slot'], extend: ['width'], bswap: ['width'], load: ['width'], store: ['width'],
  zero: ['size'], copy: ['size'], atomic_add: ['width'], atomic_xchg: ['width'], atomic_cmpxchg: ['width'], call: ['name'], call_function: ['name'],
  call_kfunc: ['name'],
};

function isPointerTo(type: ValueType, region: string): boolean {
  return type.kind === 'ptr' && type.region === region;
}

function isPossible({ terminator: end }: Block, way: number): boolean {
  if (end?.kind !== 'branch' || !end.left.isConst || !end.right.isConst) return true;
  return holds(end.comparison, end.left.constant, end.right.constant) === (way === 0);
}
