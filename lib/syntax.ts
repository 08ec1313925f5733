// tbpf/syntax: the language without a machine, for editors and other tools. Needs neither Linux nor Node.

import { parseParts } from './compiler/parse/parse-parts.js';
import { parse as parseScript } from './compiler/parse/index.js';
import { type Diagnostic, DiagnosticList } from './model/diagnostics/diagnostic.js';
import { CompileError } from './model/diagnostics/errors.js';
import { Source } from './model/source/source.js';
import { formatScript } from './model/syntax/format.js';
import type { SyntaxTree } from './model/syntax/nodes.js';

export type * from './model/syntax/nodes.js';
export type { Face, Hint } from './model/diagnostics/faces.js';
export { Diagnostic, type Note, type Severity } from './model/diagnostics/diagnostic.js';
export { CompileError, TbpfError } from './model/diagnostics/errors.js';
export { renderDiagnostic, renderDiagnostics, type Renderable, type RenderOptions } from './model/diagnostics/render.js';
export { Source, type Place, type Position, type Range, type Span } from './model/source/source.js';

/** What parse() found. */
export interface Parsed {
  /** the probes and definitions that could be understood */
  readonly tree: SyntaxTree;
  /** mistakes of syntax only: what names mean is for check() of tbpf/compiler */
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses a script. Where there are mistakes, the tree holds what lies outside of the probes and definitions that have them.
 * @param name  shown in messages */
export function parse(text: string, name = 'script'): Parsed {
  return parseParts(new Source(name, text));
}

/** The script in the layout of `tbpf --fmt`; comments stay.
 * @throws CompileError  it does not parse */
export function format(text: string, name = 'script'): string {
  const found = new DiagnosticList();
  const tree = parseScript(new Source(name, text), found.report);
  if (!tree) throw new CompileError(found.all);
  return formatScript(tree);
}
