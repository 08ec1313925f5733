// What the last word of a command line may become.
//
//   in     the words behind `tbpf`, the last one as far as it is typed
//   out    whole words that begin with it; a word that ends in a colon, a slash or an equals sign goes on; `:files`: any file

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/native/addon-file.js';
import { optionSpecs, type OptionSpec } from '../line/options.js';
import { subcommands } from '../line/subcommands.js';
import { probes } from './probes.js';
import { shells } from './shells.js';

const FILES = ':files';

export function candidates(words: readonly string[]): string[] {
  const word = words.at(-1) ?? '';
  const { operands, open, lists, behindDashes } = read(words.slice(0, -1));
  if (behindDashes) return [FILES];
  if (open) return argumentsOf(open, word);
  if (word.startsWith('--') && word.includes('=')) {
    const spec = optionSpecs.find(({ name }) => `--${name}` === word.slice(0, word.indexOf('=')));
    const head = word.slice(0, word.indexOf('=') + 1);
    return spec ? argumentsOf(spec, word.slice(head.length)).map((each) => (each === FILES ? each : head + each)) : [];
  }
  if (word.startsWith('-') && word !== '-') return beginning(word, optionSpecs.flatMap(namesOf));
  // -l also lists the probes of a script
  if (lists) return [...probes(word), ...(word.includes(':') ? [] : [FILES])];
  const [first] = operands;
  if (first === undefined) return [...beginning(word, [...subcommands.map(({ name }) => name), ...tools()]), FILES];
  switch (first) {
    case 'doctor': case 'facts': return [];
    case 'completions': return operands.length === 1 ? beginning(word, Object.keys(shells)) : [];
    case 'explain': return beginning(word.toUpperCase(), codes());
    default: return [FILES];
  }
}

const beginning = (word: string, all: readonly string[]): string[] => all.filter((each) => each.startsWith(word));

const namesOf = ({ name, short, argument, optionalNumber }: OptionSpec): string[] => [...(short === undefined ? [] : [`-${short}`]), ...(name.length > 1 ? [`--${name}${argument === undefined || optionalNumber ? '' : '='}`] : [])];

interface Before {
  readonly operands: readonly string[];
  /** the option whose argument comes next */
  readonly open: OptionSpec | undefined;
  /** -l: operands are probes */
  readonly lists: boolean;
  readonly behindDashes: boolean;
}

/** The words in front. Those of -e and -l have been seen by their options. */
function read(words: readonly string[]): Before {
  const operands: string[] = [];
  let open: OptionSpec | undefined;
  let lists = false;
  for (const word of words) {
    if (open) {
      if (open.name === 'e') operands.push(word);
      open = undefined;
    } else if (word === '--') return { operands, open, lists, behindDashes: true };
    else if (word.startsWith('--')) {
      const spec = optionSpecs.find(({ name }) => `--${name}` === word.split('=')[0]);
      lists ||= spec?.name === 'list';
      if (spec?.argument !== undefined && !spec.optionalNumber && !word.includes('=')) open = spec;
    } else if (word.startsWith('-') && word !== '-') {
      for (let i = 1; i < word.length; i++) {
        const spec = optionSpecs.find(({ short }) => short === word[i]);
        lists ||= spec?.name === 'list';
        if (spec?.argument === undefined) continue;
        if (i === word.length - 1) open = spec;
        break;
      }
    } else operands.push(word);
  }
  return { operands, open, lists, behindDashes: false };
}

function argumentsOf({ name, words, argument }: OptionSpec, word: string): string[] {
  if (words) return beginning(word, words);
  if (name === 'e') return inProgram(word);
  switch (argument) {
    case 'PID': return beginning(word, readdirSync('/proc').filter((each) => /^\d+$/.test(each)));
    case 'FILE': case 'DIR': case 'FACTS': case 'CMD': return [FILES];
    default: return [];
  }
}

/** The probe that a program's text ends in, if it does. */
function inProgram(text: string): string[] {
  const open = (text.match(/\{/g)?.length ?? 0) - (text.match(/\}/g)?.length ?? 0);
  const [head] = /^(?:[^]*[\s,}])?/.exec(text)!;
  return open > 0 ? [] : probes(text.slice(head.length)).map((probe) => head + probe);
}

function tools(): string[] {
  const { bin } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { bin: Record<string, string> };
  return Object.keys(bin).filter((name) => name.endsWith('-tbpf')).map((name) => name.slice(0, -'-tbpf'.length));
}

/** Of messages: the headings of docs/errors. */
function codes(): string[] {
  const folder = join(packageRoot(), 'docs/errors');
  return readdirSync(folder).flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/^## ([A-Z]\d{4})$/gm)].map(([, code]) => code!)).sort();
}
