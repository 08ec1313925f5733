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
