// `tbpf lsp`: the Language Server Protocol on stdin and stdout. Loaded only there.
//
//   facts  Language Server Protocol 3.17; positions count UTF-16 units, as Source does

import { fileURLToPath } from 'node:url';
import {
  CompletionItemKind, createConnection, DiagnosticSeverity, ErrorCodes, type CompletionItem, type CompletionList, type Diagnostic as Shown, type Position, type Range, ResponseError, TextDocumentSyncKind, TextDocuments, TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from '../../compiler/parse/index.js';
import type { Diagnostic } from '../../model/diagnostics/diagnostic.js';
import { rangeOf, Source, type Span } from '../../model/source/source.js';
import { formatScript } from '../../model/syntax/format.js';
import { probeArguments } from '../../runtime/discover/list/list.js';
import { loadNative } from '../../runtime/native/index.js';
import { filesOf } from '../../trace/files.js';
import { probes } from '../completions/probes.js';
import type { CommandLine } from '../line/command-line.js';
import { openTarget } from '../line/given.js';
import { status } from '../output/failure.js';
import { Script } from './script.js';
import { probeKind, type Word, wordCalled, words } from './words.js';

/** the text rests so long before it is checked */
const QUIET_MS = 150;
const MOST_PROBES = 500;
/** behind it stands another part of a probe */
const goesOn = /[:/]$/;

/** @returns when the editor has ended the connection */
export function serve(line: CommandLine): Promise<number> {
  const connection = createConnection(process.stdin, process.stdout);
  const documents = new TextDocuments(TextDocument);
  const target = openTarget(line, loadNative(), false);
  const scripts = new Map<string, { readonly version: number; readonly script: Script }>();

  const scriptOf = (uri: string): Script | undefined => {
    const document = documents.get(uri);
    if (!document) return undefined;
    const known = scripts.get(uri);
    if (known?.version === document.version) return known.script;
    const name = uri.startsWith('file:') ? fileURLToPath(uri) : uri;
    const script = new Script(document.getText(), name, target, filesOf(name, line.includeDirectories, line.includeFiles));
    scripts.set(uri, { version: document.version, script });
    return script;
  };
  const offsetOf = (uri: string, position: Position): number => documents.get(uri)!.offsetAt(position);
  const rangeIn = (uri: string, start: number, end: number): Range => ({ start: documents.get(uri)!.positionAt(start), end: documents.get(uri)!.positionAt(end) });

  connection.onInitialize(() => ({
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental, hoverProvider: true, documentFormattingProvider: true, renameProvider: { prepareProvider: true },
      completionProvider: { triggerCharacters: [':', '.', '>', '$', '@'] },
    },
    serverInfo: { name: 'tbpf' },
  }));

  const waiting = new Map<string, NodeJS.Timeout>();
  documents.onDidChangeContent(({ document: { uri } }) => {
    clearTimeout(waiting.get(uri));
    waiting.set(uri, setTimeout(() => {
      const script = scriptOf(uri);
      if (script) void connection.sendDiagnostics({ uri, diagnostics: script.diagnostics.map((each) => shown(each, uri)) });
    }, QUIET_MS));
  });
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(waiting.get(uri));
    scripts.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });

  connection.onCompletion(({ textDocument: { uri }, position }) => {
    const script = scriptOf(uri);
    return script ? completions(script, offsetOf(uri, position), (start, end) => rangeIn(uri, start, end)) : [];
  });
  connection.onHover(({ textDocument: { uri }, position }) => {
    const script = scriptOf(uri);
    const value = script && hover(script, offsetOf(uri, position), (probe) => probeArguments(target, probe, { warn: () => undefined }));
    return value === undefined ? null : { contents: { kind: 'markdown', value } };
  });
  connection.onDocumentFormatting(({ textDocument: { uri } }) => {
    const document = documents.get(uri);
    const tree = document && parse(new Source(uri, document.getText()), () => undefined);
    return tree ? [TextEdit.replace(rangeIn(uri, 0, document.getText().length), formatScript(tree))] : [];
  });
  connection.onPrepareRename(({ textDocument: { uri }, position }) => {
    const offset = offsetOf(uri, position);
    const place = scriptOf(uri)?.placesOf(offset)?.places.find(({ start, end }) => offset >= start && offset <= end);
    return place ? rangeIn(uri, place.start, place.end) : null;
  });
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) => {
    const script = scriptOf(uri)!;
    const offset = offsetOf(uri, position);
    const found = script.placesOf(offset);
    if (!found) return null;
    if (!script.whole) return refuse('Parts of the script do not parse, and names in them would stay: mend them first.');
    const name = /^[@$]/.test(newName) ? newName : found.name[0]! + newName;
    if (name[0] !== found.name[0] || !/^(?:@\w*|\$[A-Za-z_]\w*)$/.test(name)) return refuse(`${newName} is no name of a ${found.name.startsWith('@') ? 'map' : 'variable'}.`);
    const taken = name.startsWith('@') ? script.maps() : script.variables(script.source.text.length).concat(script.variables(offset));
    if (name !== found.name && taken.includes(name)) return refuse(`${name} is there already.`);
    return { changes: { [uri]: found.places.map(({ start, end }) => TextEdit.replace(rangeIn(uri, start, end), name)) } };
  });

  documents.listen(connection);
  connection.listen();
  return new Promise((resolve) => {
    let asked = false;
    connection.onShutdown(() => void (asked = true));
    connection.onExit(() => resolve(asked ? status.ok : status.wrong));
    process.stdin.on('end', () => resolve(asked ? status.ok : status.wrong));
  });
}

