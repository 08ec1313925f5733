// The object's .BTF: types of functions, maps and data.
//
//   out    ids of the FUNC types, by function; sizes and places of the map variables
//   facts  a BTF-defined map is a variable in `.maps` whose struct says by `int (*member)[N]` that member is N; libbpf reads no more of it.
//          The kernel wants C identifiers as names, and a name for every parameter

import type { FieldNumber, FieldSpec, FunctionSpec, MapSpec, ObjectSpec, ProgramSpec } from '../../model/bpf/object-spec.js';
import { mapType } from '../../model/bpf/uapi.js';
import { BtfBuilder } from '../../model/btf/builder.js';
import { buildPrototype, type Prototype } from '../../model/btf/prototype.js';
import type { FuncLinkage, TypeId } from '../../model/btf/types.js';
import { bug } from '../../model/diagnostics/errors.js';
import { isMemberShape } from '../../model/types/member-shape.js';
import type { Type } from '../../model/types/types.js';

const POINTER_BYTES = 8;
/** an array of ints must not be larger than 4 GB */
const MAX_INT_ELEMENTS = 0x3fffffff;

/** Struct behind the context by program section; all others are arrays of 64-bit values. */
const contextStructs: readonly (readonly [RegExp, string])[] = [
  [/^raw_(tp|tracepoint)\b/, 'bpf_raw_tracepoint_args'],
  [/^(k|u)(ret)?(probe|syscall)\b/, 'pt_regs'],
  [/^perf_event\b/, 'bpf_perf_event_data'],
];

/** A variable of `.maps`. */
export interface MapVariable {
  readonly map: MapSpec;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A member in the object's own BTF. */
export interface FieldPlace {
  readonly struct: TypeId;
  readonly memberIndex: number;
  readonly number: FieldNumber;
}

export class ObjectBtf {
  readonly builder = new BtfBuilder();
  private readonly int = this.builder.int('int', 4, { signed: true });
  private readonly u64 = this.builder.int('unsigned long long', 8);
  private readonly char = this.builder.int('char', 1, { signed: true });
  private readonly contextByStruct = new Map<string, TypeId>();
  private readonly protoByShape = new Map<string, TypeId>();

  /** FUNC of a program: `int name(struct pt_regs *ctx)`. */
  program(spec: ProgramSpec): TypeId {
    return this.func(spec, 'global', this.int, this.context(spec.section), 'ctx');
  }

  /** FUNC of a subprogram: `unsigned long long name(unsigned long long a1, …)`. The verifier follows calls into static ones. */
  subprogram(spec: FunctionSpec): TypeId {
    return this.func(spec, spec.verifiedOnce ? 'global' : 'static', this.u64, this.u64, 'a1');
  }

  /** Variables of `.maps`, one after another. */
  maps(maps: readonly MapSpec[]): MapVariable[] {
    let offset = 0;
    const types: TypeId[] = [];
    const variables = maps.map((map) => {
      const values = Object.entries(mapNumbers(map)).filter(([, value]) => value !== 0);
      const members = values.map(([name, value], i) => ({ name, type: this.number(value), offsetBits: i * POINTER_BYTES * 8 }));
      const sizeBytes = values.length * POINTER_BYTES;
      types.push(this.builder.var(map.name, this.builder.struct('', sizeBytes, members), 'global'));
      const variable = { map, offset, sizeBytes };
      offset += sizeBytes;
      return variable;
    });
    this.builder.datasec('.maps', offset, variables.map(({ offset, sizeBytes }, i) => ({ type: types[i]!, offset, sizeBytes })));
    return variables;
  }

  /** A data section that is one array of bytes. */
  data(section: string, variableName: string, sizeBytes: number, constant: boolean): void {
    const array = this.builder.array(this.char, sizeBytes, this.int);
    const type = this.builder.var(variableName, constant ? this.builder.qualified('const', array) : array, 'static');
    this.builder.datasec(section, sizeBytes, [{ type, offset: 0, sizeBytes }]);
  }

