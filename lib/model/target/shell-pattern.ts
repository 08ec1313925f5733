// Shell patterns: `*` any characters, `?` one, `[a-z]` one of these, `[!a-z]` one of the others, `{a,b}` one of several texts, `\x` the character itself.

import { OptionError } from '../diagnostics/errors.js';

/** The regular expression of a shell pattern (`*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, `\\x`) that a whole text has to match. `*` and `?` match everything, also `/`.
 * @throws OptionError  `[z-a]` and the like */
export function shellPattern(pattern: string): RegExp {
  try {
    return new RegExp(`^${sourceOf(pattern)}$`, 's');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new OptionError('pattern', `'${pattern}' is no shell pattern`, 'ERR_OPTION_VALUE');
  }
}

/** What every match begins with. */
export function shellPrefix(pattern: string): string {
  return /^(?:[^*?[{\\]|\\.)*/su.exec(pattern)![0].replace(/\\(.)/gsu, '$1');
}

function sourceOf(pattern: string): string {
  let source = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    const set = character === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
    if (set) {
      source += `[${set[1] ? '^' : ''}${set[2]!.replace(/[\\\]^[]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else if (character === '\\' && at + 1 < pattern.length) source += escape(pattern[++at]!);
    else if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '{' && pattern.indexOf('}', at) > 0) { source += '(?:'; depth++; }
    else if (character === ',' && depth > 0) source += '|';
    else if (character === '}' && depth > 0) { source += ')'; depth--; }
    else source += escape(character);
  }
  return source;
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
}
