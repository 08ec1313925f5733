// Named parameters of a script: what getopt() says about them, and where their values lie.
//
//   facts  language.md 8.4

export type ParameterValue = boolean | bigint | string;

/** What a script says about one of its parameters. */
export interface NamedParameter {
  /** without dashes */
  readonly name: string;
  readonly type: 'bool' | 'int64' | 'uint64' | 'string';
  readonly defaultValue: ParameterValue;
  readonly description?: string;
}

/** A parameter as the manifest has it: `place` is absent when no program uses it. */
export interface ManifestParameter extends NamedParameter {
  /** bytes of `.rodata` */
  readonly place?: { readonly offset: number; readonly size: number };
}

/** `$1` of a program that is kept in a file is a named parameter with this name; it is given by its position. */
export function positionalName(index: number): string {
  return `$${index}`;
}

/** The same of `str($1)`, which is text whatever it looks like. */
export function positionalTextName(index: number): string {
  return `str($${index})`;
}

/** `$#` */
export const COUNT_NAME = '$#';

/** Which positional parameter a name stands for; undefined: it is a getopt()'s own. */
export function positionOf(name: string): { readonly index: number | 'count'; readonly text: string } | undefined {
  if (name === COUNT_NAME) return { index: 'count', text: name };
  const found = /^(?:str\()?(\$([0-9]+))\)?$/.exec(name);
  return found ? { index: Number(found[2]), text: found[1]! } : undefined;
}
