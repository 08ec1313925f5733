// What records say about their use: F codes.

import { diagnostic } from '../model/diagnostics/diagnostic.js';

export const notInProbe = diagnostic<{ text: string; hint?: string }>('F0101', { message: (a) => a.text, hint: (a) => a.hint });
export const badArgument = diagnostic<{ text: string; hint?: string }>('F0102', { message: (a) => a.text, hint: (a) => a.hint });
export const argumentWarning = diagnostic<{ text: string }>('F0103', { severity: 'warning', message: (a) => a.text });
