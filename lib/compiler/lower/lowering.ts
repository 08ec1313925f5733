// The composition of this room: Lowerer, and with it what records see, over the verbs of the other files. Only index.ts imports this file;
// the others import context.ts.

import { bug } from '../../model/diagnostics/errors.js';
import type { IrBuilder } from '../../model/ir/builder.js';
import { Cell } from '../../model/ir/builder.js';
import { type Block, type Comparison, type Value, s64 } from '../../model/ir/ir.js';
import type { CallArgument, Expression, MapAccess, MapRef, Statement, Variable } from '../../model/syntax/nodes.js';
import type { Span } from '../../model/source/source.js';
import type { ManifestMap } from '../../model/layout/manifest.js';
import { type AddressSpace, type StructType, type Type, none, numberOfAggregate } from '../../model/types/types.js';
import { sizeOf, symbolBytes } from '../../model/types/size.js';
import type { Target } from '../../model/target/target.js';
import { aggregates } from '../../language/aggregates/index.js';
import type { Config } from '../../language/config.js';
import type { EventArgument, LongText, LowerContext, Place, ProbeArgument, ResolvedProbe } from '../../language/record.js';
import { registerOffset } from '../../language/registers.js';
import { procPid } from '../../language/pid-namespace.js';
import type { TypeFinder } from '../../language/type-finder.js';
import type { TypedProgram } from '../../language/typed-program.js';
import { lowerCondition } from './flow/conditions.js';
import { diamond } from '../../language/branches.js';
import { storeBytes, storeText } from './text/constant-text.js';
import type { JumpTargets, Lowerer } from './context.js';
import { countElements } from './maps/count-elements.js';
import { lowerInto, lowerPlace, lowerScalar } from './values/expressions.js';
import { type EventOptions, sendEvent, sendPacket } from './events/events.js';
import { leaveExitStatus, markExit } from './events/exit-flag.js';
import type { FunctionState } from './function.js';
import { deleteElement, findElement, lookupElement, mapKey } from './maps/map-access.js';
import { findText } from './text/find-text.js';
import { argumentInto, loadArgument } from './memory/load.js';
import { longText } from './text/long-text.js';
import { isDirect, objectPointer, remoteAddress } from './memory/locate.js';
import { addressOfPlace } from '../../language/place.js';
import { changesSomething, lowerStatement } from './flow/statements.js';
import { storeProbeName } from './text/probe-name.js';
import { seqFile } from './memory/typed-pointer.js';
import { memberAddress } from './memory/movable.js';
import { probeRead, probeReadString } from './memory/probe-read.js';
import { PrintsAndClears } from './events/print-and-clear.js';
import { Region } from './maps/region.js';
import { unwindStack } from './memory/unwind.js';
import { sendRuntimeError } from './events/warnings.js';

export class Lowering implements Lowerer {
  readonly b: IrBuilder;
  readonly program: TypedProgram;
  readonly region = new Region();
  readonly printsAndClears = new PrintsAndClears((call) => this.program.meanings.get(call)?.kind === 'subprogram');
  readonly jumps: JumpTargets[] = [];
  readonly records: Value[] = [];
  returnFrom: (value: Value | undefined) => void;

  constructor(readonly f: FunctionState) {
    this.b = f.b;
    this.program = f.state.program;
    this.returnFrom = (value) => {
      const { returnValue, returnsFixed = false } = this.probe.record;
      f.return(value === undefined || returnsFixed ? returnValue : value);
    };
  }

  get target(): Target {
    return this.program.target;
  }

  get config(): Config {
    return this.program.config;
  }

  get portable(): boolean {
    return this.program.portable;
  }

  get probe(): ResolvedProbe {
    return this.f.frame.typed.resolved;
  }

  get context(): Value {
    return this.f.context;
  }

  get fileIndex(): number {
    return this.f.frame.fileIndex;
  }

