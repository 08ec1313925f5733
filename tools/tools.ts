// The tools by name; each is loaded when it is wanted.

import type { Tool } from './shared/tool.js';

export const tools = {
  argdist: async () => (await import('./argdist/argdist.js')).argdist,
  execsnoop: async () => (await import('./execsnoop/execsnoop.js')).execsnoop,
  funccount: async () => (await import('./funccount/funccount.js')).funccount,
  opensnoop: async () => (await import('./opensnoop/opensnoop.js')).opensnoop,
  serve: async () => (await import('./serve/serve.js')).serve,
  trace: async () => (await import('./trace/trace.js')).trace,
} satisfies Record<string, () => Promise<Tool>>;
