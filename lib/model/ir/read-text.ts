// The text form of the IR, read.
//
//   grammar  README.md of this room; text.ts prints it

import {
  type Attributes, Block, type Comparison, Func, type Module, type Region, type StackSlot, type Target, type Terminator, Value, type ValueType, voidType,
} from './ir.js';
import { type Op, opTable } from './ops.js';

const regions: ReadonlySet<string> = new Set<Region>(['ctx', 'stack', 'map', 'map_value', 'record', 'function', 'kernel', 'user', 'btf']);
const comparisons: ReadonlySet<string> = new Set<Comparison>(['eq', 'ne', 'ult', 'ule', 'ugt', 'uge', 'slt', 'sle', 'sgt', 'sge']);

/** Reads what printModule writes. Text after `;` and blank lines are skipped; spaces count for nothing.
 * @throws Error with the line number, when the text is not IR; validateIr checks the rest */
export function parseModule(text: string): Module {
  const reader = new Reader(text);
  const functions: Func[] = [];
  while (!reader.atEnd) functions.push(new FuncReader(reader).read());
  return { functions };
}

interface Token {
  readonly text: string;
  readonly line: number;
}

const tokenPattern = /\s+|;[^\n]*|"(?:[^"\\]|\\.)*"|->|-?\d+(?![\w@.$])|[\w@.$]+|[(){}:,=?]/y;

class Reader {
  private readonly tokens: Token[] = [];
  private next = 0;

  constructor(text: string) {
    let line = 1;
    tokenPattern.lastIndex = 0;
    while (tokenPattern.lastIndex < text.length) {
      const at = tokenPattern.lastIndex;
      const match = tokenPattern.exec(text);
      if (!match) throw new Error(`line ${line}: cannot read '${text.slice(at, at + 20)}'`);
      if (!/^[\s;]/.test(match[0])) this.tokens.push({ text: match[0], line });
      line += match[0].split('\n').length - 1;
    }
  }

  get atEnd(): boolean {
    return this.next >= this.tokens.length;
  }

  get line(): number {
    return this.tokens[Math.min(this.next, this.tokens.length - 1)]?.line ?? 1;
  }

  peek(ahead = 0): string {
    return this.tokens[this.next + ahead]?.text ?? '';
  }

  peekLine(ahead = 0): number {
    return this.tokens[this.next + ahead]?.line ?? -1;
  }

  take(): string {
    if (this.atEnd) this.fail('the text ends too early');
    return this.tokens[this.next++]!.text;
  }

  accept(text: string): boolean {
    if (this.peek() !== text) return false;
    this.next++;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) this.fail(`expected '${text}', found '${this.peek()}'`);
  }

  name(): string {
    const text = this.take();
    return text.startsWith('"') ? (JSON.parse(text) as string) : text;
  }

  number(): number {
    const text = this.take();
    if (!/^-?\d+$/.test(text)) this.fail(`expected a number, found '${text}'`);
    return Number(text);
  }

  fail(message: string): never {
    throw new Error(`line ${this.tokens[this.next - 1]?.line ?? 1}: ${message}`);
  }
}

class FuncReader {
  private func!: Func;
  private readonly values = new Map<number, Value>();
  private readonly blocks = new Map<number, Block>();
  /** what waits until every value and block is known */
  private readonly later: (() => void)[] = [];
  private unnamed = 0;
  private readonly voids: { block: Block; op: Op; args: string[]; attributes: Attributes; index: number }[] = [];

  constructor(private readonly reader: Reader) {}

  read(): Func {
    const { reader } = this;
    const kind = reader.take();
    if (kind !== 'program' && kind !== 'callback' && kind !== 'subprogram') return reader.fail(`expected 'program', 'callback' or 'subprogram', found '${kind}'`);
    const name = reader.name();
    this.func = new Func(name, kind, reader.name());
    reader.expect('{');
    while (reader.peek() === 'slot') this.slot();
    while (!reader.accept('}')) this.block();
    for (const finish of this.later) finish();
    const highestValue = Math.max(-1, ...this.values.keys());
    this.unnamed = highestValue + 1;
    for (const { block, op, args, attributes, index } of this.voids) {
      const value = new Value(this.unnamed++, op, voidType, args.map((a) => this.value(a)), attributes, undefined);
      value.block = block;
      block.instructions[index] = value;
    }
    this.func.continueNumbers(this.unnamed, Math.max(-1, ...this.blocks.keys()) + 1);
    return this.func;
  }

  private slot(): void {
    const { reader } = this;
    reader.expect('slot');
    const id = reader.number();
    if (id !== this.func.slots.length) reader.fail(`slots are numbered from 0 upwards; this should be ${this.func.slots.length}`);
    const name = reader.name();
    reader.expect('size');
    reader.expect('=');
    const size = reader.number();
    reader.expect('align');
    reader.expect('=');
    this.func.newSlot(name, size, reader.number() as StackSlot['align']);
  }

  private block(): void {
    const { reader } = this;
    const id = this.number('b', reader.take());
    if (this.blocks.has(id)) reader.fail(`b${id} stands twice`);
    const block = new Block(id, reader.name());
    this.blocks.set(id, block);
    this.func.blocks.push(block);
    reader.expect('(');
    while (!reader.accept(')')) {
      const param = this.number('v', reader.take());
      reader.expect(':');
      const value = this.define(param, 'param', this.type(), {});
      value.block = block;
      block.params.push(value);
      reader.accept(',');
    }
    reader.expect(':');
    while (!block.terminator) this.line(block);
  }

