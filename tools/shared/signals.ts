// Names of signals by their numbers.

import { constants } from 'node:os';

const names = new Map(Object.entries(constants.signals).reverse().map(([name, number]) => [number, name]));

export function signalName(number: number): string {
  return names.get(number) ?? `SIG${number}`;
}
