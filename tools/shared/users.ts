// Users by name or number.

import { readFileSync } from 'node:fs';
import { ArgumentProblem } from './options.js';

/** The number of a user of /etc/passwd, or the number itself.
 * @throws ArgumentProblem */
export function userId(word: string): number {
  if (/^\d+$/.test(word)) return Number(word);
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((each) => each.split(':')[0] === word);
  if (line === undefined) throw new ArgumentProblem(`'${word}' is not valid UID or user entry`);
  return Number(line.split(':')[2]);
}
