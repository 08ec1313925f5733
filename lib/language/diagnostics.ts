// What records say about their use: F codes.

import { diagnostic } from '../model/diagnostics/diagnostic.js';

export const notInProbe = diagnostic<{ text: string; hint?: string }>('F0101', { message: (a) => a.text, hint: (a) => a.hint });
export const badArgument = diagnostic<{ text: string; hint?: string }>('F0102', { message: (a) => a.text, hint: (a) => a.hint });
export const argumentWarning = diagnostic<{ text: string }>('F0103', { severity: 'warning', message: (a) => a.text });
export const emittedName = diagnostic<{ name: string }>('F0104', {
  message: (a) => `'${a.name}' cannot be the name of an event`,
  hint: () => 'A name begins with a letter and goes on with letters, digits, _, - and dots.',
});
export const emittedRecord = diagnostic<{ type: string }>('F0105', {
  message: (a) => `emit() sends a record (${a.type} provided)`,
  hint: () => 'Give each value a name: emit("open", (pid = pid, path = str(args.filename))).',
});
