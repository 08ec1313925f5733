// `npm run rooms`: the imports that climb, and the files that import each other in a circle. A room imports from rooms below it only, and a
// file from files that do not need it; this reads every import line of lib and says which do not.
//
//   in     lib/**/*.ts, and the table of rooms in rooms-plan.ts (the house's plan: ARCHITECTURE.md)
//   out    a line per import that climbs, with the rule that it breaks, and a line per circle; exit status 1 when there is one without an exemption
//   idea   nouns (model, language, sim) below, verbs (compiler, runtime) above; a verb never imports another verb; only the shells
//          (compile.ts, trace.ts, index.ts, cli) put verbs in a row. `import type` counts too: a type is knowledge. Pure rooms touch nothing
//          that only Node has, import or not.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { circles } from './circles.js';
import { exemptions, impureLine, mayImport, packagesOf, roomOf, roomsWithCircles } from './rooms-plan.js';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  file: string;
  line: number;
  /** a file of ours, relative to lib, or the name of a package */
  to: string;
}

const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).sort();
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const climbing = [...imports.values()].flat().flatMap((each) => judge(each));
const impure = files.flatMap((file) => {
  const found = impureLine(roomOf(file), readFileSync(join(root, 'lib', file), 'utf8'));
  return found === undefined ? [] : [{ key: file, text: `lib/${file}:${found.line}: ${found.rule}` }];
});
const circular = circles(new Map([...imports].map(([file, list]) => [file, list.map(({ to }) => to)]))).map((circle) => ({
  key: roomOf(circle[0]!), text: `lib: ${circle.length} files import each other in a circle: ${circle.join(', ')}`,
}));
const allowed: Readonly<Record<string, string>> = { ...exemptions, ...roomsWithCircles };
const used = new Set<string>();
const complaints = [...climbing, ...impure, ...circular].filter(({ key, text }) => {
  if (key in allowed) {
    used.add(key);
    console.log(`${text}\n    exempt: ${allowed[key]}`);
    return false;
  }
  console.log(text);
  return true;
});
const stale = Object.keys(allowed).filter((key) => !used.has(key));
for (const key of stale) console.log(`rooms-plan.ts: the exemption '${key}' is not needed any more`);
if (complaints.length + stale.length > 0) process.exitCode = 1;
else console.log(`${files.length} files in ${new Set(files.map(roomOf)).size} rooms, no import climbs, no other circle`);

/** Every import and re-export of a file, also the dynamic ones, with its line. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, 'lib', file), 'utf8');
  const pattern = /^(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const name = (match[1] ?? match[2] ?? match[3])!;
    const to = name.startsWith('.') ? posix.join(dirname(file), name).replace(/\.js$/, '.ts') : name;
    return { file, to, line: text.slice(0, match.index).split('\n').length };
  });
}

/** What is wrong with an import, if anything. */
function judge({ file, line, to }: Import): { key: string; text: string }[] {
  const from = roomOf(file);
  const relative = to.endsWith('.ts');
  const wrong = relative ? mayImport(from, roomOf(to), to) : packagesOf(from, to);
  return wrong === undefined ? [] : [{ key: `${file} -> ${to}`, text: `lib/${file}:${line}: ${from} imports ${to}: ${wrong}` }];
}
