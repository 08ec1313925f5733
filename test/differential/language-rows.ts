// Rows of test/language/cases that an old bpftrace may know: one begin block, without parameters, in text or JSON.

import { caseFiles, readCases } from '../helpers/language-cases.js';
import type { DifferentialProgram } from './program.js';

/** Words that bpftrace 0.17 does not know; what has one of them is not tried. Each start that ends in a refusal costs half a second. */
const newer: readonly (readonly [since: string, word: RegExp])[] = [
  ['0.20', /\blen\(|\bhist\([^()]*,/], ['0.21', /\bfor\b|\bexit\([^)]/], ['0.22', /\blet\b|\bhas_key\(|\bdelete\([^()[\]]*,|\bdelete\((?!@)/], ['0.23', /\bstrlen\(|\boffsetof\(|\b(?:nsecs|strstr)\(/],
  ['0.24', /\btrue\b|\bfalse\b|\bbool\b|\berrorf\(|\bwarnf\(|\btseries\(|\bimport\b|\bassert\(|\bgetopt\(|\bncpus\b|\b\d+(?:ns|us|ms|s|m|h|d)\b|\b(?:comm|pid|tid|elapsed|cpu)\(|_ =/],
  ['0.25', /\b\w+=[^=;]*\)|\bfind\(|\btypeof\(|\btypeinfo\(|\bcomptime\b|\b(?:strcap|str_concat|memcmp|strerror|signal_name|syscall_name|is_\w+)\(/], ['0.26', /\?:|&[$@]/],
];

export interface LanguageRows {
  readonly programs: readonly DifferentialProgram[];
  /** Rows that are left out, by the version that has their words. */
  readonly leftOutBySince: ReadonlyMap<string, number>;
  /** Rows that are no single begin block, or take parameters, settings or an exit of their own. */
  readonly otherShape: number;
}

export function languageRows(): LanguageRows {
  const programs: DifferentialProgram[] = [];
  const leftOutBySince = new Map<string, number>();
  let otherShape = 0;
  for (const file of caseFiles()) {
    for (const one of readCases(file)) {
      const body = onlyBlock(one.script);
      const isPlain = one.format !== 'ndjson' && one.parameters.length === 0 && [...one.settings].every((setting) => setting === 'json') && one.status === 0;
      if (body === undefined || !isPlain || /\bexit\(|\breturn\b/.test(body)) {
        otherShape++;
        continue;
      }
      const since = newer.find(([, word]) => word.test(body.replaceAll(/"(?:\\.|[^"\\])*"/g, '""')))?.[0];
      if (since !== undefined) leftOutBySince.set(since, (leftOutBySince.get(since) ?? 0) + 1);
      else programs.push({ name: `${file}/${one.title}`, body, format: one.format === 'json' ? 'json' : 'text', mayBeRefused: true });
    }
  }
  return { programs, leftOutBySince, otherShape };
}

/** Body of the script's only block, where that is a begin block without a predicate. */
function onlyBlock(script: string): string | undefined {
  const head = /^begin\s*\{/i.exec(script);
  if (head === null) return undefined;
  let depth = 0;
  for (const token of script.matchAll(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[{}]/g)) {
    if (token[0] === '{') depth++;
    if (token[0] === '}' && --depth === 0) return token.index === script.length - 1 ? script.slice(head[0].length, -1).trim() : undefined;
  }
  return undefined;
}
