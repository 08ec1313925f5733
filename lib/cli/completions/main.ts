// `tbpf completions bash|zsh|fish`: the script that the shell reads; and `tbpf completions candidates -- WORD…`, which that script asks at each <TAB>.
//
//   idea   a bundle of its own without the compiler, because somebody waits for the answer with a finger on the key

import { candidates } from './candidates.js';
import { shells } from './shells.js';

function main([, first, ...rest]: readonly string[]): number {
  if (first === 'candidates') {
    const words = rest[0] === '--' ? rest.slice(1) : rest;
    process.stdout.write(candidates(words).map((line) => `${line}\n`).join(''));
    return 0;
  }
  const script = first === undefined ? undefined : shells[first];
  if (script === undefined || rest.length > 0) {
    process.stderr.write(`ERROR: tbpf completions prints a script for one of the shells ${Object.keys(shells).join(', ')}.\nHINT: bash: eval "$(tbpf completions bash)" in ~/.bashrc; zsh: the same with zsh, after compinit; fish: tbpf completions fish | source\n`);
    return 1;
  }
  process.stdout.write(script);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