  private line(block: Block): void {
    const { reader } = this;
    switch (reader.peek()) {
      case 'jump': {
        reader.take();
        const target = this.target();
        block.terminator = { kind: 'jump', target };
        return;
      }
      case 'return': {
        reader.take();
        const text = reader.take();
        const end: Terminator = { kind: 'return', value: undefined as unknown as Value };
        block.terminator = end;
        this.later.push(() => {
          end.value = this.value(text);
        });
        return;
      }
      case 'branch': {
        reader.take();
        const comparison = reader.take();
        if (!comparisons.has(comparison)) reader.fail(`'${comparison}' is no comparison`);
        const left = reader.take();
        reader.expect(',');
        const right = reader.take();
        reader.expect('->');
        const whenTrue = this.target();
        reader.expect(',');
        const whenFalse = this.target();
        const likely = reader.accept('likely') ? true : reader.accept('unlikely') ? false : undefined;
        const end: Terminator = { kind: 'branch', comparison: comparison as Comparison, left: undefined as unknown as Value, right: undefined as unknown as Value,
          whenTrue, whenFalse, likely };
        block.terminator = end;
        this.later.push(() => {
          end.left = this.value(left);
          end.right = this.value(right);
        });
        return;
      }
      default:
        this.instruction(block);
    }
  }

  private instruction(block: Block): void {
    const { reader } = this;
    let id: number | undefined;
    let type: ValueType = voidType;
    if (/^v\d+$/.test(reader.peek()) && reader.peek(1) === ':') {
      id = this.number('v', reader.take());
      reader.expect(':');
      type = this.type();
      reader.expect('=');
    }
    const line = reader.line;
    const op = reader.take();
    if (!(op in opTable) || op === 'param') reader.fail(`'${op}' is no operation`);
    const attributes: Attributes = {};
    const args: string[] = [];
    if (op.startsWith('call')) {
      attributes.name = reader.name();
      reader.expect('(');
      while (!reader.accept(')')) {
        args.push(reader.take());
        reader.accept(',');
      }
    } else if (op === 'const') attributes.imm = BigInt(reader.take());
    else if (op === 'map' || op === 'map_value' || op === 'function' || op === 'field_offset') attributes.name = reader.name();
    else if (op === 'slot') attributes.slot = this.func.slots[reader.number()] ?? reader.fail('no such slot');
    else {
      if (op === 'load' && !/^v\d+$/.test(reader.peek())) attributes.name = reader.name();
      while (/^v\d+$/.test(reader.peek()) && reader.peek(1) !== ':') {
        args.push(reader.take());
        if (!reader.accept(',')) break;
      }
    }
    while (reader.peekLine() === line && this.attribute(attributes)) ;
    if (id === undefined) {
      this.voids.push({ block, op: op as Op, args, attributes, index: block.instructions.length });
      block.instructions.push(undefined as unknown as Value);
      return;
    }
    const value = this.define(id, op as Op, type, attributes);
    value.block = block;
    block.instructions.push(value);
    this.later.push(() => {
      value.args = args.map((a) => this.value(a));
    });
  }

  private attribute(attributes: Attributes): boolean {
    const { reader } = this;
    if (reader.accept('signed')) attributes.signed = true;
    else if (reader.accept('unsigned')) attributes.signed = false;
    else if (reader.peek(1) === '=') {
      const key = reader.take();
      reader.expect('=');
      const number = reader.number();
      if (key === 'offset') attributes.offset = number;
      else if (key === 'from') attributes.sourceOffset = number;
      else if (key === 'size') attributes.size = number;
      else if (key === 'width') {
        if (number !== 1 && number !== 2 && number !== 4 && number !== 8) return reader.fail(`width ${number}`);
        attributes.width = number;
      } else reader.fail(`'${key}' is no attribute`);
    } else return false;
    return true;
  }

  private define(id: number, op: Op, type: ValueType, attributes: Attributes): Value {
    if (this.values.has(id)) this.reader.fail(`v${id} is defined twice`);
    const value = new Value(id, op, type, [], attributes, undefined);
    this.values.set(id, value);
    return value;
  }

  private target(): Target {
    const { reader } = this;
    const text = reader.take();
    const id = this.number('b', text);
    const args: string[] = [];
    if (reader.accept('(')) {
      while (!reader.accept(')')) {
        args.push(reader.take());
        reader.accept(',');
      }
    }
    const target: Target = { block: undefined as unknown as Block, args: [] };
    this.later.push(() => {
      target.block = this.blocks.get(id) ?? reader.fail(`there is no block ${text}`);
      target.args = args.map((a) => this.value(a));
    });
    return target;
  }

  private type(): ValueType {
    const text = this.reader.take();
    const match = /^([us])(8|16|32|64)$/.exec(text);
    if (match) return { kind: 'int', bits: Number(match[2]) as 8, signed: match[1] === 's' };
    if (text === 'void') return voidType;
    if (!regions.has(text)) this.reader.fail(`'${text}' is no type`);
    return { kind: 'ptr', region: text as Region, nullable: this.reader.accept('?') };
  }

  private number(letter: 'v' | 'b', text: string): number {
    if (text[0] !== letter || !/^\d+$/.test(text.slice(1))) this.reader.fail(`expected a ${letter === 'v' ? 'value' : 'block'}, found '${text}'`);
    return Number(text.slice(1));
  }

  private value(text: string): Value {
    const known = this.values.get(this.number('v', text));
    return known ?? this.reader.fail(`there is no value ${text}`);
  }
}
