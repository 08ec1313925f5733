// docs/reference.md is what the records say.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { functions } from '../../../lib/language/functions/index.js';
import { diagnosticKinds } from '../../../lib/model/diagnostics/diagnostic.js';
import { referencePath, referenceText } from '../../../tools/dev/reference.js';

const text = referenceText();
t.equal(readFileSync(referencePath, 'utf8'), text, 'up to date; else npm run reference');
t.match(text, '| `print(value[, top[, div]])` |', 'optional parameters');
t.match(text, '| `printf(fmt, …)` |', 'any number of them');
for (const name of functions.keys()) if (!name.startsWith('__builtin_')) t.ok(text.includes(`| \`${name}(`), name);
for (const code of diagnosticKinds.keys()) t.ok(text.includes(`\n| ${code} |`), code);
t.notMatch(text, /\| undefined|\[object/);
