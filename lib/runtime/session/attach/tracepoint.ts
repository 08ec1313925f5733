// Classic tracepoints: through a perf event of their id in tracefs.

import { cookieOf, type Provider } from './place.js';

export const tracepoint: Provider<'tracepoint'> = {
  kind: 'tracepoint',
  order: () => 'forward',
  places: ({ category, event }, context) => [{ kind: 'tracepoint', category, event, ...cookieOf(context) }],
};
