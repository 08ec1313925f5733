// What the compiler says about the script of a tool, in terms of what the user typed.

import { CompileError, type Diagnostic, NotSupportedError } from '../../lib/index.js';
import { ToolFailure } from '../shared/failure.js';
import type { MarkedScript, Origin } from './marks.js';
import { ProbeProblem, ProbeTextError, problemText } from './problem.js';

export interface Typed {
  /** `error in probe` */
  readonly what: string;
  readonly texts: readonly string[];
  /** What to trace in place of a function that is not there. */
  readonly advice: (probe: number) => string | undefined;
}

/** Runs `body`.
 * @throws ToolFailure  in place of a CompileError, a NotSupportedError of the compiler or a ProbeTextError, with the places of the probe texts */
export async function inTermsOf<T>({ what, texts, advice }: Typed, script: MarkedScript, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof CompileError) && !(error instanceof NotSupportedError && error.diagnostics.length > 0)) throw error;
    const wrong = error.diagnostics.filter(({ severity }) => severity === 'error');
    const told = wrong.map((diagnostic) => told1(diagnostic, script.originOf(diagnostic.span?.start ?? -1)));
    throw new ToolFailure([...new Set(told)].join('\n'), 1, { cause: error });
  }

  function told1({ message: said, hints: advised }: Diagnostic, origin: Origin | undefined): string {
    const plain = [said, ...advised.map(({ text }) => text)];
    const [message = said, ...hints] = plain.some((text) => /\busdt\b/.test(text)) ? plain.map(inBccTerms) : plain;
    if (origin === undefined) return [message, ...hints].join('. ');
    const newer = /^No matches for/.test(message) ? advice(origin.probe) : undefined;
    const help = newer === undefined ? hints : [newer];
    return problemText(what, texts[origin.probe]!, new ProbeProblem(message, origin, help.length > 0 ? help.join(' ') : undefined));
  }
}

/** What the compiler says about a USDT probe: the first argument is arg1 here, and the type is `u`. */
function inBccTerms(text: string): string {
  return text.replace(/^No matches for usdt probe (.*)\.$/s, 'unrecognized USDT probe $1')
    .replace(/(?<=^|\s)arg(\d+)(?=[\s.]|$)/g, (_, number: string) => `arg${Number(number) + 1}`)
    .replace(/(?<=^|\s)usdt:/g, 'u:');
}

/** Probe texts become a script.
 * @throws ToolFailure */
export function scripted<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof ProbeTextError) throw new ToolFailure(error.message, 1, { cause: error });
    throw error;
  }
}
