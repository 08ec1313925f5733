import type { Example } from '../lib/pages/playground/example.js';

export function examplesOf(document: string): readonly Example[];
