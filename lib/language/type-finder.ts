// Types by name, as a script means them: the language's own, then those of the script's C definitions, C's names of integers, in probes of a program
// the program's, the kernel's.
//
//   used by  check and lower, so that both see the same type behind a name

import { nearest } from '../model/diagnostics/nearest.js';
import { inSpace } from '../model/types/space.js';
import { languageIntegers } from '../model/types/c-words.js';
import { type EnumType, type StructType, type Type, bool, voidType } from '../model/types/types.js';
import { literalType } from '../model/types/promote.js';
import { headerConstant } from './header-constants.js';
import type { KernelTypes } from './kernel-types.js';
import { type Constant, type TypeKind, type TypeSource, cIntegers, noTypes } from './type-source.js';

/** The language's own types, which no definition of a script replaces. */
const languageTypes: ReadonlyMap<string, Type> = new Map<string, Type>([
  ...languageIntegers,
  ['bool', bool], ['void', voidType], ['ksym_t', { kind: 'ksym' }], ['usym_t', { kind: 'usym' }], ['username_t', { kind: 'username' }], ['macaddr_t', { kind: 'mac' }],
]);

/** Of a pattern with thousands of functions the first say enough of where its types are. */
const MOST_NEAR = 8;

/** A source that is opened when a name is first looked up. */
function lazySource(open: () => TypeSource | undefined): TypeSource {
  let source: TypeSource | undefined;
  const opened = (): TypeSource => (source ??= open() ?? noTypes);
  return {
    struct: (name, tag) => opened().struct(name, tag), enum: (name) => opened().enum(name), named: (name) => opened().named(name), constant: (name) => opened().constant(name),
    names: (kind) => opened().names(kind),
  };
}

export class TypeFinder {
  /** asked in this order; the first that knows a name decides */
  private readonly sources: readonly TypeSource[];

  constructor(
    /** for what tbpf itself looks up in the kernel, whatever the script calls by that name */
    readonly kernel: KernelTypes,
    private readonly script: TypeSource,
    /** types of a program by their names, as code at some of its addresses knows them; undefined: it has no debug information */
    private readonly programTypes: (path: string, near: readonly number[]) => TypeSource | undefined = () => undefined,
    /** the program that is probed */
    program?: TypeSource,
  ) {
    this.sources = [script, cIntegers, ...(program ? [program] : []), kernel];
  }

  /** by the binary of a probe */
  private readonly finderByProgram = new WeakMap<object, TypeFinder>();

  /** Types as a probe sees them: in a probe of a program its types come before those of the kernel. */
  at({ binary }: { readonly binary?: { readonly path: string; readonly places: readonly bigint[] } }): TypeFinder {
    if (binary === undefined) return this;
    const near = binary.places.slice(0, MOST_NEAR).map(Number);
    let finder = this.finderByProgram.get(binary);
    if (finder === undefined) this.finderByProgram.set(binary, finder = new TypeFinder(this.kernel, this.script, this.programTypes, lazySource(() => this.programTypes(binary.path, near))));
    return finder;
  }

  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined {
    return this.first((source) => source.struct(name, tag));
  }

  /** What the kernel means by the name, unless the script defines it: a program's own struct of that name does not count. */
  structOfKernel(name: string, tag: 'struct' | 'union'): StructType | undefined {
    return this.script.struct(name, tag) ?? this.kernel.struct(name, tag);
  }

  enum(name: string): EnumType | undefined {
    return this.first((source) => source.enum(name));
  }

  /** A type without `struct` or `enum` in front. */
  named(name: string): Type | undefined {
    return languageTypes.get(name) ?? this.first((source) => source.named(name) ?? source.struct(name, 'struct') ?? source.struct(name, 'union'));
  }

  /** An enumerator by its bare name, or a constant of the kernel's headers. */
  constant(name: string): Constant | undefined {
    if (!/^[A-Za-z_]\w*$/.test(name)) return undefined;
    const macro = headerConstant(name);
    return this.first((source) => source.constant(name)) ?? (macro === undefined ? undefined : { value: macro, type: literalType(macro) });
  }

  /** The definition of a struct, in the address space of one that may only be declared. */
  completed<T extends Type>(type: T): T | StructType {
    if (type.kind !== 'struct' || type.size > 0 || type.name === '') return type;
    // what the kernel only declares is not defined by a program that has the name, too
    const definition = type.space === 'user' ? this.struct(type.name, type.tag) : this.structOfKernel(type.name, type.tag);
    return definition ? inSpace(definition, type.space ?? 'kernel') : type;
  }

  /** The known type whose name is closest to an unknown one. A name of the script is preferred to one of the kernel. */
  similar(name: string, kinds: readonly TypeKind[]): string | undefined {
    const candidates = [...(kinds.includes('typedef') ? [[...languageTypes.keys()]] : []), ...this.sources.map((source) => kinds.flatMap((kind) => [...source.names(kind)]))];
    const kernel = candidates.pop()!;
    return nearest(name, candidates.flat()) ?? nearest(name, kernel);
  }

  private first<T>(ask: (source: TypeSource) => T | undefined): T | undefined {
    for (const source of this.sources) {
      const answer = ask(source);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
