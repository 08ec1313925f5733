// `tbpf facts [PROBES] > FACTS`: what `tbpf build --for FACTS` must know of this machine, as JSON. Without probes: all that it may ask.

import { recordFacts } from '../../api/record-facts.js';
import { openMachine } from '../../api/machine.js';
import { OptionError } from '../../model/diagnostics/errors.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { loadNative } from '../../runtime/native/index.js';
import { checkPrivileges } from '../../trace/machine-checks.js';
import type { CommandLine } from '../line/command-line.js';
import { Failure, status } from '../output/failure.js';
import { print } from '../output/standard.js';
import { replaceFile } from '../output/replace-file.js';

const everything = ['tracepoint:*:*', 'rawtracepoint:*', 'kprobe:*'];

export function recordMachine({ parameters, output }: CommandLine): number {
  checkPrivileges(loadNative());
  const text = `${JSON.stringify(factsOf(parameters.length > 0 ? parameters : everything))}\n`;
  if (output === undefined) print(text);
  else replaceFile(output, bytesOfText(text), 'the facts');
  return status.ok;
}

function factsOf(probes: readonly string[]): object {
  try {
    return recordFacts(openMachine(), probes, { types: true });
  } catch (error) {
    if (error instanceof OptionError) throw new Failure(`ERROR: ${error.message}`, status.wrong);
    throw error;
  }
}
