// Command lines as GNU programs read them (getopt_long), made ready for yargs.
//
//   in     argv, the table of options
//   out    each option as `--name` or `--name=argument` with its full name, in order; operands; what stands behind `--`; or the complaint
//   idea   yargs has other habits: it neither shortens long options nor reads `-p181`. Once every word is spelled out it has no choice left
//   facts  operands and options may be mixed until `--`; long options may be shortened as long as that is unambiguous; arguments may be
//          glued (`-p181`, `--pid=181`) or follow; switches may be bundled (`-lv`); the wording of complaints is glibc's

import type { OptionSpec } from './options.js';

export interface Arguments {
  /** `--name` or `--name=argument` */
  readonly options: readonly string[];
  readonly operands: readonly string[];
  /** behind `--` */
  readonly rest: readonly string[];
}

export type SpelledOut = Arguments | { readonly complaint: string };

export function spellOut(argv: readonly string[], specs: readonly OptionSpec[]): SpelledOut {
  const options: string[] = [];
  const operands: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') return { options, operands, rest: argv.slice(i + 1) };
    if (word.startsWith('--')) {
      const found = longOption(word, specs);
      if (typeof found === 'string') return { complaint: found };
      const { spec, glued } = found;
      if (spec.argument === undefined && glued !== undefined) return { complaint: `option '--${spec.name}' doesn't allow an argument` };
      if (spec.optionalNumber && glued === undefined && !/^[\d.]+$/.test(argv[i + 1] ?? '')) {
        options.push(spelled(spec, ''));
        continue;
      }
      const argument = spec.argument === undefined ? undefined : glued ?? argv[++i];
      if (spec.argument !== undefined && argument === undefined) return { complaint: `option '--${spec.name}' requires an argument` };
      options.push(spelled(spec, argument));
    } else if (word.startsWith('-') && word !== '-') {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at]!;
        const spec = specs.find((each) => each.short === letter);
        if (!spec) return { complaint: `invalid option -- '${letter}'` };
        if (spec.argument === undefined) {
          options.push(spelled(spec, undefined));
          continue;
        }
        const argument = at + 1 < word.length ? word.slice(at + 1) : argv[++i];
        if (argument === undefined) return { complaint: `option requires an argument -- '${letter}'` };
        options.push(spelled(spec, argument));
        break;
      }
    } else operands.push(word);
  }
  return { options, operands, rest: [] };
}

function spelled({ name }: OptionSpec, argument: string | undefined): string {
  return argument === undefined ? `--${name}` : `--${name}=${argument}`;
}

/** `--deb=x` among the table's long names; the complaint when there is none or there are several. */
function longOption(word: string, specs: readonly OptionSpec[]): { readonly spec: OptionSpec; readonly glued: string | undefined } | string {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const glued = equals < 0 ? undefined : word.slice(equals + 1);
  const long = specs.filter((spec) => spec.name.length > 1);
  const candidates = long.filter((spec) => spec.name.startsWith(name));
  const spec = candidates.find((each) => each.name === name) ?? candidates[0];
  if (!spec) return `unrecognized option '--${name}'`;
  if (candidates.length > 1 && spec.name !== name) return `option '--${name}' is ambiguous; possibilities: ${candidates.map((each) => `'--${each.name}'`).join(' ')}`;
  return { spec, glued };
}
