// The state of type inference over one script: types only grow until nothing moves, then one more round reports.
//
//   idea   every round walks all programs and merges what it sees into variables and maps (promote); a change asks for another
//          round. Diagnostics of all rounds but the last are dropped, so half-known types never complain.

import type { Call, CallArgument, Expression, Identifier, MapRef, StringLiteral, TypeNode, Variable } from '../../model/syntax/nodes.js';
import { isExpression } from '../../model/syntax/visit.js';
import type { ComptimeValue } from '../../model/syntax/comptime.js';
import type { Diagnostic, Message } from '../../model/diagnostics/diagnostic.js';
import type { Span } from '../../model/source/source.js';
import { type IntType, type TimeFormat, type Type, numberOfAggregate, sameType, spellType } from '../../model/types/types.js';
import { literalType, promote } from '../../model/types/promote.js';
import { sizeOf } from '../../model/types/size.js';
import { jointClock, joinSpaces, sameSpaces, spacesOf } from '../../model/types/space.js';
import type { Target } from '../../model/target/target.js';
import { aggregates } from '../../language/aggregates/index.js';
import type { Config } from '../../language/config.js';
import type { ExternalFunction } from '../../language/external-functions.js';
import type { ResolvedProbe } from '../../language/record.js';
import type { MapInfo, Meaning, TypedSubprogram, VariableInfo } from '../../language/typed-program.js';
import * as say from './diagnostics.js';
import type { TypeFinder } from '../../language/type-finder.js';

/** Types only grow, and each can do so a few times. */
const MOST_ROUNDS = 32;

/** bytes and parts of a value */
const MOST_BYTES = 1 << 17;
const MOST_PARTS = 4096;

export class Inference {
  readonly types = new Map<Expression, Type>();
  readonly typeNodes = new Map<TypeNode, Type>();
  readonly meanings = new Map<Identifier | Call, Meaning>();
  /** texts that records know while compiling */
  readonly compileTimeTexts = new Map<Identifier | Call, string>();
  readonly maps = new Map<string, MapInfo>();
  readonly timeFormats: TimeFormat[] = [];
  /** literals that never reach the program: formats, names. They may be of any length */
  readonly compileTimeStrings = new Set<StringLiteral>();
  /** words on the other side of a text's comparison */
  readonly comparedWithText = new Set<Identifier>();
  /** what the round at hand found wrong */
  private found: Diagnostic[] = [];
  /** what is wrong only because something has no type */
  private untyped: Diagnostic[] = [];
  private changed = false;
  settling = true;
  /** an operand of unknown type is taken for an integer beside one that is; couldGuess: there was such an operand */
  guesses = false;
  couldGuess = false;
  probe!: ResolvedProbe;
  /** functions of the script, as the program at hand calls them */
  callees: ReadonlyMap<string, TypedSubprogram> = new Map();
  /** functions of imported objects */
  externals: ReadonlyMap<string, ExternalFunction> = new Map();
  /** the one of them whose body is checked */
  subprogram: TypedSubprogram | undefined;
  /** loops whose bodies are functions of their own, around what is being checked */
  loopDepth = 0;
  /** CheckContext.unwinds */
  unwinds = true;
  /** those of them that are `for` */
  forDepth = 0;

  constructor(
    readonly target: Target,
    readonly config: Config,
    private readonly finderOfScript: TypeFinder,
    readonly variables: ReadonlyMap<Variable, VariableInfo>,
    readonly unsafe: boolean,
    readonly pid: number | undefined,
    readonly portable: boolean,
    /** settings of `#define`s and C enums: named constants */
    readonly constants: ReadonlyMap<string, { readonly value: bigint; readonly type: Type }>,
    /** values of comptime expressions that were found so far */
    readonly comptime: ComptimeValue = () => undefined,
  ) {}

  /** types by the names that the probe at hand may use */
  get finder(): TypeFinder {
    return (this.probe as ResolvedProbe | undefined) === undefined ? this.finderOfScript : this.finderOfScript.at(this.probe);
  }

  readonly report = (diagnostic: Diagnostic): void => {
    if (diagnostic.severity === 'warning' && diagnostic.span?.standard) return;
    this.found.push(diagnostic);
  };

