// Prints the next section of CHANGELOG.md from the commits since the last release.
//
//   in     the FIX:, FEATURE: and BREAKING: sentences in the bodies of commits, since the last tag `v…` (all commits without one)
//   out    the section, to be read, put in order and pasted by whoever makes the release
//   run    `npm run -s changelog`
//   idea   a sentence goes on until a line that is empty, or another sentence

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { builtins } from '../lib/language/builtins/index.js';
import { functions } from '../lib/language/functions/index.js';
import { probeRecords } from '../lib/language/probes/index.js';

const kinds = [['BREAKING', 'Changed so that scripts or programs may need a change'], ['FEATURE', 'New'], ['FIX', 'Mended']] as const;
type Kind = (typeof kinds)[number][0];

export interface Change {
  readonly kind: Kind;
  readonly text: string;
}

/** The sentences for users in the bodies of commits. */
export function changesIn(bodies: string): Change[] {
  const start = new RegExp(`^(${kinds.map(([kind]) => kind).join('|')}): *(.*)$`);
  const changes: { kind: Kind; text: string }[] = [];
  let open: { kind: Kind; text: string } | undefined;
  for (const line of bodies.split('\n')) {
    const [, kind, text] = start.exec(line) ?? [];
    if (kind !== undefined) {
      open = { kind: kind as Kind, text: text! };
      changes.push(open);
    } else if (line.trim() === '') {
      open = undefined;
    } else if (open) {
      open.text += ` ${line.trim()}`;
    }
  }
  return changes.map(({ kind, text }) => ({ kind, text: sentence(text) }));
}

const names = new Set([...builtins.keys(), ...functions.keys(), ...[...probeRecords.values()].map(({ name }) => name), 'break', 'continue', 'return', 'tbpf']);

/** With a capital in front, unless a name of the language or other code stands there, and a full stop behind. */
function sentence(text: string): string {
  const whole = /[.!?]$/.test(text) ? text : `${text}.`;
  const [word] = /^[a-z]+\b(?![-_:(.*/])/.exec(whole) ?? [];
  return word === undefined || names.has(word) ? whole : whole[0]!.toUpperCase() + whole.slice(1);
}

export function section(version: string, changes: readonly Change[]): string {
  const parts = kinds.map(([kind, title]) => {
    const texts = [...new Set(changes.filter((change) => change.kind === kind).map(({ text }) => text))];
    return texts.length === 0 ? '' : `\n### ${title}\n\n${texts.map((text) => `* ${text}\n`).join('')}`;
  });
  return `## ${version}\n${parts.join('')}`;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const last = git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname').split('\n')[0]!;
  const bodies = git('log', '--format=%b%n', ...(last === '' ? [] : [`${last}..HEAD`]));
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  process.stdout.write(section(version, changesIn(bodies)));
}