  /** FUNC of a function that another object has. */
  external(name: string, prototype: Prototype): void {
    this.builder.func(name, buildPrototype(this.builder, prototype), 'extern');
  }

  /** Structs with the members that are relocated, by the members' names in the instructions; of other members nothing is said. */
  fields(fields: readonly FieldSpec[]): ReadonlyMap<string, FieldPlace> {
    const places = new Map<string, FieldPlace>();
    const byStruct = new Map<string, FieldSpec[]>();
    for (const field of fields) {
      const key = `${field.struct.tag} ${field.struct.name}`;
      byStruct.set(key, [...(byStruct.get(key) ?? []), field]);
    }
    for (const members of byStruct.values()) {
      const startOf = ({ offset, bitfield }: FieldSpec): number => offset * 8 + (bitfield?.shift ?? 0);
      const distinct = [...new Map(members.map((field) => [field.member, field])).values()].sort((a, b) => startOf(a) - startOf(b));
      const { tag, name, size } = members[0]!.struct;
      const struct = this.builder[tag](name, size, distinct.map((field) => ({
        name: field.member, type: this.memberType(field.type), offsetBits: startOf(field), ...(field.bitfield && { bitfieldSize: field.bitfield.bits }),
      })));
      for (const field of members) places.set(field.name, { struct, memberIndex: distinct.findIndex(({ member }) => member === field.member), number: field.number });
    }
    return places;
  }

  private memberType(type: Type): TypeId {
    if (!isMemberShape(type)) return bug('object', `a member of type ${type.kind}`);
    switch (type.kind) {
      case 'bool': return this.builder.int('_Bool', 1, { bool: true });
      case 'int': return this.builder.int(`${type.signed ? 's' : 'u'}${type.bits}`, type.bits / 8, { signed: type.signed });
      case 'enum': return this.builder.enum('', type.bytes, []);
      case 'pointer': return this.builder.ptr(0);
      case 'string': return this.builder.array(this.char, type.stored ?? type.capacity, this.int);
      case 'array': return this.builder.array(this.memberType(type.of), type.count, this.int);
      case 'struct': return this.builder[type.tag]('', type.size, []);
    }
  }

  kfuncs(kfuncs: NonNullable<ObjectSpec['kfuncs']>): void {
    const funcs = kfuncs.map(({ name, prototype }) => this.builder.func(name, buildPrototype(this.builder, prototype), 'extern'));
    this.builder.datasec('.ksyms', 0, funcs.map((type) => ({ type, offset: 0, sizeBytes: 0 })));
  }

  /** Pointer to the type that the kernel expects of a context; another one is no error, but a puzzling line in every verifier log. */
  private context(section: string): TypeId {
    const [, name = ''] = contextStructs.find(([pattern]) => pattern.test(section)) ?? [];
    let type = this.contextByStruct.get(name);
    if (type === undefined) this.contextByStruct.set(name, (type = this.builder.ptr(name === '' ? this.u64 : this.builder.struct(name, 0, []))));
    return type;
  }

  private func(spec: FunctionSpec, linkage: FuncLinkage, returns: TypeId, first: TypeId, firstName: string): TypeId {
    const shape = `${linkage} ${first} ${spec.argumentCount}`;
    let proto = this.protoByShape.get(shape);
    if (proto === undefined) {
      const parameters = Array.from({ length: spec.argumentCount }, (_, i) =>
        i === 0 ? { name: firstName, type: first } : { name: `a${i + 1}`, type: this.u64 });
      this.protoByShape.set(shape, (proto = this.builder.funcProto(returns, parameters)));
    }
    return this.builder.func(spec.name, proto, linkage);
  }

  /** `int (*)[value]` */
  private number(value: number): TypeId {
    return this.builder.ptr(this.builder.array(value > MAX_INT_ELEMENTS ? this.char : this.int, value, this.int));
  }
}

/** What libbpf reads from the struct of a map; zero is the same as absent. */
function mapNumbers(map: MapSpec): Readonly<Record<string, number>> {
  return { type: mapType[map.type], key_size: map.keySize, value_size: map.valueSize, max_entries: map.maxEntries, map_flags: map.flags };
}