const refuse = (message: string): ResponseError => new ResponseError(ErrorCodes.InvalidParams, message);

function rangeOfSpan(span: Span | undefined): Range {
  if (!span) return { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
  // of a macro's text the place of the call
  let place = span;
  while (place.expandedFrom) place = place.expandedFrom;
  const { start, end } = rangeOf(place);
  return { start: { line: start.line - 1, character: start.column - 1 }, end: { line: end.line - 1, character: end.column - 1 } };
}

function shown(diagnostic: Diagnostic, uri: string): Shown {
  const { message, hints } = diagnostic.saidBy('command');
  return {
    range: rangeOfSpan(diagnostic.span), code: diagnostic.code, source: 'tbpf', severity: diagnostic.severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    message: [message, ...hints].join('\n'),
    relatedInformation: diagnostic.notes.map((note) => ({ message: note.message, location: { uri, range: rangeOfSpan(note.span) } })),
  };
}

const itemKinds = { function: CompletionItemKind.Function, builtin: CompletionItemKind.Constant, keyword: CompletionItemKind.Keyword } as const;
const itemOfWord = ({ name, kind, form, doc }: Word): CompletionItem => ({ label: name, kind: itemKinds[kind], detail: form, documentation: { kind: 'markdown', value: doc } });

function completions(script: Script, offset: number, range: (start: number, end: number) => Range): CompletionItem[] | CompletionList {
  const before = script.source.text.slice(0, offset);
  const member = /(?:\.|->)(\w*)$/.exec(before);
  const inBody = script.probeAt(offset) !== undefined;
  if (inBody && member) {
    const end = offset - member[0].length;
    return script.fieldsAt(end).map(({ name, doc }) => ({ label: name, kind: CompletionItemKind.Field, detail: doc }));
  }
  if (inBody && /@\w*$/.test(before)) return names(script.maps(), /@\w*$/.exec(before)![0].length);
  if (inBody && /\$\w*$/.test(before)) return names(script.variables(offset), /\$\w*$/.exec(before)![0].length);
  if (inBody) return words.map(itemOfWord);
  const [typed] = /[^\s,}]*$/.exec(before)!;
  const found = probes(typed);
  const items = found.slice(0, MOST_PROBES).map((label) => ({ label, kind: CompletionItemKind.Event, filterText: label, textEdit: TextEdit.replace(range(offset - typed.length, offset), label) }));
  // what an editor takes for all there is, it does not ask for again
  return { isIncomplete: found.length > MOST_PROBES || items.some(({ label }) => goesOn.test(label)), items };

  function names(all: readonly string[], length: number): CompletionItem[] {
    return all.map((label) => ({ label, kind: CompletionItemKind.Variable, filterText: label, textEdit: TextEdit.replace(range(offset - length, offset), label) }));
  }
}

/** Markdown; undefined: there is nothing to say. */
function hover(script: Script, offset: number, argumentsOf: (probe: string) => readonly string[]): string | undefined {
  const { text } = script.source;
  const block = (code: string): string => `\`\`\`bpftrace\n${code}\n\`\`\``;
  if (script.probeAt(offset) === undefined) {
    const start = text.slice(0, offset).search(/[^\s,}]*$/);
    const probe = /^[^\s,{]*/.exec(text.slice(start))![0];
    const kind = probeKind(probe.split(':')[0]!);
    if (!kind) return undefined;
    let listed: readonly string[] = [];
    try {
      if (probe.includes(':') && !/[*?[|]/.test(probe)) listed = argumentsOf(probe);
    } catch {
      // of this probe no arguments are known, which is said where it is wrong
    }
    return `${block(kind.form)}\n${kind.doc}${listed.length > 0 ? `\n${block(listed.join('\n'))}` : ''}`;
  }
  const start = text.slice(0, offset).search(/[@$]?\w*$/);
  const name = /^[@$]?\w*/.exec(text.slice(start))![0];
  if (name.startsWith('@')) return script.mapType(name) === undefined ? undefined : block(script.mapType(name)!);
  const isField = /(?:\.|->)\s*$/.test(text.slice(0, start));
  const word = isField || name.startsWith('$') ? undefined : wordCalled(name);
  const typed = script.typeAt(offset);
  const type = typed && (word === undefined || word.kind === 'builtin') ? `${typed.text}: ${typed.type}` : undefined;
  if (word === undefined && type === undefined) return undefined;
  return [block(type ?? word!.form), ...(word ? [word.doc] : [])].join('\n');
}