  typeOf(argument: CallArgument): Type {
    const type = this.program.types.get(argument as Expression) ?? this.synthetic.get(argument as Expression) ?? none;
    if (type.kind === 'aggregate' && aggregates.get(type.name)?.castable) return numberOfAggregate(type);
    return type;
  }

  literal(argument: CallArgument): bigint | string | boolean | undefined {
    if (argument.kind === 'integer' || argument.kind === 'string' || argument.kind === 'bool') return argument.value;
    if (argument.kind === 'identifier' || argument.kind === 'call') {
      const meaning = this.program.meanings.get(argument);
      if (meaning?.kind === 'constant') return meaning.value;
    }
    return undefined;
  }

  within(f: FunctionState): Lowerer {
    return new Lowering(f);
  }

  statement(s: Statement): void {
    lowerStatement(this, s);
  }

  condition(e: Expression, yes: Block, no: Block): void {
    lowerCondition(this, e, yes, no);
  }

  value(expression: Expression, as?: Type): Value {
    return lowerScalar(this, expression, as);
  }

  into(expression: Expression, to: Place): void {
    lowerInto(this, expression, to);
  }

  place(expression: Expression): Place {
    return lowerPlace(this, expression);
  }

  temporary(type: Type, name: string): Place {
    return { ...this.f.allocate(name, sizeOf(type)), type };
  }

  temporaryBytes(bytes: number, name: string): Value {
    return addressOfPlace(this.b, this.f.allocate(name, bytes));
  }

  constant(bytes: Uint8Array): Value {
    return this.b.mapValue('.rodata', this.f.state.constant(bytes));
  }

  argument(expression: Expression, as?: Type): EventArgument {
    const type = as ?? this.typeOf(expression);
    const meaning = expression.kind === 'call' ? this.program.meanings.get(expression) : undefined;
    const record = meaning?.kind === 'function' ? meaning.record : undefined;
    const call = expression as Extract<Expression, { kind: 'call' }>;
    const plainString = type.kind === 'string' && !(record?.lowerDynamic && this.typeOf(call.args[0]!).kind === 'string');
    return {
      type,
      into: (to) => lowerInto(this, expression, to),
      ...(changesSomething(this, expression) ? { changes: true } : {}),
      ...(record?.lowerDynamic && plainString ? { dynamicInto: (to: Place) => record.lowerDynamic!(call, this, to) } : {}),
    };
  }

  event(handler: string, args: readonly EventArgument[], data: unknown, span: Span, options: EventOptions = {}): void {
    sendEvent(this, handler, args, data, span, options);
  }

  packet(handler: string, args: readonly EventArgument[], data: unknown, span: Span, packet: { readonly skb: Value; readonly length: Value }): Value {
    return sendPacket(this, handler, args, data, span, packet);
  }

  markExit(): void {
    markExit(this);
  }

  leaveExitStatus(status: Value): void {
    leaveExitStatus(this, status);
  }

  runtimeError(message: Parameters<LowerContext['runtimeError']>[0], span: Span): void {
    sendRuntimeError(this, message, span);
  }

  unwindStack(to: Place, span: Span): void {
    unwindStack(this, to, span);
  }

  lookup(access: MapAccess | MapRef): Value {
    return access.kind === 'map' ? lookupElement(this, access, undefined) : lookupElement(this, access.map, access.key);
  }

  findElement(map: MapRef, key: Expression, variable: Variable, span: Span): Value {
    return findElement(this, map, key, variable, span);
  }

  key(map: MapRef, key: Expression | undefined): Value {
    return mapKey(this, map, key);
  }

  mapSpec(name: string): ManifestMap {
    return this.f.state.plan(name).manifest;
  }

  deleteElement(map: MapRef, key: Expression | undefined): Value {
    return deleteElement(this, map, key);
  }

  countElements(map: MapRef, span: Span): Value {
    return countElements(this, map, span);
  }

  branch(comparison: Comparison, left: Value, right: Value | bigint | number, then: () => void, otherwise?: () => void, likely?: boolean): void {
    const { region } = this;
    diamond(this.b, comparison, left, right, () => region.scoped(then), otherwise && (() => region.scoped(otherwise)), likely);
  }

