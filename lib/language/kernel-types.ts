// The types of the kernel and of its modules, read when they are first asked for: a script that names none costs no BTF.

import type { Target } from '../model/target/target.js';
import type { EnumType, StructType, Type } from '../model/types/types.js';
import { BtfTypes } from './btf-types.js';
import type { Constant, TypeKind, TypeSource } from './type-source.js';

/** Knows nothing where the kernel has no BTF. */
export class KernelTypes implements TypeSource {
  private ofKernel: BtfTypes | undefined;
  private readonly ofModule = new Map<string, BtfTypes | undefined>();

  constructor(private readonly target: Pick<Target, 'btf'> & Partial<Pick<Target, 'moduleBtf'>>) {}

  /** A type by its number in the BTF of the kernel or a module. */
  byId(id: number, module = 'vmlinux'): Type | undefined {
    return this.of(module)?.type(id);
  }

  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined {
    return this.kernel?.struct(name, tag);
  }

  enum(name: string): EnumType | undefined {
    return this.kernel?.enum(name);
  }

  named(name: string): Type | undefined {
    return this.kernel?.named(name);
  }

  constant(name: string): Constant | undefined {
    return this.kernel?.constant(name);
  }

  names(kind: TypeKind): Iterable<string> {
    return this.kernel?.names(kind) ?? [];
  }

  private get kernel(): BtfTypes | undefined {
    if (!this.ofKernel && this.target.btf) this.ofKernel = new BtfTypes(this.target.btf);
    return this.ofKernel;
  }

  private of(module: string): BtfTypes | undefined {
    if (module === 'vmlinux') return this.kernel;
    if (!this.ofModule.has(module)) {
      const btf = this.target.moduleBtf?.(module);
      this.ofModule.set(module, btf && new BtfTypes(btf));
    }
    return this.ofModule.get(module);
  }
}
