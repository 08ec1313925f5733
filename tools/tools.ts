// The tools by name; each is loaded when it is wanted.

import type { Tool } from './shared/tool.js';

export const tools = {
  execsnoop: async () => (await import('./execsnoop/execsnoop.js')).execsnoop,
  opensnoop: async () => (await import('./opensnoop/opensnoop.js')).opensnoop,
} satisfies Record<string, () => Promise<Tool>>;
