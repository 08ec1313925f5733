// Command lines of tools, against what Python's argparse makes of the same (test/fixtures/argparse).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../../helpers/command.js';
import { HelpWanted, parseArguments, UsageError } from '../../../../tools/shared/arguments.js';
import { helpText, usageText } from '../../../../tools/shared/help.js';
import { flag, integer, integerFrom, list, operand, operands, option, optionalOperand, optionOr, powerOfTwo, regex, rest, text } from '../../../../tools/shared/options.js';

interface Answer {
  readonly words: readonly string[];
  /** what the line means, without what has its default value */
  readonly given?: Readonly<Record<string, unknown>>;
  readonly status?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const answers = JSON.parse(readFileSync(join(packageRoot, 'test/fixtures/argparse/answers.json'), 'utf8')) as readonly Answer[];

// the parser of test/fixtures/argparse/record.py
const snoop = {
  name: 'snoop',
  about: 'Trace something that happens now and then.',
  examples: [['snoop', 'everything'], ['snoop -p 1', 'one process']] as const,
  options: {
    timestamp: flag(['-T', '--timestamp'], 'include timestamp on output'),
    failed: flag(['-x', '--failed'], 'only show failed ones, which are those that did not succeed for a well-known reason'),
    pid: option(['-p', '--pid'], { parse: integer, help: 'trace this PID only' }),
    uid: option(['-u', '--uid'], { metavar: 'USER', parse: text, help: 'trace this UID only' }),
    duration: option(['-d', '--duration'], { metavar: 'SECONDS', parse: integer, help: 'total duration of trace' }),
    flag_filter: list(['-f', '--flag_filter'], { parse: text, help: 'filter on flags argument (e.g., O_WRONLY)' }),
    output: optionOr(['-o', '--output'], 'text', { choices: ['text', 'json'], parse: text, help: 'form' }),
    cgroupmap: option('--cgroupmap', { parse: text, help: 'trace cgroups in this BPF map only' }),
    cgroup_of: option('--cgroup-of', { metavar: 'PID', parse: integer, help: 'trace the cgroup of a process' }),
    ebpf: flag('--ebpf', undefined),
    interval: optionalOperand(99, { parse: integer, help: 'output interval, in seconds' }),
    names: operands('*', { parse: text, help: 'names' }),
  },
};
const columns = 80;

t.test('as argparse', async (t) => {
  for (const { words, given, status, stdout, stderr } of answers) {
    t.test(words.length === 0 ? '(nothing)' : words.join(' '), async (t) => {
      if (given) {
        const { output, interval, ...others } = parseArguments(words, snoop.options);
        const set = Object.entries({ ...others, ...(output === 'text' ? {} : { output }), ...(interval === 99 ? {} : { interval }) }).filter(([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0));
        t.same(Object.fromEntries(set), given);
      } else if (status === 0) {
        caught(HelpWanted, () => parseArguments(words, snoop.options));
        t.equal(helpText(snoop, columns), stdout);
      } else {
        const error = caught(UsageError, () => parseArguments(words, snoop.options));
        t.equal(`${usageText(snoop, columns)}snoop: error: ${error.message}\n`, stderr);
      }
    });
  }
});

function thrown(act: () => unknown): UsageError {
  return caught(UsageError, act);
}

function caught<Thrown extends Error>(kind: new (message?: string) => Thrown, act: () => unknown): Thrown {
  try {
    act();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`no ${kind.name}`);
}

t.test('the last option takes the rest of the line', async (t) => {
  const options = { time: flag('-T', 'time'), exec: rest('--exec', 'command') };
  t.same(parseArguments(['-T', '--exec', 'ls', '-T', '--', '--exec'], options), { time: true, exec: ['ls', '-T', '--', '--exec'] });
  t.same(parseArguments(['--exec'], options), { time: false, exec: [] });
  t.same(parseArguments([], options), { time: false, exec: undefined });
});

t.test('operands that must be there', async (t) => {
  const options = { pattern: operand({ parse: text, help: 'p' }), more: operands('*', { parse: text, help: 'm' }) };
  t.same(parseArguments(['a', 'b', 'c'], options), { pattern: 'a', more: ['b', 'c'] });
  t.equal(thrown(() => parseArguments([], options)).message, 'the following arguments are required: pattern');
  t.equal(thrown(() => parseArguments([], { probes: operands('+', { metavar: 'probe', parse: text, help: 'm' }) })).message, 'the following arguments are required: probe');
});

t.test('values', async (t) => {
  const of = (parse: (word: string) => unknown, word: string): unknown => parseArguments(['-a', word], { a: option('-a', { parse, help: '' }) }).a;
  t.equal(of(integerFrom(1), '1'), 1);
  t.equal(thrown(() => of(integerFrom(1), '0')).message, "argument -a: '0' is less than 1");
  t.equal(thrown(() => of(integerFrom(1, 60), '61')).message, "argument -a: '61' is not between 1 and 60");
  t.equal(thrown(() => of(integer, '0x10')).message, "argument -a: invalid int value: '0x10'");
  t.equal(thrown(() => of(integer, '9007199254740993')).message, "argument -a: the number '9007199254740993' is too large");
  for (const word of ['1', '64', String(2 ** 40)]) t.equal(of(powerOfTwo, word), Number(word));
  for (const word of ['0', '-2', '3', String(2 ** 32 + 1), String(2 ** 53 - 1)]) t.equal(thrown(() => of(powerOfTwo, word)).message, `argument -a: '${word}' is not a power of two`);
  t.same(of(regex, '(?i)^A'), /^A/i);
  t.ok((of(regex, '(?P<q>["\'])x(?P=q)') as RegExp).test('"x"'));
  t.match(thrown(() => of(regex, '(')).message, /^argument -a: '\(' is not a regular expression: /);
  t.match(of(regex, ''), /(?:)/, 'the empty expression finds itself everywhere');
});
