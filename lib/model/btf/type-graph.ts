// Types by numbers that refer to each other, as BTF has them. Debug information in DWARF answers the same questions.

import type { BtfType, TypeId } from './types.js';

export interface TypeGraph {
  type(id: TypeId): BtfType;
  /** the type behind typedefs, qualifiers and tags */
  resolve(id: TypeId): BtfType;
  /** bytes; undefined for what has none: void, functions, forward declarations */
  sizeOf(id: TypeId): number | undefined;
}
