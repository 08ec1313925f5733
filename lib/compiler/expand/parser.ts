// The parser as this room sees it: verbs do not import each other.

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Source } from '../../model/source/source.js';
import type { AttachPoint, Expression, SyntaxTree } from '../../model/syntax/nodes.js';

/** The parser, handed in by compile.ts: parameters, `#define` values and imports are text that has to be parsed here. */
export interface Parser {
  parse(source: Source, report: Report): SyntaxTree | undefined;
  parseExpression(text: string, name?: string): Expression | undefined;
  parseInteger(text: string): bigint | undefined;
  splitAttachPoint(text: string): Omit<AttachPoint, 'span' | 'kind'>;
}
