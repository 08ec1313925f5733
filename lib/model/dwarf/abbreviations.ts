// .debug_abbrev: what the entries of a unit consist of.

import { form } from './constants.js';
import { type Cursor, DamagedDwarf } from './cursor.js';

export interface AttributeForm {
  readonly name: number;
  readonly form: number;
  /** value of DW_FORM_implicit_const */
  readonly implicit: bigint;
}

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly AttributeForm[];
}

export type Abbreviations = ReadonlyMap<number, Abbreviation>;

/** The table that begins where the cursor is. */
export function readAbbreviations(cursor: Cursor): Abbreviations {
  const table = new Map<number, Abbreviation>();
  for (let code = cursor.uleb(); code !== 0; code = cursor.isAtEnd ? 0 : cursor.uleb()) {
    if (table.has(code)) throw new DamagedDwarf(`abbreviation ${code} is there twice`);
    const abbreviation = { tag: cursor.uleb(), hasChildren: cursor.u8() !== 0, attributes: [] as AttributeForm[] };
    for (;;) {
      const name = cursor.uleb();
      const wanted = cursor.uleb();
      const implicit = wanted === form.implicitConst ? cursor.sleb() : 0n;
      if (name === 0 && wanted === 0) break;
      abbreviation.attributes.push({ name, form: wanted, implicit });
    }
    table.set(code, abbreviation);
  }
  return table;
}
