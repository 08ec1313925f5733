// Static probes of programs, by provider and name; libbpf reads their notes and counts their semaphores up.

import { cookieOf, type Provider } from './place.js';

export const usdt: Provider<'usdt'> = {
  kind: 'usdt',
  places: ({ path, provider, name, pid }, context) => [{ kind: 'usdt', path, provider, name, pid: pid ?? context.childPid, ...cookieOf(context) }],
};
