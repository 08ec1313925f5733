// The declarations of the library as Node's programs see them: ES modules, CommonJS, and the examples of README.md and docs/library.md.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../helpers/command.js';
import { complaints, program, written } from '../helpers/consumer.js';

const documents = ['README.md', 'docs/library.md'].map((name) => readFileSync(join(packageRoot, name), 'utf8'));
const readme = documents.join('\n').split(/^```(?:js|ts)\n/m).slice(1).map((block) => block.slice(0, block.indexOf('\n```')));
t.ok(readme.length > 0, 'README.md has examples');
const ofReadme = Object.fromEntries(readme.map((text, i) => [`readme-${i}.mts`, text]));

t.test('ES modules, CommonJS, and the examples of README.md', async (t) => {
  t.equal(complaints({ 'app.mts': program, 'app.cts': program, 'opens.ts': written, ...ofReadme }, { module: 'NodeNext', moduleResolution: 'NodeNext' }), '');
});
