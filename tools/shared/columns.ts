// What a tool prints of one record: described once, for text, CSV and JSON.
//
//   idea   a column knows its heading and width in text, its name in CSV and JSON, and how it gets its value from a record. Text has the columns
//          that the options ask for; CSV and JSON have all, so that a program finds the same fields whatever the options

import { padder, type Printable } from './pad.js';

export type FieldValue = string | number | bigint | boolean | null | readonly (string | null)[];

/** JSON's names of types, and `integer` for numbers without fractions: 64-bit ones beyond 2^53 are strings of digits. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'strings';

export interface Column<Row> {
  /** name in CSV and JSON: lower case, with the unit in it (`lat_ns`) */
  readonly field: string;
  readonly type: FieldType;
  /** what the field is, for the record that describes the columns */
  readonly doc: string;
  readonly value: (row: Row) => FieldValue;
  /** undefined: not in text */
  readonly text?: TextColumn<Row>;
  /** false: neither in CSV nor in JSON, because the options do not ask for what it costs to find out */
  readonly known?: boolean;
}

/** A column of a record that programs get: one of its fields, with a value of that field's type. */
export type ColumnOf<Row, Of> = {
  [Field in keyof Of & string]-?: Omit<Column<Row>, 'field' | 'value'> & { readonly field: Field; readonly value: (row: Row) => Exclude<Of[Field], undefined> }
}[keyof Of & string];

export interface TextColumn<Row> {
  readonly heading: string;
  /** printf formats with what stands behind the column: `%-7s `, `%-7d ` */
  readonly head: string;
  readonly row: string;
  readonly shown: boolean;
  /** default: the value of the field */
  readonly value?: (row: Row) => Printable;
}

export interface TextLines<Row> {
  /** without newline, as the rows */
  readonly heading: string;
  row(row: Row): string;
}

/** The columns that text shows, in order.
 * @param clean  makes text of traced programs fit for the reader (escapes control characters on a terminal) */
export function textLines<Row>(columns: readonly Column<Row>[], clean: (text: string) => string = (text) => text): TextLines<Row> {
  const shown = columns.flatMap(({ text, value }) => (text?.shown ? [{ ...text, pad: padder(text.row), value: text.value ?? ((row: Row) => printable(value(row))) }] : []));
  return {
    heading: shown.map(({ head, heading }) => padder(head)(heading)).join(''),
    row: (row) => shown.map(({ pad, value }) => {
      const field = value(row);
      return pad(typeof field === 'string' ? clean(field) : field);
    }).join(''),
  };
}

/** Any field as text: lists joined by blanks, nothing for null. */
export function printable(value: FieldValue): Printable {
  if (value === null) return '';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? value.join(' ') : value;
}
