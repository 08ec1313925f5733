// Whether text is coloured: BPFTRACE_COLOR says so, else NO_COLOR (https://no-color.org), else whether terminals show it.

import { isTerminal } from './terminal.js';

const STDOUT = 1;
const STDERR = 2;

export function wantsColour(environment: NodeJS.ProcessEnv, warn: (text: string) => void): boolean {
  const setting = environment['BPFTRACE_COLOR'] ?? 'auto';
  if (setting === 'always' || setting === 'never') return setting === 'always';
  if (setting !== 'auto') warn(`Invalid env value! The valid values of BPFTRACE_COLOR are auto, always, never; it is ${setting}`);
  return !noColour(environment) && isTerminal(STDOUT) && isTerminal(STDERR);
}

/** The user wants no colours, also where they do not depend on a terminal. An empty value means nothing. */
export function noColour(environment: NodeJS.ProcessEnv): boolean {
  return (environment['NO_COLOR'] ?? '') !== '';
}
