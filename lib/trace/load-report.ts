// A program that the kernel refused: which line of the script, why in words, where the whole log is.
//
//   in     LoadError of the addon, the object that was loaded
//   out    a diagnostic with the place in the script
//   idea   the log names the offending instruction; every instruction knows the script text it was made for

import { slotCount } from '../model/bpf/insn.js';
import type { ObjectSpec } from '../model/bpf/object-spec.js';
import { diagnostic, type Diagnostic } from '../model/diagnostics/diagnostic.js';
import type { LoadError } from '../model/diagnostics/errors.js';
import type { Span } from '../model/source/source.js';
import { complaintOf, explainVerifierLog, faultyInstruction } from '../runtime/session/verifier-messages.js';

const refused = diagnostic<{ words: string | undefined; complaint: string }>('V0001', {
  message: ({ words }) => `the kernel's verifier refused the program${words === undefined ? '' : `: ${words}`}`,
  hint: ({ complaint }) => complaint !== '' && `the verifier says: ${complaint}`,
});
const notLoaded = diagnostic<{ program: string; code: string }>('V0002', { message: ({ program, code }) => `Error loading BPF program for ${program}. Error code: ${code}.` });

/** The script is not at fault in the first place: what the compiler accepts, verifiers should accept. */
const FAULT = 'A script that compiles should load: this is a mistake in tbpf. Use -v for full kernel error log.';

export function reportLoadError(error: LoadError, object: ObjectSpec | undefined): Diagnostic {
  const { log, program, errno, message } = error;
  if (log === '') return notLoaded.at(undefined, { program: program ?? 'the script', code: `${-(errno ?? 0)} (${message})` }).hint('Use -v for full kernel error log.');
  return refused.at(faultySpan(log, object, program), { words: explainVerifierLog(log), complaint: complaintOf(log) }).hint(FAULT);
}

/** What the instruction was made for that the log names last. Callbacks follow the program in the kernel's numbering. */
function faultySpan(log: string, object: ObjectSpec | undefined, program: string | undefined): Span | undefined {
  const found = object?.programs.find(({ name }) => name === program);
  const slot = faultyInstruction(log);
  if (!object || !found || slot === undefined) return undefined;
  let at = 0;
  let before: Span | undefined;
  for (const insn of [...found.insns, ...object.subprograms.flatMap(({ insns }) => insns)]) {
    before = insn.span ?? before;
    at += slotCount(insn);
    if (at > slot) return before;
  }
  return before;
}
