// `--name=value` behind `--`: values of the script's named parameters.
//
//   in     words of the command line, the parameters that the script has
//   out    values by name; or what is wrong, for stderr
//   facts  language.md 8.4: a bool may be given as true 1 yes on, false 0 no off or by its bare name; numbers as in scripts, and 0b…

import { parseInteger } from '../../compiler/parse/literals.js';
import { outOfRange } from '../../language/parameter-values.js';
import type { ManifestParameter, NamedParameter, ParameterValue } from '../../model/layout/parameters.js';

const truths = ['true', '1', 'yes', 'on'];
const untruths = ['false', '0', 'no', 'off'];

export type NamedValues = { readonly values: ReadonlyMap<string, ParameterValue> } | { readonly complaint: string };

/** Of several words for one parameter the last counts. */
export function namedValues(words: readonly string[], parameters: readonly ManifestParameter[]): NamedValues {
  const given = words.map(splitWord);
  const unknown = given.filter(({ name }) => !parameters.some((each) => each.name === name));
  if (unknown.length > 0) {
    return { complaint: `ERROR: unexpected program command line options: ${unknown.map(({ name }) => `--${name}`).join(', ')}\nHINT: ${describeExpected(parameters)}` };
  }
  const values = new Map<string, ParameterValue>();
  const complaints: string[] = [];
  for (const { name, text } of given) {
    const read = readValue(parameters.find((each) => each.name === name)!, text);
    if ('value' in read) values.set(name, read.value);
    else complaints.push(`ERROR: program command line option --${name} ${read.complaint} (value: ${shown(text ?? 'true')})`);
  }
  return complaints.length > 0 ? { complaint: complaints.join('\n') } : { values };
}

function splitWord(word: string): { readonly name: string; readonly text: string | undefined } {
  const equals = word.indexOf('=');
  return equals < 0 ? { name: word.slice(2), text: undefined } : { name: word.slice(2, equals), text: word.slice(equals + 1) };
}

const SHOWN_CHARACTERS = 80;

function shown(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** @param text  undefined: the bare name */
function readValue(parameter: ManifestParameter, text: string | undefined): { readonly value: ParameterValue } | { readonly complaint: string } {
  if (parameter.type === 'bool') {
    const word = (text ?? 'true').toLowerCase();
    return truths.includes(word) || untruths.includes(word) ? { value: truths.includes(word) } : { complaint: "expects a boolean (e.g. 'true')" };
  }
  if (text === undefined) return { complaint: parameter.type === 'string' ? 'expects a string' : 'expects an integer' };
  if (parameter.type === 'string') {
    const complaint = outOfRange(parameter, text);
    return complaint === undefined ? { value: text } : { complaint };
  }
  const value = parseInteger(text);
  if (value !== undefined) return outOfRange(parameter, value) === undefined ? { value } : { complaint: 'value is out of range' };
  // a number that only has too many digits
  return { complaint: /^-?(0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)$/.test(text) ? 'value is out of range' : 'invalid integer' };
}

function describeExpected(parameters: readonly NamedParameter[]): string {
  if (parameters.length === 0) return 'The script has no options of its own: it calls no getopt().';
  const lines = parameters.map(({ name, description }) => `--${name}${description === undefined ? '' : `: ${description}`}`);
  return `expected program options:${lines.length === 1 ? ` ${lines[0]!}` : lines.map((line) => `\n    ${line}`).join('')}`;
}
