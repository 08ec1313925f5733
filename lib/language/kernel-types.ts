// The types of the kernel and of its modules, read when they are first asked for: a script that names none costs no BTF.

import type { Target } from '../model/target/target.js';
import type { EnumType, MemberPlace, StructType, Type } from '../model/types/types.js';
import { BtfTypes } from './btf-types.js';
import type { TypeNotes } from './type-notes.js';
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
    /** what is asked of the types */
    private readonly notes?: TypeNotes,
  ) {}

  /** A type by its number in the BTF of the kernel or a module. */
  byId(id: number, module = 'vmlinux'): Type | undefined {
    return this.of(module)?.type(id);
  }

  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined {
    return this.first((types) => types.struct(name, tag));
  }

  enum(name: string): EnumType | undefined {
    const found = this.first((types) => types.enum(name));
    if (found) this.notes?.enums.set(name, found);
    return found;
  }

  named(name: string): Type | undefined {
    const found = this.first((types) => types.named(name));
    if (found) this.notes?.names.set(name, found);
    return found;
  }

  constant(name: string): Constant | undefined {
    const found = this.first((types) => types.constant(name));
    if (found) this.notes?.constants.set(name, found.value);
    return found;
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

  private noting(module: string): ((id: number, what: string, place?: MemberPlace) => void) | undefined {
    return this.notes && ((id, what, place) => this.notes!.struct(module, id, what, place));
  }

  private get kernel(): BtfTypes | undefined {
    if (!this.ofKernel && this.target.btf) this.ofKernel = new BtfTypes(this.target.btf, this.noting('vmlinux'), this.notes !== undefined);
    return this.ofKernel;
  }

  private of(module: string): BtfTypes | undefined {
    if (module === 'vmlinux') return this.kernel;
    if (!this.ofModule.has(module)) {
      const btf = this.target.moduleBtf?.(module);
      this.ofModule.set(module, btf && new BtfTypes(btf, this.noting(module)));
    }
    return this.ofModule.get(module);
  }
}
