// The words that may stand in a script's place: one row each, for the command line, for help and for complaints.

export interface Subcommand {
  readonly name: string;
  /** what follows the word, as help shows it */
  readonly operands: string;
  readonly doc: string;
}

export const subcommands: readonly Subcommand[] = [
  { name: 'doctor', operands: '', doc: 'what works on this machine' },
  { name: 'types', operands: 'script.bt', doc: 'TypeScript types of its events and maps' },
  { name: 'build', operands: 'script.bt -o script.tbpf', doc: 'compile to a file that runs without the compiler' },
  { name: 'run', operands: 'script.tbpf [params]', doc: 'run such a file' },
  { name: 'facts', operands: '> FACTS', doc: 'what tbpf build --for FACTS must know of this machine' },
  { name: 'inspect', operands: 'script.tbpf', doc: 'what is in it; with --script its text' },
  { name: 'completions', operands: 'bash|zsh|fish', doc: 'a script that makes this shell complete options, files and probes of tbpf' },
  { name: 'explain', operands: 'CODE…', doc: 'what a message means and what to do, as explain T0104; or words of the message' },
  { name: 'lsp', operands: '', doc: 'language server for editors, on stdin and stdout' },
  { name: 'fmt', operands: 'FILE… [--check]', doc: 'lay out scripts in one style, in place; without FILE from stdin to stdout' },
];

/** Tools, which bin/tbpf hands on before it comes to the command line. */
export const tools = ['argdist', 'execsnoop', 'funccount', 'opensnoop', 'serve', 'trace'];

export const isSubcommand = (word: string): boolean => subcommands.some(({ name }) => name === word);
