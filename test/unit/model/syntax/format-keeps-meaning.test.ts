// Formatting changes no program: every script that the tests and the package have compiles to the same instructions and maps before and after.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compile, type CompileResult } from '../../../../lib/compile.js';
import { commentsOf } from '../../../../lib/model/syntax/comments.js';
import { formatScript } from '../../../../lib/model/syntax/format.js';
import { packageRoot } from '../../../helpers/command.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';
import { caseFiles, readCases } from '../../../helpers/language-cases.js';
import { Source } from '../../../../lib/model/source/source.js';
import { corpus, parsed } from '../../compiler/parse/corpus.js';
import { binary, caseNames, directory } from '../../../errors/cases.js';

interface Script {
  readonly name: string;
  readonly text: string;
}

const inFolder = (folder: string): Script[] => readdirSync(join(packageRoot, folder)).filter((name) => name.endsWith('.bt'))
  .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(packageRoot, folder, name), 'utf8') }));

const groups: readonly (readonly [title: string, scripts: readonly Script[], leastCompiled: number])[] = [
  ['test/corpus', corpus, 40],
  ['examples and tools', [...inFolder('examples'), ...inFolder('tools/bt')], 10],
  ['test/language/cases', caseFiles().flatMap((file) => readCases(file).map(({ title, script }) => ({ name: `${file}: ${title}`, text: script }))), 500],
  ['test/errors', caseNames().map((name) => ({ name, text: readFileSync(`${directory}${name}`, 'utf8') })), 20],
];

const target = new FixtureTarget({ binaries: { '/bin/app': binary } });
const compiled = (text: string): CompileResult => compile(new Source('stdin', text), target, { unsafe: true, parameters: ['5', 'hello'] });

/** What runs. A program says where in the script a message comes from, and that moves. */
function object({ output }: CompileResult): string {
  const { programs, subprograms, maps, license } = output!.object;
  return JSON.stringify({ programs, subprograms, maps, license }, (key, value: unknown) => (key === 'span' ? undefined : typeof value === 'bigint' ? `${value}n` : value));
}

for (const [title, scripts, least] of groups) {
  t.test(title, async (t) => {
    let same = 0;
    for (const { name, text } of scripts) {
      const { tree } = parsed(text);
      if (!tree) continue;
      const after = formatScript(tree);
      const again = parsed(after);
      if (!again.tree) {
        t.fail(`${name}: does not parse any more: ${again.messages}\n${after}`);
        continue;
      }
      if (formatScript(again.tree) !== after) t.equal(formatScript(again.tree), after, `${name}: formatted twice`);
      const comments = (of: typeof tree): string[] => commentsOf(of).map((comment) => comment.text.replace(/\s+/g, ' '));
      t.strictSame(comments(again.tree), comments(tree), `${name}: comments`);
      const [one, two] = [compiled(text), compiled(after)];
      const codes = ({ diagnostics }: CompileResult): string[] => diagnostics.map(({ code }) => code).sort();
      if (JSON.stringify(codes(one)) !== JSON.stringify(codes(two))) t.strictSame(codes(two), codes(one), `${name}: messages\n${after}`);
      if (!one.output || !two.output) continue;
      if (object(one) === object(two)) same++;
      else t.fail(`${name}: another program\n${text}\n==> formatted\n${after}`);
    }
    t.ok(same >= least, `${same} of ${scripts.length} scripts compile`);
  });
}
