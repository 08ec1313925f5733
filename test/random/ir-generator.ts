// Seeded random IR: structured control flow over variables, arithmetic, memory of every kind, calls with many arguments.
//
//   out    a module with the program `main` and the subprogram `mix`; both ends of a comparison run it: IR interpreter and simulator
//   facts  every slot is zeroed at the start, so that nothing reads what was never written; loops are bounded

import { Cell, IrBuilder } from '../../lib/model/ir/builder.js';
import { type Comparison, Func, type Module, pointer, s64, type StackSlot, u64, type Value, type Width } from '../../lib/model/ir/ir.js';

export const CONTEXT_BYTES = 64;
export const OUT_BYTES = 256;
export const ELEMENT_BYTES = 16;
export const ELEMENTS = 4;

/** xorshift32 */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed * 2654435761 + 1) >>> 0 || 1;
    for (let i = 0; i < 4; i++) this.below(2);
  }

  below(n: number): number {
    this.state ^= this.state << 13;
    this.state >>>= 0;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    this.state >>>= 0;
    return this.state % n;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

export interface GeneratorOptions {
  /** statements, about */
  readonly size: number;
  /** variables alive at once: more than 4 across calls force spills */
  readonly variables: number;
  /** only what gives the same on a real kernel: no clocks, no process ids */
  readonly repeatable?: boolean;
}

const interesting = [0n, 1n, 2n, -1n, 7n, 31n, 63n, 64n, 255n, 256n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, -0x80000000n, -0x80000001n,
  0x7fffffffffffffffn, -0x8000000000000000n, 0x123456789abcdefn];
const comparisons: readonly Comparison[] = ['eq', 'ne', 'ult', 'ule', 'ugt', 'uge', 'slt', 'sle', 'sgt', 'sge'];
const widths: readonly Width[] = [1, 2, 4, 8];

export function randomModule(seed: number, options: GeneratorOptions): Module {
  return { functions: [new Generator(new Random(seed), options).build(), mixFunction()] };
}

/** Five numbers to one, each counting differently. */
function mixFunction(): Func {
  const func = new Func('mix', 'callback', '.text');
  const b = new IrBuilder(func);
  const params = [1, 2, 3, 4, 5].map(() => b.parameter(u64));
  let sum: Value = b.const(17n, u64);
  params.forEach((p, index) => {
    sum = b.binary('xor', b.binary('mul', sum, b.const(BigInt(31 + index), u64)), p);
  });
  b.return(sum);
  return func;
}

/** Copies between overlapping places are not defined. */
function overlapping(a: Value, b: Value): boolean {
  const slotOf = (v: Value): StackSlot | undefined => (v.op === 'add' ? v.args[0]! : v).attributes.slot;
  return slotOf(a) !== undefined && slotOf(a) === slotOf(b);
}

class Generator {
  private readonly func = new Func('main', 'program', 'raw_tp');
  private readonly b = new IrBuilder(this.func);
  private readonly context = this.b.parameter(pointer('ctx'));
  private readonly cells: Cell[] = [];
  private readonly slots: StackSlot[] = [];
  private budget: number;
  private depth = 0;

  constructor(
    private readonly random: Random,
    private readonly options: GeneratorOptions,
  ) {
    this.budget = options.size;
  }

  build(): Func {
    const { b, random } = this;
    for (let i = 0; i < 1 + random.below(4); i++) {
      const slot = this.func.newSlot(`s${i}`, random.pick([8, 16, 24, 40, 12, 7]), 8);
      this.slots.push(slot);
      b.zero(b.slot(slot), 0, slot.size);
    }
    for (let i = 0; i < this.options.variables; i++) {
      const cell = new Cell(`x${i}`, u64);
      this.cells.push(cell);
      b.write(cell, random.chance(50) ? b.load(this.context, random.below(8) * 8, 8) : this.constant());
    }
    this.statements();
    let sum = b.const(0n, u64);
    this.cells.forEach((cell, index) => {
      b.store(b.mapValue('out', index * 8), 0, 8, b.read(cell));
      sum = b.add(b.binary('mul', sum, b.const(31n, u64)), b.read(cell));
    });
    for (const slot of this.slots) for (let at = 0; at + 8 <= slot.size; at += 8) sum = b.binary('xor', sum, b.load(b.slot(slot), at, 8));
    b.return(sum);
    return this.func;
  }

  private statements(): void {
    const end = this.depth === 0 ? 0 : Math.max(0, this.budget - 1 - this.random.below(12));
    while (this.budget > end) {
      this.budget--;
      this.statement();
    }
  }

  private statement(): void {
    const kind = this.random.below(100);
    if (kind < 12 && this.depth < 4) this.conditional();
    else if (kind < 17 && this.depth < 3) this.loop();
    else if (kind < 35) this.memory();
    else if (kind < 50) this.call();
    else if (kind < 55) this.choosePointer();
    else this.b.write(this.cell(), this.expression(2));
  }

  private conditional(): void {
    const { b, random } = this;
    const yes = b.newBlock('then');
    const no = b.newBlock('else');
    const after = b.newBlock('after');
    b.branch(random.pick(comparisons), this.operand(), this.operand(), yes, random.chance(60) ? no : after, random.pick([undefined, true, false]));
    this.depth++;
    b.enter(yes);
    this.statements();
    b.jump(after);
    if (this.hasEdge(no)) {
      b.enter(no);
      this.statements();
      b.jump(after);
    } else this.func.blocks.splice(this.func.blocks.indexOf(no), 1);
    this.depth--;
    b.enter(after);
  }

  private hasEdge(block: unknown): boolean {
    return this.func.blocks.some((other) => other.successors.some((t) => t.block === block));
  }

  private loop(): void {
    const { b, random } = this;
    const index = new Cell('i', u64);
    b.write(index, b.const(0n, u64));
    const head = b.newBlock('loop');
    const body = b.newBlock('body');
    const after = b.newBlock('after');
    b.jump(head);
    b.enter(head, { seal: false });
    b.branch('ult', b.read(index), b.const(BigInt(1 + random.below(4)), u64), body, after);
    b.enter(body);
    this.depth++;
    this.statements();
    this.depth--;
    b.write(index, b.add(b.read(index), 1));
    b.jump(head);
    b.seal(head);
    b.enter(after);
  }

  private memory(): void {
    const { b, random } = this;
    const { base, size } = this.place();
    const width = random.pick(widths.filter((w) => w <= size));
    const offset = Math.floor(random.below(size - width + 1) / width) * width;
    switch (random.below(6)) {
      case 0:
      case 1:
        b.store(base, offset, width, this.operand());
        break;
      case 2:
        b.write(this.cell(), b.load(base, offset, width, random.chance(40)));
        break;
      case 3: {
        const other = this.place();
        if (overlapping(base, other.base)) return;
        const bytes = 1 + random.below(Math.min(size, other.size));
        b.copy(base, 0, other.base, 0, bytes);
        break;
      }
      case 4:
        b.zero(base, 0, 1 + random.below(size));
        break;
      default: {
        if (size < 8) return;
        const at = Math.floor(random.below(size - 7) / 8) * 8;
        const big = random.pick([4, 8] as const);
        if (random.chance(40)) b.atomicAdd(base, at, big, this.operand());
        else if (random.chance(50)) b.write(this.cell(), b.emit('atomic_xchg', u64, [base, this.operand()], { offset: at, width: big }));
        else b.write(this.cell(), b.emit('atomic_cmpxchg', u64, [base, b.load(base, at, big), this.operand()], { offset: at, width: big }));
      }
    }
  }

  /** Somewhere to read and write. */
  private place(): { base: Value; size: number } {
    const { b, random } = this;
    if (random.chance(70)) {
      const slot = random.pick(this.slots);
      if (slot.size > 8 && random.chance(30)) return { base: b.emit('add', pointer('stack'), [b.slot(slot), b.const(8n)]), size: slot.size - 8 };
      return { base: b.slot(slot), size: slot.size };
    }
    const at = random.below(4) * 32;
    return { base: b.mapValue('out', 64 + at), size: 32 };
  }

  private call(): void {
    const { b, random } = this;
    switch (random.below(5)) {
      case 0:
        if (this.options.repeatable) b.call('get_current_pid_tgid', []);
        else b.write(this.cell(), b.call(random.pick(['get_current_pid_tgid', 'get_current_uid_gid', 'ktime_get_ns']), []));
        break;
      case 1:
        return this.lookup();
      case 2:
        b.emit('call', u64, [b.slot(random.pick(this.slots.filter((s) => s.size >= 7))), b.const(7n), this.context], { name: 'probe_read_kernel' });
        break;
      default:
        b.write(this.cell(), b.emit('call_function', u64, [1, 2, 3, 4, 5].map(() => this.operand()), { name: 'mix' }));
    }
  }

  private lookup(): void {
    const { b, random } = this;
    const key = this.slots[0]!;
    b.store(b.slot(key), 0, 4, b.and(this.operand(), 7));
    const found = b.call('map_lookup_elem', [b.map('elements'), b.slot(key)], pointer('map_value', true));
    const some = b.newBlock('found');
    const after = b.newBlock('after');
    b.branch('ne', found, b.const(0n), some, after, true);
    b.enter(some);
    if (random.chance(50)) b.atomicAdd(found, 8, 8, this.operand());
    else b.store(found, 0, 8, b.add(b.load(found, 0, 8), this.operand()));
    this.depth++;
    if (random.chance(40)) this.statements();
    this.depth--;
    b.write(this.cell(), b.load(found, 8, 8));
    b.jump(after);
    b.enter(after);
  }

  /** One of two pointers by a condition: addresses that flow through block parameters. */
  private choosePointer(): void {
    const { b, random } = this;
    const chosen = new Cell('p', pointer('stack'));
    const [one, two] = [random.pick(this.slots), random.pick(this.slots)];
    const yes = b.newBlock('one');
    const no = b.newBlock('two');
    const after = b.newBlock('after');
    b.branch(random.pick(comparisons), this.operand(), this.operand(), yes, no);
    b.enter(yes);
    b.write(chosen, b.slot(one));
    b.jump(after);
    b.enter(no);
    b.write(chosen, b.slot(two));
    b.jump(after);
    b.enter(after);
    const p = b.read(chosen);
    if (random.chance(50)) b.write(this.cell(), b.emit('call_function', u64, [1, 2, 3, 4, 5].map(() => this.operand()), { name: 'mix' }));
    b.store(p, 0, 4, this.operand());
    b.write(this.cell(), b.load(p, 0, 4, random.chance(50)));
  }

  private cell(): Cell {
    return this.random.pick(this.cells);
  }

  private constant(): Value {
    return this.b.const(this.random.chance(60) ? BigInt(this.random.below(100)) : this.random.pick(interesting), this.random.pick([u64, s64]));
  }

  private operand(): Value {
    return this.random.chance(30) ? this.constant() : this.b.read(this.cell());
  }

  private expression(depth: number): Value {
    const { b, random } = this;
    if (depth === 0 || random.chance(15)) return this.operand();
    const a = this.expression(depth - 1);
    const kind = random.below(20);
    if (kind < 11) {
      const op = random.pick(['add', 'sub', 'mul', 'udiv', 'umod', 'and', 'or', 'xor', 'shl', 'lshr', 'ashr'] as const);
      return b.binary(op, a, this.expression(depth - 1), u64);
    }
    if (kind < 13) return b.extend(a, random.pick(widths), random.chance(50));
    if (kind < 14) return b.emit('bswap', u64, [a], { width: random.pick(widths) });
    if (kind < 15) return b.emit('neg', s64, [a]);
    if (kind < 18) return b.compare(random.pick(comparisons), a, this.operand());
    if (kind < 19) return b.shl(b.compare(random.pick(comparisons), a, this.operand()), random.below(40));
    return b.load(this.context, random.below(8) * 8, 8);
  }
}
