// Golden files: a source and what a phase makes of it, as text that is reviewed in diffs.
//
//   file   %% key: value            settings, any number of lines, first
//          the source               up to the first section
//          ==> section              what is made of the source; the test says how a section of this name comes about
//          …
//   facts  TBPF_BLESS=1 writes what was found into the files; a new file needs its source and the empty `==> section` lines only

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

export interface Golden {
  /** file name without .txt */
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly source: string;
  readonly sections: ReadonlyMap<string, string>;
}

export function parseGolden(name: string, text: string): Golden {
  const settings: Record<string, string> = {};
  const sections = new Map<string, string>();
  const [head = '', ...parts] = text.split(/^==> /m);
  const lines = head.split('\n');
  while (lines[0]?.startsWith('%% ')) {
    const [, key, value] = /^%% ([^:]+): *(.*)$/.exec(lines.shift()!) ?? [];
    if (key === undefined) throw new Error(`${name}: a setting is written '%% key: value'`);
    settings[key] = value!;
  }
  for (const part of parts) {
    const end = part.indexOf('\n');
    sections.set(part.slice(0, end).trim(), part.slice(end + 1).trim());
  }
  return { name, settings, source: lines.join('\n').trim(), sections };
}

export function formatGolden({ settings, source, sections }: Golden): string {
  const head = Object.entries(settings).map(([key, value]) => `%% ${key}: ${value}\n`).join('');
  return `${head}${source}\n${[...sections].map(([section, text]) => `\n==> ${section}\n${text}\n`).join('')}`;
}

/** One subtest per *.txt file of the directory, which is named relative to the test's import.meta.url.
 *  `produce` gives the text of one section; leading and trailing white space does not count. */
export function runGoldens(t: Test, testUrl: string, directory: string, produce: (golden: Golden, section: string) => string | Promise<string>): void {
  const path = fileURLToPath(new URL(`${directory}/`, testUrl));
  const files = readdirSync(path).filter((file) => file.endsWith('.txt')).sort();
  if (files.length === 0) throw new Error(`no golden files in ${directory}`);
  for (const file of files) {
    t.test(`${directory}/${file}`, async (t) => {
      const wanted = parseGolden(basename(file, '.txt'), readFileSync(join(path, file), 'utf8'));
      if (wanted.sections.size === 0) t.fail('no sections');
      const found = new Map<string, string>();
      for (const section of wanted.sections.keys()) found.set(section, (await produce(wanted, section)).trim());
      if (process.env.TBPF_BLESS === '1') {
        writeFileSync(join(path, file), formatGolden({ ...wanted, sections: found }));
        t.pass('blessed');
        return;
      }
      for (const [section, text] of wanted.sections) t.equal(found.get(section), text, section);
    });
  }
}