  /** For diagnostics about a value without type. They are reported only when there is no other: an earlier one has the reason why it has no type. */
  readonly reportUntyped = (diagnostic: Diagnostic): void => {
    this.untyped.push(diagnostic);
  };

  /** Runs `round` until no type changes, then once more; answers what that last round reported. */
  settle(round: () => void): readonly Diagnostic[] {
    this.repeat(round);
    // A variable that nothing is assigned to reads as 0.
    for (const info of this.variables.values()) {
      if (info.assigned || info.declaredType || info.type.kind !== 'none') continue;
      info.type = literalType(0n);
      this.moved();
    }
    if (this.changed) this.repeat(round);
    if (this.couldGuess) {
      this.guesses = true;
      this.repeat(round);
    }
    this.settling = false;
    this.found = [];
    this.untyped = [];
    round();
    return this.found.some((d) => d.severity === 'error') ? this.found : [...this.found, ...reasonsOf(this.untyped)];
  }

  /** Reports when the kernel lacks a feature, named as Target.has knows it. */
  need(feature: string, span: Span, lacking = lacksFeature): void {
    if (!this.target.has(feature)) this.report(lacking(feature).at(span));
  }

  private repeat(round: () => void): void {
    for (let i = 0; i < MOST_ROUNDS; i++) {
      this.changed = false;
      this.found = [];
      this.untyped = [];
      this.couldGuess = false;
      round();
      if (!this.changed) return;
    }
  }

  moved(): void {
    this.changed = true;
  }

  /** Whether a value of the type can be handled; says so when it cannot: each part of it becomes code. */
  fits(type: Type, span: Span): boolean {
    const limit = Math.max(MOST_BYTES, this.config.number('max_strlen'));
    if (countParts(type) <= MOST_PARTS && sizeOf(type) <= limit) return true;
    this.report(say.valueTooLarge.at(span, { parts: MOST_PARTS, bytes: limit }));
    return false;
  }

  setType(node: Expression, type: Type): Type {
    this.types.set(node, type);
    return type;
  }

  // ---- variables -------------------------------------------------------------------------------------------------

  /** literal: the value, where it is one;  computed: by `$x += e`, whose width and sign nobody chose */
  assignVariable(info: VariableInfo, type: Type, span: Span, { literal, computed }: { literal?: bigint; computed?: boolean } = {}): void {
    if (!this.fits(type, span)) return;
    if (lacksType(type) || type.kind === 'void' || type.kind === 'context') {
      const report = lacksType(type) ? this.reportUntyped : this.report;
      report(say.aggregateToVariable.at(span, { type: spellType(type) }));
      return;
    }
    if (info.declaredType) {
      if (info.type.kind !== 'none' && !this.isAssignable(type, info.type, literal)) this.report(say.variableMismatch.at(span, { name: info.name, have: spellType(type), want: spellType(info.type) }));
      else {
        if (literal === undefined && !computed) this.warnOfLoss(type, info.type, span);
        this.adoptSpaces(info, type);
      }
      return;
    }
    const merged = promote(info.type, type);
    if (!merged) {
      this.report(say.variableMismatch.at(span, { name: info.name, have: spellType(type), want: spellType(info.type) }));
      return;
    }
    if (!sameExactly(merged, info.type)) {
      info.type = merged;
      this.moved();
    }
    if (!computed) this.warnOfLoss(type, info.type, span);
  }

  /** A declaration says nothing of where its pointers point: what is assigned does. */
  adoptSpaces(info: Pick<VariableInfo, 'type' | 'located'>, from: Type): void {
    const located = spacesOf(from, info.type);
    const joined = info.located ? joinSpaces(info.located, located) : located;
    if (info.located && sameSpaces(info.located, joined)) return;
    info.located = joined;
    info.type = joined;
    this.moved();
  }

  /** Warns of an assignment after which the target may hold another number than the value. */
  warnOfLoss(from: Type, to: Type, span: Span): void {
    if (from.kind !== 'int' || to.kind !== 'int' || from.flexible || to.flexible) return;
    const fits = from.signed === to.signed ? to.bits >= from.bits : !from.signed && to.bits > from.bits;
    if (!fits) this.report(say.conversion.at(span, { from: spellType(from), to: spellType(to) }));
  }

