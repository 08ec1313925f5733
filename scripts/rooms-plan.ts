// The plan of the rooms in lib: who may import what. `npm run rooms` holds the sources against it.
//
//   facts  the nouns and the verbs, and why, are explained in ARCHITECTURE.md

/** Rooms that each room may import, besides itself. A name that ends in '/' means every room below it. */
const plan: Record<string, readonly string[]> = {
  'model/bytes': [],
  'model/source': [],
  'model/diagnostics': ['model/source'],
  'model/syntax': ['model/source', 'model/bytes'],
  'model/btf': ['model/bytes', 'model/diagnostics'],
  'model/dwarf': ['model/bytes', 'model/btf', 'model/diagnostics'],
  'model/types': ['model/btf', 'model/diagnostics'],
  'model/layout': ['model/types', 'model/source', 'model/diagnostics'],
  'model/bpf': ['model/source', 'model/diagnostics', 'model/btf', 'model/types'],
  'model/ir': ['model/types', 'model/source', 'model/layout', 'model/diagnostics'],
  'model/target': ['model/bytes', 'model/btf', 'model/dwarf', 'model/diagnostics'],
  language: ['model/'],
  sim: ['model/', 'language'],
  'compiler/parse': ['model/', 'language'],
  'compiler/expand': ['model/', 'language'],
  'compiler/check': ['model/', 'language'],
  'compiler/lower': ['model/', 'language'],
  'compiler/optimize': ['model/', 'language'],
  'compiler/codegen': ['model/', 'language'],
  'compiler/object': ['model/', 'language'],
  'runtime/native': ['model/diagnostics', 'model/layout'],
  'runtime/discover': ['model/', 'language', 'runtime/native'],
  'runtime/session': ['model/', 'runtime/native'],
  'runtime/collect': ['model/', 'language'],
  'runtime/symbolize': ['model/', 'runtime/native'],
  'runtime/output': ['model/', 'language'],
  pages: ['runtime/output'],
};

/** Rooms whose functions give the same for the same: no files, no processes, no clock. */
const pure = ['model/', 'language', 'sim', 'compiler/'];

/** What pure rooms may take from Node. */
const pureBuiltins = ['node:assert', 'node:path', 'node:util'];

/** What Node gives without an import, and pure rooms do not touch: a browser or another runtime has neither. */
const impureGlobals = /(?<![.\w$])(?:Buffer|process)(?![\w$]|\s*\??:)/;

/** Packages that belong to one room. */
const packageRoom: Record<string, string> = {
  nearley: 'compiler/parse', moo: 'compiler/parse', yargs: 'cli', 'vscode-languageserver': 'cli', 'vscode-languageserver/node': 'cli', 'vscode-languageserver-textdocument': 'cli', 'yargs-parser': 'cli', 'pprof-format': 'runtime/output', 'd3-flame-graph': 'pages', 'd3-selection': 'pages', uplot: 'pages', 'buffer/': 'pages/playground', 'string-width': 'cli',
};

/** Imports that climb and have a reason to: 'file -> imported file' and the reason. */
export const exemptions: Record<string, string> = {};

/** Rooms in which files may import each other in a circle, and the reason. */
export const roomsWithCircles: Record<string, string> = {
  sim: 'a helper gets the machine that it runs on, and the machine runs the instructions that call helpers',
  'compiler/check': 'expressions hold types, calls and statements, and these hold expressions: one recursion over the tree',
};

/** The room of a file (relative to lib). The files that put verbs in a row (compile.ts, trace.ts, trace, api, index.ts) are the shell; the
 *  command, which stands on the library, is above it. */
export function roomOf(file: string): string {
  const parts = file.split('/');
  if (parts[0] === 'cli') return 'cli';
  if (parts[0] === 'pages' && parts[1] === 'playground') return 'pages/playground';
  if (parts.length === 1 || parts[0] === 'trace' || parts[0] === 'api') return 'shell';
  return ['model', 'compiler', 'runtime'].includes(parts[0]!) && parts.length > 2 ? `${parts[0]}/${parts[1]}` : parts[0]!;
}

/** Undefined when `from` may import the file `to` of the room `room`; else the rule against it. */
export function mayImport(from: string, room: string, to: string): string | undefined {
  if (from === 'cli' || from === room) return undefined;
  if (room === 'cli') return 'only the command imports the command';
  if (from === 'shell') return undefined;
  if (from === 'pages/playground') return playgroundTakes.includes(to) ? undefined : `the playground stands on ${playgroundTakes.join(', ')}, as any page could`;
  if (to.startsWith('../')) return 'lib imports nothing outside lib';
  if (room === 'shell') return 'only a shell imports a shell';
  const allowed = plan[from];
  if (allowed === undefined) return `there is no room ${from}; rooms are listed in scripts/rooms-plan.ts`;
  return covers(allowed, room) ? undefined : `${from} may import ${allowed.join(', ') || 'no other room'}`;
}

/** Undefined when `from` may import the package or built-in module `name`; else the rule against it. */
export function packagesOf(from: string, name: string): string | undefined {
  if (name.startsWith('node:')) {
    return covers(pure, from) && !pureBuiltins.includes(name) ? `${from} is pure: no files, no processes, no clock` : undefined;
  }
  const owner = packageRoom[name];
  if (owner === undefined) return 'no room is known to use this package; scripts/rooms-plan.ts lists them';
  return owner === from ? undefined : `the package ${name} belongs to ${owner}`;
}

/** The entry points that need no Node, and what pages share. */
const playgroundTakes = ['compiler.ts', 'simulate.ts', 'syntax.ts', 'pages/shared/page-parts.ts'];

const covers = (rooms: readonly string[], room: string) => rooms.some((each) => (each.endsWith('/') ? room.startsWith(each) : room === each));

/** The line of a file's text in which a pure room touches what only Node has, with the rule against it; undefined: in none. */
export function impureLine(room: string, text: string): { readonly line: number; readonly rule: string } | undefined {
  if (!covers(pure, room)) return undefined;
  const index = withoutComments(text).split('\n').findIndex((line) => impureGlobals.test(line));
  return index < 0 ? undefined : { line: index + 1, rule: `${room} is pure: it touches neither Buffer nor process (model/bytes has views and text)` };
}

/** Comments and strings become blank; lines stay where they are. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (part) => part.replace(/[^\n]/g, ' '));
}
