// What documents refer to is there: files, and headings within them; in the package, too, for those that are in it.
//
//   facts  GitHub's anchor of a heading: lower case, without marks but `-` and `_`, blanks as `-`, a number behind the second of a name

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../helpers/command.js';

const skipped = new Set(['node_modules', '.git', '.cache', 'build', 'dist', '.tap']);

function documents(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : documents(join(folder, entry.name));
    return entry.name.endsWith('.md') ? [join(folder, entry.name)] : [];
  });
}

/** Without what stands in code: examples have brackets. */
const proseOf = (path: string): string => readFileSync(path, 'utf8').replace(/^ *```[^]*?^ *```/gm, '').replace(/`[^`\n]*`/g, '``');

function anchorsOf(path: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const text = readFileSync(path, 'utf8').replace(/^ *```[^]*?^ *```/gm, '');
  for (const [, heading] of text.matchAll(/^#{1,6} +(.*)$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-');
    let anchor = plain;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${plain}-${n}`;
    anchors.add(anchor);
  }
  for (const [, id] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id!);
  return anchors;
}

const { files: packed } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { files: readonly string[] };
const patterns = [...packed, 'package.json', 'README.md', 'LICENSE'].map((entry) => new RegExp(`^${entry.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(/|$)`));
const isPacked = (path: string): boolean => patterns.some((pattern) => pattern.test(relative(packageRoot, path)));

const known = new Map<string, ReadonlySet<string>>();

for (const path of documents(packageRoot)) {
  const name = relative(packageRoot, path);
  t.test(name, async (t) => {
    const missing: string[] = [];
    for (const [, target] of proseOf(path).matchAll(/\]\(([^()\s]+(?:\([^()]*\)[^()\s]*)?)\)/g)) {
      if (/^[a-z]+:/i.test(target!)) continue;
      const [file, anchor] = target!.split('#') as [string, string | undefined];
      const full = file === '' ? path : join(dirname(path), decodeURIComponent(file));
      if (!existsSync(full) || (isPacked(path) && !isPacked(full))) missing.push(target!);
      else if (anchor !== undefined && full.endsWith('.md')) {
        if (!known.has(full)) known.set(full, anchorsOf(full));
        if (!known.get(full)!.has(anchor)) missing.push(target!);
      }
    }
    t.same(missing, []);
  });
}
