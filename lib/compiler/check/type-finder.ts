// Types by name: the language's own, those of the script's C definitions, those of the kernel.

import type { Btf } from '../../model/btf/btf.js';
import type { BtfKind } from '../../model/btf/types.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { type StructType, type Type, bool, int16, int32, int64, int8, uint16, uint32, uint64, uint8, voidType } from '../../model/types/types.js';
import type { Target } from '../../model/target/target.js';
import { BtfTypes } from '../../language/btf-types.js';

const builtinTypes: Readonly<Record<string, Type>> = {
  bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, void: voidType,
  char: int8, short: int16, int: int32, long: int64,
  int8_t: int8, int16_t: int16, int32_t: int32, int64_t: int64, uint8_t: uint8, uint16_t: uint16, uint32_t: uint32, uint64_t: uint64,
  s8: int8, s16: int16, s32: int32, s64: int64, u8: uint8, u16: uint16, u32: uint32, u64: uint64,
  __s8: int8, __s16: int16, __s32: int32, __s64: int64, __u8: uint8, __u16: uint16, __u32: uint32, __u64: uint64,
  size_t: uint64, ssize_t: int64, pid_t: int32, uid_t: uint32, gid_t: uint32, uintptr_t: uint64, intptr_t: int64, dev_t: uint32, ino_t: uint64, loff_t: int64, off_t: int64,
  ksym_t: { kind: 'ksym' }, usym_t: { kind: 'usym' }, username_t: { kind: 'username' }, macaddr_t: { kind: 'mac' },
};

/** Types that a script defines itself; made by expand. */
export interface ScriptTypes {
  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined;
  /** enums and typedefs */
  named(name: string): Type | undefined;
  enum(name: string): Type | undefined;
  constant(name: string): { readonly value: bigint; readonly type: Type } | undefined;
  names?(kind: 'struct' | 'union' | 'enum' | 'typedef'): Iterable<string>;
}

export class TypeFinder {
  private kernelTypes: BtfTypes | undefined;
  private readonly moduleTypes = new Map<string, BtfTypes | undefined>();

  constructor(
    readonly target: Target,
    private readonly script: ScriptTypes | undefined,
  ) {}

  /** Types of the kernel; undefined where it has no BTF. Reads it when first asked. */
  get kernel(): BtfTypes | undefined {
    if (!this.kernelTypes && this.target.btf) this.kernelTypes = new BtfTypes(this.target.btf);
    return this.kernelTypes;
  }

  module(name: string): BtfTypes | undefined {
    if (name === 'vmlinux') return this.kernel;
    if (!this.moduleTypes.has(name)) {
      const btf = this.target.moduleBtf(name);
      this.moduleTypes.set(name, btf && new BtfTypes(btf));
    }
    return this.moduleTypes.get(name);
  }

  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined {
    return this.script?.struct(name, tag) ?? this.kernel?.find(name, tag);
  }

  enum(name: string): Type | undefined {
    const own = this.script?.enum(name);
    if (own) return own;
    const btf = this.target.btf;
    const id = btf?.find('enum', name) ?? btf?.find('enum64', name);
    return id === undefined ? undefined : this.kernel!.type(id);
  }

  /** A type without `struct` or `enum` in front. */
  named(name: string): Type | undefined {
    const own = builtinTypes[name] ?? this.script?.named(name);
    if (own) return own;
    const btf: Btf | undefined = this.target.btf;
    if (!btf) return undefined;
    for (const kind of ['typedef', 'int', 'struct', 'union'] as const) {
      const id = btf.find(kind, name);
      if (id !== undefined) return this.kernel!.type(id);
    }
    return undefined;
  }

  /** The type whose name is closest to one that there is not. */
  similar(name: string, kinds: readonly BtfKind[]): string | undefined {
    const { btf } = this.target;
    const own = kinds.flatMap((kind) => [...(kind === 'typedef' ? Object.keys(builtinTypes) : []), ...(this.script?.names?.(kind as 'struct') ?? [])]);
    return nearest(name, own) ?? nearest(name, btf ? kinds.flatMap((kind) => [...btf.names(kind)]) : []);
  }

  /** A constant by its bare name: an enumerator of the script or of the kernel. */
  constant(name: string): { readonly value: bigint; readonly type: Type } | undefined {
    const own = this.script?.constant(name);
    if (own) return own;
    const btf = this.target.btf;
    if (!btf || !/^[A-Za-z_]\w*$/.test(name)) return undefined;
    return this.enumerators(btf).get(name);
  }

  private enumeratorByName: Map<string, { value: bigint; type: Type }> | undefined;

  private enumerators(btf: Btf): Map<string, { value: bigint; type: Type }> {
    if (this.enumeratorByName) return this.enumeratorByName;
    this.enumeratorByName = new Map();
    for (let id = 1; id < btf.endId; id++) {
      const kind = btf.kindOf(id);
      if (kind !== 'enum' && kind !== 'enum64') continue;
      const type = this.kernel!.type(id);
      if (type.kind !== 'enum') continue;
      for (const [name, value] of type.members) if (!this.enumeratorByName.has(name)) this.enumeratorByName.set(name, { value, type });
    }
    return this.enumeratorByName;
  }
}
