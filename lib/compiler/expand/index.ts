// SyntaxTree → SyntaxTree: everything that is settled before types are looked at.
//
//   in     the tree of one script; facts about the target; parameters; how to read imports and headers
//   out    a tree of probes, subprograms and map declarations only, the types that the script defines in C, its named parameters
//   order  imports, C definitions, unreachable statements, positional parameters, macros, defines, restriction, comptime, folding, size
//   facts  language.md 1.9 to 1.16

import type { Diagnostic, Report } from '../../model/diagnostics/diagnostic.js';
import type { NamedParameter } from '../../model/layout/parameters.js';
import { fold } from '../../model/syntax/fold.js';
import { Source } from '../../model/source/source.js';
import type { CDefinition, SyntaxTree } from '../../model/syntax/nodes.js';
import type { Target } from '../../model/target/target.js';
import { foldComplaints } from '../../language/folding.js';
import { standardMacros } from '../../language/macros/index.js';
import type { ExternalFunction } from '../../language/external-functions.js';
import type { Restriction } from '../../language/restriction.js';
import type { TypeSource } from '../../language/type-source.js';
import { type CDefinitions, type ReadHeader, readDefinitions } from './c-definitions/index.js';
import { resolveLiterals } from './comptime.js';
import { replaceDefines } from './defines.js';
import { type ReadImport, resolveImports } from './imports.js';
import { type MacroLibrary, expandMacros } from './macros.js';
import { readNamedParameters } from './named-parameters.js';
import type { Parser } from './parser.js';
import { type Parameters, replacePositionals } from './positional.js';
import { checkSize } from './size.js';
import { restrict } from './restrict.js';
import { removeUnreachable } from './unreachable.js';

export type { Parser, ReadHeader, ReadImport };
export { AT_RUN } from './positional.js';
export type { ImportedFile, ImportResult } from './imports.js';

export interface ExpandOptions {
  readonly target: Pick<Target, 'btf' | 'kernelRelease'> & Partial<Pick<Target, 'arch'>>;
  /** what definitions may mention without an include */
  readonly kernelTypes: TypeSource;
  readonly parser: Parser;
  /** as typed, `$1` first; AT_RUN: whoever runs the program gives them */
  readonly parameters?: Parameters;
  readonly report: Report;
  /** value of `unstable_import_statement` */
  readonly importStatements?: 'enable' | 'warn' | 'error';
  readonly readImport?: ReadImport;
  /** text of a header the script includes; undefined: not found. Kernel headers need not be found where there is BTF. */
  readonly readHeader?: ReadHeader;
  /** headers that are read before all others, each as it stands behind `#include` */
  readonly includes?: readonly string[];
  /** called for a header that is not there: what it would define is taken from the kernel's BTF */
  readonly onMissingHeader?: (name: string) => void;
  /** what every probe tests besides */
  readonly restriction?: Restriction;
  /** process of -p */
  readonly pid?: number;
  /** macros of the language */
  readonly library?: MacroLibrary;
}

export interface Expanded {
  readonly tree: SyntaxTree;
  /** structs, unions, enums and constants of the script's C definitions */
  readonly types: TypeSource;
  /** what getopt() asks for */
  readonly parameters: readonly NamedParameter[];
  /** functions of imported BPF objects by name, and these objects by file name */
  readonly externals: ReadonlyMap<string, ExternalFunction>;
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

/** @returns undefined when something is wrong; every finding went to `report` */
export function expand(tree: SyntaxTree, options: ExpandOptions): Expanded | undefined {
  const { parser, target } = options;
  let failed = false;
  const report = (diagnostic: Diagnostic): void => {
    failed ||= diagnostic.severity === 'error';
    options.report(diagnostic);
  };

  const allowStatements = (options.importStatements ?? 'error') !== 'error';
  const imported = resolveImports(tree, { parser, readImport: options.readImport, readHeader: options.readHeader, allowStatements, report });
  if (failed) return undefined;
  let definitions: CDefinitions | undefined;
  const passes: readonly ((tree: SyntaxTree) => SyntaxTree)[] = [
    (now) => {
      definitions = readDefinitions([...(options.includes ?? []).map(includeLine), ...now.definitions], {
        target, kernelTypes: options.kernelTypes, readHeader: imported.readHeader, onMissingHeader: options.onMissingHeader, report,
      });
      return now;
    },
    (now) => removeUnreachable(now, report),
    (now) => replacePositionals(now, options.parameters ?? [], parser, report),
    (now) => expandMacros(now, options.library ?? standardMacros, report),
    (now) => replaceDefines(now, definitions!.macros, options.parameters ?? [], parser, report),
    (now) => (options.restriction ? restrict(now, options.restriction, { parser, target, report, pid: options.pid }) : now),
    (now) => resolveLiterals(now, report),
    (now) => fold(now, foldComplaints(report)),
    (now) => checkSize(now, report),
  ];
  let now = imported.tree;
  for (const pass of passes) {
    now = pass(now);
    if (failed) return undefined;
  }
  const parameters = readNamedParameters(now, report);
  return failed ? undefined : { tree: now, types: definitions!.types, parameters, externals: imported.externals, objects: imported.objects };
}

/** A line that the command line gives (--include); messages about it name the option. */
function includeLine(header: string): CDefinition {
  const source = new Source('--include', `#include ${header}`);
  return { kind: 'c-definition', text: source.text, span: source.span(0, source.text.length) };
}
