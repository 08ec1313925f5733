// What the language's records say of a name, for hovers and completions.

import { aggregates } from '../../language/aggregates/index.js';
import { builtins, isInternal } from '../../language/builtins/index.js';
import { functions } from '../../language/functions/index.js';
import { spellMacro, standardMacroNames, standardMacros } from '../../language/macros/index.js';
import { docs } from '../../language/macros/trees.generated.js';
import { probeRecords } from '../../language/probes/index.js';
import { signature } from '../../language/signature.js';

export interface Word {
  readonly name: string;
  readonly kind: 'function' | 'builtin' | 'keyword';
  /** how it is written */
  readonly form: string;
  readonly doc: string;
}

const keywords = ['if', 'else', 'for', 'while', 'unroll', 'let', 'return', 'break', 'continue', 'macro', 'fn', 'config', 'import', 'sizeof', 'offsetof', 'comptime', 'true', 'false'];

const parametersText = (params: readonly { readonly name: string; readonly doc: string }[]): string => params.map(({ name, doc }) => `\n* \`${name}\` ${doc}`).join('');

/** All names that stand in expressions. */
export const words: readonly Word[] = [
  ...[...functions.values(), ...aggregates.values()].map((record) => ({ name: record.name, kind: 'function' as const, form: signature(record), doc: record.doc + parametersText(record.params) })),
  ...[...builtins.values()].map(({ name, doc }) => ({ name, kind: 'builtin' as const, form: name, doc })),
  ...standardMacroNames.map((name) => ({ name, kind: 'function' as const, form: standardMacros(name).map(spellMacro).join(', '), doc: docs[name] ?? '' })),
  ...keywords.map((name) => ({ name, kind: 'keyword' as const, form: name, doc: '' })),
].filter(({ name }) => !isInternal(name));

export const wordCalled = (name: string): Word | undefined => words.find((each) => each.name === name);

/** A kind of probe, by its name or short name. */
export const probeKind = (name: string): { readonly form: string; readonly doc: string } | undefined => {
  const record = probeRecords.find((each) => each.name === name.toLowerCase() || each.aliases.includes(name));
  return record && { form: record.syntax, doc: record.doc };
};
