// Imports: other scripts and headers taken in.
//
//   in     a tree, and how to read what it names (this room touches no files)
//   out    the tree with the items and C definitions of everything imported, what is imported first
//   facts  language.md 1.11, files of the standard library: 10

import type { Report } from '../../model/diagnostics/diagnostic.js';
import { Source } from '../../model/source/source.js';
import type { CDefinition, Import, Item, SyntaxTree } from '../../model/syntax/nodes.js';
import { findAll } from '../../model/syntax/visit.js';
import { type ExternalFunction, externalFunctions } from '../../language/external-functions.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import type { ReadHeader } from './c-definitions/index.js';
import * as problems from './diagnostics.js';
import type { Parser } from './parser.js';

export interface ImportedFile {
  /** as shown in messages; the same file has the same name however it was reached */
  readonly name: string;
  readonly text: string;
  /** of a BPF object, or of BPF C that was compiled: the object's bytes */
  readonly object?: Uint8Array;
}

/** All supported files that a path stands for (a directory: each of its own), or why there are none. */
export type ImportResult =
  | { readonly files: readonly ImportedFile[] }
  | { readonly problem: 'missing'; readonly checked: readonly string[] }
  | { readonly problem: 'writable'; readonly directory: string }
  /** why what is there is not read */
  | { readonly problem: 'unusable'; readonly text: string }
  /** why BPF C could not be compiled, and what can be done */
  | { readonly problem: 'uncompiled'; readonly text: string; readonly advice: string };

/** Names of bpftrace's standard library: all of it, and its files. Nothing is taken in for them: functions and macros of the library are there in
 *  every script. A file of the script's own that has such a name comes first. */
const standardFiles: ReadonlySet<string> = new Set(['stdlib', ...['base', 'kfunc', 'meta', 'process', 'strings'].flatMap((name) => [`stdlib/${name}`, `stdlib/${name}.bt`])]);

/** @param importer  name of the source that imports: paths are relative to its directory */
export type ReadImport = (path: string, importer: string) => ImportResult;

export interface Imported {
  readonly tree: SyntaxTree;
  /** finds headers that were imported, then what the caller knows */
  readonly readHeader: ReadHeader | undefined;
  /** functions of imported objects by name */
  readonly externals: ReadonlyMap<string, ExternalFunction>;
  /** bytes of imported objects by file name */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

export interface ImportOptions {
  readonly parser: Parser;
  readonly readImport: ReadImport | undefined;
  readonly readHeader: ReadHeader | undefined;
  readonly allowStatements: boolean;
  readonly report: Report;
}

export function resolveImports(tree: SyntaxTree, options: ImportOptions): Imported {
  const statements = findAll(tree, (node) => node.kind === 'import').filter((node) => !tree.imports.includes(node as Import)) as Import[];
  if (tree.imports.length === 0 && statements.length === 0) return { tree, readHeader: options.readHeader, externals: new Map(), objects: new Map() };
  const collector = new Collector(options);
  collector.take(tree.imports);
  if (options.allowStatements) collector.take(statements);
  else for (const node of statements) options.report(problems.statementImport.at(node.span, {}));
  const headers = collector.headers;
  return {
    tree: { ...tree, imports: [], definitions: [...collector.definitions, ...tree.definitions], items: [...collector.items, ...tree.items] },
    readHeader: headers.size === 0 ? options.readHeader : (name, system) => headers.get(name) ?? options.readHeader?.(name, system),
    externals: collector.externals,
    objects: collector.objects,
  };
}

class Collector {
  readonly definitions: CDefinition[] = [];
  readonly items: Item[] = [];
  readonly headers = new Map<string, ImportedFile>();
  readonly externals = new Map<string, ExternalFunction>();
  readonly objects = new Map<string, Uint8Array>();
  private readonly seen = new Set<string>();

  constructor(private readonly options: ImportOptions) {}

  take(imports: readonly Import[]): void {
    for (const node of imports) {
      const { report, readImport } = this.options;
      const result: ImportResult = readImport?.(node.path, node.span.source.name) ?? { problem: 'missing', checked: [] };
      if ('files' in result) for (const file of result.files) this.file(file, node);
      else if (result.problem === 'writable') report(problems.writableImport.at(node.span, { text: result.directory }));
      else if (result.problem === 'unusable') report(problems.unusableImport.at(node.span, { text: result.text }));
      else if (result.problem === 'uncompiled') report(problems.uncompiledImport.at(node.span, result));
      else if (!standardFiles.has(node.path)) this.missing(node, result.checked);
    }
  }

  private missing(node: Import, checked: readonly string[]): void {
    const said = problems.missingImport.at(node.span, { checked });
    const similar = nearest(node.path, standardFiles) ?? (node.path.startsWith('stdlib/') ? 'stdlib' : undefined);
    this.options.report(similar === undefined ? said : said.hint(`similar to builtins: ${similar}`));
  }

  private file(file: ImportedFile, node: Import): void {
    if (this.seen.has(file.name)) return;
    this.seen.add(file.name);
    const { report, parser } = this.options;
    if (/\.bpf\.[co]$/.test(file.name)) return this.object(file, node);
    if (file.name.endsWith('.h')) {
      this.headers.set(file.name, file);
      this.definitions.push({ kind: 'c-definition', text: `#include "${file.name}"`, span: node.span });
      return;
    }
    if (!file.name.endsWith('.bt')) return report(problems.unknownImport.at(node.span, { text: file.name }));
    const tree = parser.parse(new Source(file.name, file.text), report);
    if (!tree) return;
    if (tree.config) report(problems.configInImport.at(tree.config.span, {}));
    this.take(tree.imports);
    this.definitions.push(...tree.definitions);
    this.items.push(...tree.items);
  }

  private object({ name, object }: ImportedFile, node: Import): void {
    const functions = object && externalFunctions(object, name);
    if (!functions) return this.options.report(problems.notAnObject.at(node.span, { text: name }));
    this.objects.set(name, object);
    for (const each of functions) if (!this.externals.has(each.name)) this.externals.set(each.name, each);
  }
}
