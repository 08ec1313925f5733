// The entry points of the library: what package.json exports, and the sources they are made of.

/** @type {Readonly<Record<string, string>>} */
export const entryPoints = {
  index: 'lib/index.ts',
  compiler: 'lib/compiler.ts',
  simulate: 'lib/simulate.ts',
  syntax: 'lib/syntax.ts',
  tools: 'tools/index.ts',
};

/** Threads of the library: files beside the entry points that no program imports. */
export const workers = {
  'compile-worker': 'lib/api/compile-worker.ts',
};

/** Those that need neither Node nor Linux. */
export const neutralEntries = ['compiler', 'syntax'];
