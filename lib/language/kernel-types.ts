// The types of the kernel and of its modules, read when they are first asked for: a script that names none costs no BTF.

import type { Target } from '../model/target/target.js';
import type { EnumType, StructType, Type } from '../model/types/types.js';
import { BtfTypes } from './btf-types.js';
import type { Constant, TypeKind, TypeSource } from './type-source.js';

/** Knows nothing where the kernel has no BTF. What the kernel itself does not know, or only declares, is looked for in the modules that the script's
 *  probes are in. */
export class KernelTypes implements TypeSource {
  private ofKernel: BtfTypes | undefined;
  private readonly ofModule = new Map<string, BtfTypes | undefined>();

  constructor(
    private readonly target: Pick<Target, 'btf'> & Partial<Pick<Target, 'moduleBtf'>>,
    /** modules in which to look for names that the kernel does not know; asked when there is such a name */
    private readonly modules: () => readonly string[] = () => [],
  ) {}

  /** A type by its number in the BTF of the kernel or a module. */
  byId(id: number, module = 'vmlinux'): Type | undefined {
    return this.of(module)?.type(id);
  }

  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined {
    return this.first((types) => types.struct(name, tag));
  }

  enum(name: string): EnumType | undefined {
    return this.first((types) => types.enum(name));
  }

  named(name: string): Type | undefined {
    return this.first((types) => types.named(name));
  }

  constant(name: string): Constant | undefined {
    return this.first((types) => types.constant(name));
  }

  *names(kind: TypeKind): Iterable<string> {
    for (const types of this.all()) yield* types.names(kind);
  }

  private *all(): Iterable<BtfTypes> {
    const { kernel } = this;
    if (!kernel) return;
    yield kernel;
    for (const module of this.modules()) {
      const types = this.of(module);
      if (types) yield types;
    }
  }

  private first<T>(ask: (types: BtfTypes) => T | undefined): T | undefined {
    for (const types of this.all()) {
      const answer = ask(types);
      if (answer !== undefined) return answer;
    }
    return undefined;
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
