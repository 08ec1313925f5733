// The standard macros are parsed ahead of time, and what was made of them is what the scripts say.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { standardMacroNames, standardMacros, spellMacro } from '../../../lib/language/macros/index.js';
import { treesPath, treesText } from '../../../tools/dev/macros.js';

t.equal(readFileSync(treesPath, 'utf8'), treesText(), 'npm run macros brings it up to date');
t.same(standardMacros('nothing'), []);
t.same(standardMacros('toString'), []);
for (const name of standardMacroNames) t.ok(standardMacros(name).every((macro) => macro.kind === 'macro' && macro.name === name), name);
t.equal(standardMacros('is_err'), standardMacros('is_err'), 'a tree is made once');
t.same(standardMacros('is_scalar').map(spellMacro), ['is_scalar(@map)']);
t.equal(standardMacros('is_err')[0]!.body.value?.kind, 'binary');
