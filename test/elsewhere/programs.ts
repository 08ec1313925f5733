// The scripts that have to run on another kernel than the one they were compiled for: what is shown to users, and the corpus.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/vm/paths.js';

export interface Program {
  readonly name: string;
  readonly script: string;
}

const folders = ['tools/bt', 'examples', 'examples/kubernetes', 'examples/simulate', 'test/corpus'];

/** Lines of seed-programs.txt begin with what they need; U: --unsafe, which nothing here gives. */
const SAFE_SEED = /^[HK] (.*)/;

export function programs(): Program[] {
  const files = folders.flatMap((folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith('.bt')).sort().map((name): Program => ({ name: `${folder}/${name}`, script: read(`${folder}/${name}`) })));
  const seeds = read('test/corpus/seed-programs.txt').split('\n').flatMap((line) => SAFE_SEED.exec(line)?.[1] ?? []);
  return [...files, ...[...new Set(seeds)].map((script): Program => ({ name: script, script }))];
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
