// `-l 'struct task_*'`: structs, unions and enums of the kernel's BTF.

import type { Btf } from '../../../model/btf/btf.js';
import { formatDefinition } from '../../../model/btf/format.js';
import type { Target } from '../../../model/target/target.js';
import { hasWildcard, matcher } from '../../../model/target/pattern.js';

const tags = ['struct', 'union', 'enum'] as const;
type Tag = (typeof tags)[number];

export interface TypePattern {
  readonly tag: Tag;
  readonly name: string;
}

/** `struct X`, `union X`, `enum X`; undefined for anything else. */
export function parseTypePattern(text: string): TypePattern | undefined {
  const parts = /^(struct|union|enum)\s+([\w*]+)$/.exec(text.trim());
  return parts === null ? undefined : { tag: parts[1] as Tag, name: parts[2]! };
}

/** Names, each once; verbose: definitions with the module that has them. Modules repeat nothing of the kernel. */
export function* listTypes(target: Target, { tag, name }: TypePattern, verbose: boolean): Generator<string> {
  const seen = new Set<string>();
  for (const module of target.btfModules) {
    const btf = target.moduleBtf(module);
    if (btf === undefined) continue;
    for (const found of namesIn(btf, tag, name)) {
      if (seen.has(found)) continue;
      seen.add(found);
      yield verbose ? `${module}: ${formatDefinition(btf, tag, found)}` : `${tag} ${found}`;
    }
  }
}

function namesIn(btf: Btf, tag: Tag, pattern: string): string[] {
  const kinds = tag === 'enum' ? ['enum', 'enum64'] as const : [tag];
  if (!hasWildcard(pattern)) return kinds.some((kind) => btf.find(kind, pattern) !== undefined) ? [pattern] : [];
  const wanted = matcher(pattern);
  return [...new Set(kinds.flatMap((kind) => [...btf.names(kind)].filter(wanted)))].sort();
}
