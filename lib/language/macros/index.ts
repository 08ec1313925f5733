// The standard macros: part of the language, written in it (base.bt, meta.bt, kernel.bt).
//
//   idea   They were parsed when `npm run macros` made trees.generated.ts, so that a start does not pay for it: a macro's tree is made of its
//          text when a script first names it. Its nodes have no place of their own. A copy of them lies where the call is, which is
//          what messages and events show.
//   facts  language.md 10

import { Source } from '../../model/source/source.js';
import type { Macro } from '../../model/syntax/nodes.js';
import { trees } from './trees.generated.js';

const nowhere = new Source('standard macros', '').span(0, 0);
const macrosByName = new Map<string, readonly Macro[]>();

/** All definitions of a name; none where it is no standard macro. */
export function standardMacros(name: string): readonly Macro[] {
  if (!Object.hasOwn(trees, name)) return [];
  let macros = macrosByName.get(name);
  if (!macros) macrosByName.set(name, (macros = decodeMacros(trees[name]!)));
  return macros;
}

export const standardMacroNames: readonly string[] = Object.keys(trees);

/** Names of what a macro takes, as a script writes them: `$v`, `@m`, `e`. */
export function spellMacro({ name, parameters }: Pick<Macro, 'name' | 'parameters'>): string {
  return `${name}(${parameters.map((p) => (p.mode === 'variable' ? `$${p.name}` : p.name)).join(', ')})`;
}

/** Trees as text: without places, integers as texts. */
export function encodeMacros(macros: readonly Macro[]): string {
  return JSON.stringify(macros, (key, value: unknown) => {
    if (isPlace(key)) return 0;
    return typeof value === 'bigint' ? { integer: value.toString() } : value;
  });
}

function decodeMacros(text: string): readonly Macro[] {
  return JSON.parse(text, (key, value: unknown) => {
    if (isPlace(key)) return nowhere;
    return typeof value === 'object' && value !== null && 'integer' in value ? BigInt((value as { readonly integer: string }).integer) : value;
  }) as Macro[];
}

const isPlace = (key: string): boolean => key === 'span' || key.endsWith('Span');