  /** Whether a value of `from` may be stored where `to` is fixed. */
  isAssignable(from: Type, to: Type, literal?: bigint): boolean {
    if (sameType(from, to)) return true;
    const integers = (t: Type): boolean => t.kind === 'int' || t.kind === 'bool' || t.kind === 'enum';
    if (integers(from) && integers(to)) {
      if (literal !== undefined && to.kind === 'int') return to.signed ? BigInt.asIntN(to.bits, literal) === literal : literal >= 0n && BigInt.asUintN(to.bits, literal) === literal;
      return true;
    }
    if (from.kind === 'string' && to.kind === 'string') return from.capacity <= to.capacity;
    if (from.kind === 'buffer' && to.kind === 'buffer') return from.capacity <= to.capacity;
    const merged = promote(from, to);
    return merged !== undefined && sameType(merged, to);
  }

  /** Whether a value of `from` fits where a function takes or gives `to`; warns where it may lose something. */
  handsOver(value: CallArgument, from: Type, to: Type): boolean {
    const literal = this.literal(value);
    const number = typeof literal === 'bigint' ? literal : undefined;
    if (!isExpression(value) || !this.isAssignable(from, to, number)) return false;
    if (number === undefined) this.warnOfLoss(from, to, value.span);
    return true;
  }

  // ---- maps ------------------------------------------------------------------------------------------------------

  map(ref: MapRef): MapInfo {
    let info = this.maps.get(ref.name);
    if (!info) {
      info = { name: ref.name, span: ref.span, key: undefined, value: undefined, written: false };
      this.maps.set(ref.name, info);
    }
    return info;
  }

  useScalar(ref: MapRef): MapInfo {
    const info = this.map(ref);
    if (info.key === undefined) {
      info.key = 'scalar';
      info.keySpan = ref.span;
      this.moved();
    } else if (info.key !== 'scalar') this.conflict(info, say.keyedUsedScalar.at(ref.span, { name: ref.name }));
    return info;
  }

  /** Reports a map that is used with and without key, once for each map. */
  private conflict(info: MapInfo, diagnostic: Diagnostic): void {
    if (this.found.some((d) => d.code === diagnostic.code && d.message === diagnostic.message)) return;
    this.report(diagnostic.note(info.keySpan ?? info.span, 'This is the first use.'));
  }

  useKeyed(ref: MapRef, key: Type, span: Span): MapInfo {
    const info = this.map(ref);
    if (!this.fits(key, span)) return info;
    // whatever the key is: `@c[@c] = 1` has no type because of it
    if (info.key === 'scalar') {
      this.conflict(info, say.scalarUsedKeyed.at(ref.span, { name: ref.name }));
      return info;
    }
    if (lacksType(key)) {
      this.reportUntyped(say.keyWithoutType.at(span, {}));
      return info;
    }
    const complaint = this.keyComplaint(key);
    if (complaint) {
      this.report(complaint.at(span));
      return info;
    }
    if (info.key === undefined) {
      info.key = key;
      info.keySpan = ref.span;
      this.moved();
      return info;
    }
    const merged = promote(info.key, key);
    if (!merged) this.report(say.mapKeyMismatch.at(span, { name: ref.name, have: spellKey(key), want: spellKey(info.key) }));
    else if (!sameExactly(merged, info.key)) {
      info.key = merged;
      this.moved();
    }
    return info;
  }

  private keyComplaint(key: Type): Message | undefined {
    if (key.kind === 'aggregate') return say.partOfKey.with({ type: spellType(key) });
    if (key.kind === 'context') return say.partOfKey.with({ type: 'context' });
    if (key.kind === 'void' || isEmpty(key)) return say.emptyKey.with({ type: spellType(key) });
    if (key.kind === 'tuple') return key.elements.map((e) => this.keyComplaint(e)).find((c) => c !== undefined);
    return undefined;
  }

  assignMap(ref: MapRef, type: Type, span: Span, { computed }: { computed?: boolean } = {}): void {
    const info = this.map(ref);
    info.written = true;
    if (!this.fits(type, span)) return;
    if (lacksType(type) || type.kind === 'void' || type.kind === 'context' || isEmpty(type)) {
      const report = lacksType(type) ? this.reportUntyped : this.report;
      report(say.notInMap.at(span, { type: spellType(type) }));
      return;
    }
    if (info.value === undefined || info.value.kind === 'none') {
      info.value = type;
      this.moved();
      return;
    }
    if (info.value.kind === 'aggregate' && type.kind === 'aggregate' && info.value.name === type.name) {
      this.mergeAggregate(info, type, span);
      return;
    }
    const merged = promote(info.value, type);
    if (!merged) this.report(say.mapValueMismatch.at(span, { name: ref.name, have: spellType(type), want: spellType(info.value) }));
    else {
      if (!sameExactly(merged, info.value)) {
        info.value = merged;
        this.moved();
      }
      if (!computed) this.warnOfLoss(type, info.value, span);
    }
  }

