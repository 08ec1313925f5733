// `-h`: the options as yargs lays them out, and the few words around them. The man page (tools/dev/man.ts) and docs/reference.md are made of the same.

import yargs from 'yargs';
import { configVariables } from '../../language/config.js';
import { environment } from '../line/environment.js';
import { optionSpecs, type OptionGroup, type OptionSpec } from '../line/options.js';
import { subcommands, tools } from '../line/subcommands.js';
import { print } from '../output/standard.js';

/** where meanings begin behind subcommands */
const COLUMN = 38;
export const FIRST_LINE = 'tbpf - a high-level tracing language for Linux powered by BPF';
export const usage = [
  'tbpf [options] FILE [params]',
  'tbpf [options] - [params]              (program on standard input)',
  "tbpf [options] -e 'program' [params]",
  ...subcommands.map(({ name, operands, doc }) => `${`tbpf ${name} ${operands}`.trimEnd().padEnd(COLUMN)} (${doc})`),
  `${'tbpf TOOL [options]'.padEnd(COLUMN)} (${tools.join(', ')}; with -h its options)`,
];
export const examples: readonly (readonly [command: string, meaning: string])[] = [
  ["tbpf -e 'BEGIN { printf(\"hello\\n\"); }'", 'say hello'],
  ["tbpf -e 'tracepoint:syscalls:sys_enter_openat { printf(\"%s %s\\n\", comm, str(args.filename)); }'", 'files being opened, by process'],
  ["tbpf -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'", 'count system calls by process'],
  ["tbpf -l 'tracepoint:syscalls:sys_enter_*'", 'list probes'],
];
const WIDTH = 110;
export const groups: readonly OptionGroup[] = ['OPTIONS', 'DEVELOPER OPTIONS', 'TROUBLESHOOTING OPTIONS'];

export const shortUsage = `USAGE:\n${usage.map((line) => `    ${line}\n`).join('')}\nOptions: tbpf -h\n`;

export async function showHelp(): Promise<number> {
  const config = configVariables.map(({ name, doc, defaultValue }) => `    ${name.padEnd(28)} ${doc} [${String(defaultValue)}]\n`).join('');
  const shown = examples.map(([command, meaning]) => `    ${command}\n        ${meaning}\n`).join('');
  print([
    `${FIRST_LINE}\n\nUSAGE:\n${usage.map((line) => `    ${line}\n`).join('')}`,
    `${(await optionsText()).trim()}\n`,
    `CONFIGURATION (config = { name = value } in a script, BPFTRACE_NAME in the environment):\n${config}`,
    `ENVIRONMENT:\n${environment.map(({ name, doc }) => `    ${name.padEnd(28)} ${doc}\n`).join('')}`,
    `EXAMPLES:\n${shown}`,
    'DOCUMENTATION:\n    man tbpf, man tbpf-language; README.md and docs/ in the package\n',
  ].join('\n'));
  return 0;
}

/** Options as pages show them: `-f, --format FORMAT`. */
export function optionLines(specs: readonly OptionSpec[]): readonly { readonly option: string; readonly doc: string }[] {
  return specs.map((spec) => {
    const { name, short, argument, optionalNumber } = spec;
    const long = name.length > 1 ? [`--${name}`] : [];
    return { option: `${[...(short === undefined ? [] : [`-${short}`]), ...long].join(', ')}${argument === undefined ? '' : optionalNumber ? ` [${argument}]` : ` ${argument}`}`, doc: spec.doc };
  });
}

/** The table of options, in groups. */
function optionsText(): Promise<string> {
  let table = yargs([]).help(false).version(false).wrap(WIDTH).parserConfiguration({ 'boolean-negation': false });
  for (const group of groups) {
    for (const spec of optionSpecs.filter((each) => each.group === group)) {
      const { name, short, argument, doc } = spec;
      const placeholder = argument === undefined ? '' : ` (${argument})`;
      table = table.option(name, { group: `${group}:`, description: doc + placeholder, ...(short !== undefined && short !== name ? { alias: short } : {}) });
    }
  }
  return table.getHelp();
}
