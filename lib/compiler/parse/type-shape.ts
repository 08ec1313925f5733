// Does a parenthesis open a type?
//
//   in     the script and the offset of a `(`
//   idea   a look ahead at the text: what stands up to the next `)` and what follows it decide
//   facts  language.md 1.3 ("(name) e": a cast when name is no builtin word and an operand follows) and 1.4 (type context)

import { integerNamed, languageIntegers } from '../../model/types/c-words.js';
import { GAP, isBuiltinWord, keywords } from './tokens.js';

/** `( T` where T may be a type: 1 its tag, 2 its name, 3 what follows the name, up to `)` or, in offsetof, `,`. */
const typeShape = new RegExp(
  `\\(${GAP}(?:(struct|union|enum)\\b${GAP})?([A-Za-z_]\\w*)${GAP}((?:(?:\\*|\\[[^\\]]*\\])${GAP})*)(?=[),])`, 'y');
const typeofShape = new RegExp(`\\(${GAP}typeof${GAP}\\(`, 'y');
/** After `)`: something that begins an operand. */
const operandStart = new RegExp(`[),]${GAP}(?:[0-9$@"(~A-Za-z_]|!(?!=)|-(?![=>-])|\\*(?!=)|&(?![&=])|(?:\\+\\+|--)${GAP}[$@])`, 'y');
/** the same without what may also be infix */
const plainOperandStart = new RegExp(`[),]${GAP}(?:[0-9$@"(~A-Za-z_]|!(?!=))`, 'y');

interface Shape {
  /** can be nothing but a type */
  readonly certain: boolean;
  /** offset of the `)` or `,` after it; undefined where it was not looked for */
  readonly end: number | undefined;
}

/** What stands between a `(` and the next `)` or `,` if it can be a type. */
function shapeOfType(text: string, start: number): Shape | undefined {
  typeofShape.lastIndex = start;
  if (typeofShape.test(text)) return { certain: true, end: undefined };
  typeShape.lastIndex = start;
  const shape = typeShape.exec(text);
  if (!shape) return undefined;
  const [, tag, name, suffix] = shape as unknown as [string, string | undefined, string, string];
  if (!tag && (keywords.has(name) || isBuiltinWord(name))) return undefined;
  return { certain: tag !== undefined || suffix.includes('*') || /\[\s*\]/.test(suffix) || isIntegerWord(name), end: typeShape.lastIndex };
}

/** `(uint8[8])-1` is a cast, `(name[8]) - 1` of a macro's parameter a subtraction. */
const isIntegerWord = (name: string): boolean => languageIntegers.has(name) || integerNamed(name) !== undefined;

/** The `(` after `sizeof` and its like. */
export const opensType = (text: string, start: number): boolean => shapeOfType(text, start) !== undefined;

/** A `(` where an operand is expected. */
export function opensCast(text: string, start: number): boolean {
  const shape = shapeOfType(text, start);
  if (!shape) return false;
  if (shape.end !== undefined && text[shape.end] !== ')') return false;
  if (shape.certain || shape.end === undefined) return true;
  const isArray = text.slice(start, shape.end).includes('[');
  const follows = isArray ? plainOperandStart : operandStart;
  follows.lastIndex = shape.end;
  return follows.test(text);
}