  private mergeAggregate(info: MapInfo, type: Type & { kind: 'aggregate' }, span: Span): void {
    const value = info.value as Type & { kind: 'aggregate' };
    const same = value.parameters.length === type.parameters.length && value.parameters.every((p, i) => p === type.parameters[i]) && value.option === type.option;
    if (!same) this.report(type.name === 'hist' ? say.bitsDiffer.at(span, {}) : say.boundsDiffer.at(span, { name: type.name }));
    else {
      const clock = jointClock(value, type);
      if (clock === value.clock && (value.signed || !type.signed)) return;
      info.value = { ...value, signed: value.signed || type.signed, ...(clock && { clock }) };
      this.moved();
    }
  }

  /** Type of a map element in an expression: a castable aggregate is an integer. Any other aggregate keeps its type, which no operator accepts. */
  valueOf(type: Type): Type {
    if (type.kind !== 'aggregate' || !aggregates.get(type.name)!.castable) return type;
    return numberOfAggregate(type);
  }

  /** Value that the record of a name or call knows while compiling; undefined: it knows none. */
  constantOf(node: Identifier | Call): bigint | string | boolean | undefined {
    return this.literal(node) ?? this.compileTimeTexts.get(node);
  }

  literal(argument: CallArgument): bigint | string | boolean | undefined {
    if (argument.kind === 'integer' || argument.kind === 'string' || argument.kind === 'bool') return argument.value;
    if (argument.kind === 'identifier' || argument.kind === 'call') {
      const meaning = this.meanings.get(argument);
      if (meaning?.kind === 'constant') return meaning.value;
    }
    if (argument.kind === 'cast') return undefined;
    return undefined;
  }
}

function lacksFeature(needs: string): Message {
  return say.needsFeature.with({ feature: needs.replace(/^(helper|kfunc):/, ''), needs });
}

/** Equal also in flexibility and address space, which inference must see move. */
export function sameExactly(a: Type, b: Type): boolean {
  if (!sameType(a, b)) return false;
  if (a.kind === 'int') return (a.flexible ?? false) === ((b as IntType).flexible ?? false) && sameSpaces(a, b);
  if (a.kind === 'tuple') return a.elements.every((e, i) => sameExactly(e, (b as typeof a).elements[i]!));
  return sameSpaces(a, b);
}

/** Whether a value, or a part of it, has no type yet. Such a value gives no type to the variable or map that it is assigned to. */
function lacksType(type: Type): boolean {
  if (type.kind === 'tuple') return type.elements.some(lacksType);
  if (type.kind === 'record') return type.fields.some((f) => lacksType(f.type));
  return type.kind === 'none';
}

/** Whether the type has no bytes (a struct without members, a flexible array): the kernel creates no map with such keys or values. */
function isEmpty(type: Type): boolean {
  return ['struct', 'array', 'tuple', 'record'].includes(type.kind) && sizeOf(type) === 0;
}

export function spellKey(type: Type): string {
  return type.kind === 'tuple' ? spellType(type) : `(${spellType(type)})`;
}

/** Elements of a tuple or record, and theirs. */
function countParts(type: Type): number {
  if (type.kind === 'tuple') return type.elements.reduce((sum, element) => sum + countParts(element), 1);
  if (type.kind === 'record') return type.fields.reduce((sum, field) => sum + countParts(field.type), 1);
  return 1;
}

/** Of complaints about values without type those that say why: maps that nothing is written to, each once. What is done with such values only follows. */
function reasonsOf(untyped: readonly Diagnostic[]): readonly Diagnostic[] {
  const reasons = untyped.filter(({ code }) => code === say.undefinedMap.code);
  return reasons.length === 0 ? untyped : reasons.filter(({ message }, i) => reasons.findIndex((earlier) => earlier.message === message) === i);
}
