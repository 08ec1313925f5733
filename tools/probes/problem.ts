// What is wrong with a probe text, and where.

import type { Span } from './tree.js';

/** The user typed something that cannot be. `message` is bcc's where bcc has one. */
export class ProbeProblem extends Error {
  constructor(
    message: string,
    readonly span: Span,
    /** what to do */
    readonly advice?: string,
  ) {
    super(message);
  }
}

/** Several lines: what is wrong, the text, a mark below the place.
 * @param what  `error in probe`, `error parsing probe` */
export function problemText(what: string, text: string, { message, span, advice }: ProbeProblem): string {
  const line = text.replace(/[\n\t\r]/g, ' ');
  const start = Math.min(span.start, line.length);
  const marks = '^'.repeat(Math.max(Math.min(span.end, line.length) - start, 1));
  return `${what} '${text}': ${message}\n    ${line}\n    ${' '.repeat(start)}${marks}${advice === undefined ? '' : `\n${advice}`}`;
}

/** A probe text is wrong: the message has several lines and says where. */
export class ProbeTextError extends Error {}

/** @throws ProbeTextError  in place of ProbeProblem */
export function explained<T>(what: string, text: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ProbeProblem)) throw error;
    throw new ProbeTextError(problemText(what, text, error), { cause: error });
  }
}
