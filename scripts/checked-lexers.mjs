// For bundles: moo without its checks of the rules.
//
//   why    moo tries each rule of a lexer with three regular expressions before it takes it, which is a fiftieth of a start of the command
//   facts  the rules are constants, and the tests make the same lexers with the checks
import { readFile } from 'node:fs/promises';

const checks = /^ {6}\/\/ validate\n[^]*?(?=^ {6}\/\/ store regex\n)/gm;

export const checkedLexers = {
  name: 'checked lexers',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/moo\/moo\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const found = text.match(checks) ?? [];
      if (found.length !== 1) throw new Error(`${path} has its checks in ${found.length} places, and scripts/checked-lexers.mjs knows of one`);
      return { contents: text.replace(checks, ''), loader: 'js' };
    });
  },
};
