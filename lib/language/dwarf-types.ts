// Types of the programs that a script probes, by name: from their debug information, read when a name is first looked up.

import type { DebugInfo } from '../model/dwarf/debug-info.js';
import type { NamedKind } from '../model/dwarf/names.js';
import type { DwarfGraph } from '../model/dwarf/types.js';
import type { EnumType, StructType, Type } from '../model/types/types.js';
import { GraphTypes } from './graph-types.js';
import type { Constant, TypeSource } from './type-source.js';

/** Types of one file, written as if they lay in kernel memory like all declared types (model/types/space.ts). */
export class DwarfTypes extends GraphTypes<DwarfGraph> {
  private static readonly known = new WeakMap<DebugInfo, DwarfTypes>();

  private constructor(readonly debugInfo: DebugInfo) {
    super(debugInfo.types);
  }

  /** One for each file, so that a type is the same object wherever a script has it from. */
  static of(debugInfo: DebugInfo): DwarfTypes {
    let types = DwarfTypes.known.get(debugInfo);
    if (types === undefined) DwarfTypes.known.set(debugInfo, types = new DwarfTypes(debugInfo));
    return types;
  }

  /** @param near  addresses of the probed code: where a program has several types of one name, those that this code knows are meant */
  names(near: readonly number[]): TypeSource {
    const find = (kind: NamedKind, name: string): Type | undefined => {
      const id = this.debugInfo.find(kind, name, near);
      return id === undefined ? undefined : this.type(id);
    };
    const struct = (kind: 'struct' | 'union', name: string): StructType | undefined => {
      const type = find(kind, name);
      return type?.kind === 'struct' ? type : undefined;
    };
    return {
      struct(name, tag) {
        if (tag !== undefined) return struct(tag, name);
        const type = find('struct', name) ?? find('union', name) ?? find('typedef', name);
        return type?.kind === 'struct' && type.size > 0 ? type : undefined;
      },
      enum(name): EnumType | undefined {
        const type = find('enum', name);
        return type?.kind === 'enum' ? type : undefined;
      },
      named: (name) => find('typedef', name) ?? find('base', name) ?? find('enum', name),
      constant(name): Constant | undefined {
        const type = find('enumerator', name);
        const value = type?.kind === 'enum' ? type.members.find(([each]) => each === name)?.[1] : undefined;
        return type === undefined || value === undefined ? undefined : { value, type };
      },
      // a list of all names would need all of the debug information to be read
      names: () => [],
    };
  }
}
