// What the files of forms of random programs share: the types of a form, the number types of the language, how a value is cut to one.

import type { Choice } from './dice.js';
import type { Env, Expr, Int, Stmt, Text } from './random-programs.js';

/** What makes operands: the generator of random-programs.ts. */
export interface Maker {
  readonly choose: Choice;
  /** a number that no other form of the program has, for names */
  id(): number;
  expression(depth: number, literals?: boolean): Expr;
  condition(depth: number): Expr;
  string(depth: number): Text;
  cast(e: Expr, type: Int): Expr;
  /** a number variable that may be assigned */
  variable(): { readonly name: string; readonly type: Int };
  /** whether the statement stands in no loop */
  readonly outsideLoops: boolean;
}

export type NumberForm = (m: Maker, depth: number) => Expr;
export type TextForm = (m: Maker) => Text;
export type StatementForm = (m: Maker) => Stmt;

export const int = (bits: Int['bits'], signed: boolean): Int => ({ bits, signed });
export const [uint8, uint16, uint32, uint64] = [int(8, false), int(16, false), int(32, false), int(64, false)];
export const [int8, int16, int32, int64] = [int(8, true), int(16, true), int(32, true), int(64, true)];
export const bool: Int = { bits: 8, signed: false, bool: true };

export const s64 = (v: bigint): bigint => BigInt.asIntN(64, v);
export const u64 = (v: bigint): bigint => BigInt.asUintN(64, v);
export const cut = (v: bigint, type: Int): bigint => (type.signed ? BigInt.asIntN(type.bits, v) : BigInt.asUintN(type.bits, v));
export const say = (env: Env, ...lines: readonly string[]): void => void env.lines.push(...lines);
