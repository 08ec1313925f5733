// Options that are accepted only to say that they cannot be had yet.

import type { OptionSpec } from './options.js';

/** What is said to whoever gives an option of `later`; undefined for those that work. */
export const refusalOf = ({ name, later }: OptionSpec): string | undefined => (later === undefined ? undefined : `--${name} is not supported by this version of tbpf: ${later}`);
