// `tbpf explain CODE…`: what a message means, why it is said, and what to do. Without a code: all codes; with other words: messages that have them.
//
//   facts  the texts are docs/errors/*.md, a section for each code (explanations.ts); a test compiles their examples

// every room that declares messages comes with it
import '../../compile.js';
import '../../trace/load-report.js';
import { diagnosticKinds } from '../../model/diagnostics/diagnostic.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import type { CommandLine } from '../line/command-line.js';
import { Failure, status } from '../output/failure.js';
import { print } from '../output/standard.js';
import { type Explanation, readExplanations } from './explanations.js';

const CODE = /^[A-Za-z]\d{4}$/;

export function explain({ parameters: words }: CommandLine): number {
  if (words.length === 0) {
    print(listOf([...diagnosticKinds.keys()]));
    return status.ok;
  }
  const codes = words.every((word) => CODE.test(word)) ? words.map((word) => knownCode(word.toUpperCase())) : codesWith(words);
  if (codes.length > 1 && !CODE.test(words[0]!)) print(listOf(codes));
  else {
    const explanations = readExplanations();
    print(codes.map((code) => pageOf(code, explanations.get(code)!)).join('\n'));
  }
  return status.ok;
}

/** @throws Failure  no message has this code */
function knownCode(code: string): string {
  if (diagnosticKinds.has(code)) return code;
  const near = nearest(code, diagnosticKinds.keys());
  throw new Failure(`ERROR: No message has the code ${code}${near === undefined ? '' : `; the nearest is ${near}`}.\nHINT: tbpf explain lists all codes, and tbpf explain WORDS those whose message has these words.`, status.wrong);
}

/** Messages that have all the words.
 *  @throws Failure  there are none */
function codesWith(words: readonly string[]): string[] {
  const wanted = words.flatMap((word) => word.toLowerCase().split(/\s+/)).filter((word) => word !== '');
  const found = [...diagnosticKinds].filter(([code]) => {
    const own = messageOf(code).toLowerCase().replace(/‹\w+›/g, ' ').split(/[^\w$-]+/);
    return wanted.every((word) => own.some((other) => other.startsWith(word)));
  });
  if (found.length === 0) throw new Failure(`ERROR: No message has the words ${words.join(' ')}.\nHINT: Give words that are the same in every case, without names and numbers: tbpf explain undefined map`, status.wrong);
  return found.map(([code]) => code);
}

const messageOf = (code: string): string => diagnosticKinds.get(code)!.template('command').message;

function listOf(codes: readonly string[]): string {
  return [...codes].sort().map((code) => `${code}  ${messageOf(code)}\n`).join('');
}

function pageOf(code: string, { text, wrong, cured }: Explanation): string {
  const indented = (script: string): string => script.split('\n').map((line) => `    ${line}\n`).join('');
  const examples = wrong === undefined ? '' : `\nFor example:\n\n${indented(wrong.script)}\nCured:\n\n${indented(cured!.script)}`;
  return `${code} (${diagnosticKinds.get(code)!.severity}): ${messageOf(code)}\n\n${text}\n${examples}`;
}