  select(comparison: Comparison, left: Value, right: Value | bigint | number, then: () => Value, otherwise: () => Value): Value {
    const cell = new Cell('select', s64);
    this.branch(comparison, left, right, () => this.b.write(cell, then()), () => this.b.write(cell, otherwise()));
    return this.b.read(cell);
  }

  memberAddress(base: Value, struct: StructType, name: string): Value {
    return memberAddress(this, base, struct, name);
  }

  probeRead(to: Place, address: Value, space: AddressSpace, span: Span, size?: Value): Value {
    return probeRead(this, to, address, space, span, size);
  }

  probeReadString(to: Place, address: Value, space: AddressSpace, options: { pad: boolean; size?: Value }, span: Span): Value {
    return probeReadString(this, to, address, space, options, span);
  }

  startValue(name: string, size: 1 | 4 | 8): Value {
    const offset = this.f.state.startValue(name, size);
    return this.b.load(this.b.mapValue('.rodata', offset), 0, size);
  }

  parameter(name: string, type: Type): Place {
    return { base: this.b.mapValue('.rodata', this.f.state.parameter(name, sizeOf(type))), offset: 0, type };
  }

  leave(): void {
    const { frame, subprogram } = this.f;
    if (subprogram) {
      subprogram.leaves = true;
      this.b.store(this.f.frameBase(), frame.leftMark, 8, 1);
    }
    this.jump('return');
  }

  jump(way: 'return' | 'break' | 'continue', value?: Value): void {
    const target = way === 'return' ? undefined : this.jumps.at(-1)!;
    for (const record of this.records.slice(target?.records ?? 0)) this.b.call('ringbuf_discard', [record, this.b.const(0)]);
    if (!target) this.returnFrom(value);
    else if (way === 'break') target.breakTo();
    else target.continueTo();
  }

  get longText(): LongText | undefined {
    return this.target.has('helper:loop') ? longText(this) : undefined;
  }

  findText(haystack: Place, needle: Place): Value {
    return findText(this, haystack, needle);
  }

  private readonly synthetic = new Map<Expression, Type>();

  /** An expression made while lowering, with its type. */
  synthesize(e: Expression, type: Type): Expression {
    this.synthetic.set(e, type);
    return e;
  }

  register(name: string): Value {
    const offset = registerOffset(this.target.arch, name);
    if (offset === undefined) bug('lower', `no register ${name}`);
    return this.b.load(this.context, offset, 8);
  }

  plainAddress(address: Value): Value {
    const word = this.f.scratchPlace(8, 'statement');
    this.b.store(word.base, word.offset, 8, address);
    return this.b.load(word.base, word.offset, 8);
  }

  objectPointer(expression: Expression): Value | undefined {
    return objectPointer(this, expression);
  }

  seqFile(): Value {
    return seqFile(this);
  }

  loadArgument(argument: ProbeArgument, expression: Expression): Value {
    return loadArgument(this, argument, expression);
  }

  argumentInto(argument: ProbeArgument, to: Place, expression: Expression): void {
    argumentInto(this, argument, to, expression);
  }

  probeName(to: Place): void {
    storeProbeName(this, to);
  }

  storeText(text: string, to: Place): void {
    storeText(this, text, to);
  }

  storeBytes(bytes: Uint8Array, to: Place): void {
    storeBytes(this, bytes, to);
  }

  storeUserSymbol(address: Value, to: Place): void {
    this.b.store(to.base, to.offset + symbolBytes.address, 8, address);
    this.b.store(to.base, to.offset + symbolBytes.pid, 4, procPid(this));
    this.b.store(to.base, to.offset + symbolBytes.program, 4, this.fileIndex);
  }

  get finder(): TypeFinder {
    return this.program.finder.at(this.probe);
  }

  isDirect(expression: Expression): boolean {
    return isDirect(this, expression);
  }

  addressOf(expression: Expression): Value {
    return remoteAddress(this, expression);
  }
}
