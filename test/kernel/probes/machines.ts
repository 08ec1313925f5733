// The running machine with less in it: what older kernels lack.

import type { RunningTarget } from '../../../lib/runtime/discover/index.js';
import { runningMachine } from '../../helpers/live-run.js';

/** The same machine, without some of its features. */
export function lacking(...features: string[]): RunningTarget {
  return new Proxy(runningMachine(), {
    get(machine, name) {
      if (name === 'has') return (feature: string) => !features.includes(feature) && machine.has(feature);
      const value = Reflect.get(machine, name) as unknown;
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(machine) : value;
    },
  });
}
