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
    throw new ToolFailure([...new Set(told)].join('\n'));
  }

  function told1({ message, hints }: Diagnostic, origin: Origin | undefined): string {
    if (origin === undefined) return [message, ...hints.map(({ text }) => text)].join('. ');
    const newer = /^No matches for/.test(message) ? advice(origin.probe) : undefined;
    const help = [...(newer === undefined ? hints.map(({ text }) => text).filter((text) => !text.includes('tbpf ')) : [newer])];
    return problemText(what, texts[origin.probe]!, new ProbeProblem(message, origin, help.length > 0 ? help.join(' ') : undefined));
  }
}

/** Probe texts become a script.
 * @throws ToolFailure */
export function scripted<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof ProbeTextError) throw new ToolFailure(error.message);
    throw error;
  }
}
