export { Symbolizer, type SymbolizerOptions } from './symbolizer.js';
export type { CacheMode, ProbedBinary } from './user-symbols.js';
