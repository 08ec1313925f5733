// `tbpf inspect FILE`: what a compiled script does and needs, for people; with --script its text. Needs no privileges.

import type { Manifest, ManifestMap } from '../../model/layout/manifest.js';
import { positionOf } from '../../model/layout/parameters.js';
import type { ProgramFile } from '../../api/program-file.js';
import { spellType } from '../../model/types/types.js';
import { escapeControls } from '../../runtime/output/rendering.js';
import type { CommandLine } from '../line/command-line.js';
import { readProgramFile } from '../line/program-file.js';
import { status } from '../output/failure.js';
import { print } from '../output/standard.js';
import { isTerminal } from '../output/terminal.js';

const STDOUT = 1;

export function inspectFile(line: CommandLine): number {
  const file = readProgramFile(line.file!);
  const text = line.showsScript ? scriptText(file) : describe(line.file!, file);
  // anybody can have written the names in it
  print(isTerminal(STDOUT) ? escapeControls(text) : text);
  return status.ok;
}

function scriptText({ places: { sources } }: ProgramFile): string {
  const [script, ...imported] = sources.map(({ name, text }) => ({ name, text: text.endsWith('\n') ? text : `${text}\n` }));
  return script!.text + imported.map(({ name, text }) => `\n// ---- ${name}\n${text}`).join('');
}

function describe(path: string, { elf, parsed, places: { sources } }: ProgramFile): string {
  const sections: (readonly [title: string, lines: readonly string[]])[] = [
    ['PROBES', probesOf(parsed)],
    ['MAPS', parsed.maps.filter(({ scriptName }) => scriptName !== undefined).map(mapLine)],
    ['PARAMETERS', parametersOf(parsed)],
    ['NEEDS', needsOf(parsed)],
  ];
  const shown = sections.filter(([, lines]) => lines.length > 0).map(([title, lines]) => `\n${title}:\n${lines.map((text) => `    ${text}\n`).join('')}`);
  return `${path}: compiled from ${sources[0]!.name}; the object has ${elf.length} bytes\n${shown.join('')}`;
}

/** characters of a probe's name beyond which what stands behind it is not aligned */
const WIDEST = 60;

function probesOf({ programs }: Manifest): string[] {
  const counts = new Map<string, number>();
  for (const { probe, probeCount } of programs) counts.set(probe, (counts.get(probe) ?? 0) + probeCount);
  const width = Math.min(WIDEST, Math.max(...[...counts.keys()].map(({ length }) => length)));
  return [...counts].map(([probe, count]) => (count === 1 ? probe : `${probe.padEnd(width)}  ${count} probes`));
}

function mapLine({ scriptName, key, value, maxEntries, keyTexts }: ManifestMap): string {
  const of = key !== undefined ? `[${spellType(key)}]` : keyTexts ? '[string]' : '';
  return `${scriptName!}${of}: ${spellType(value)}${key === undefined && !keyTexts ? '' : `, at most ${maxEntries} elements`}`;
}

const placeholder = { bool: '', int64: '=NUMBER', uint64: '=NUMBER', string: '=TEXT' } as const;

function parametersOf({ parameters = [] }: Manifest): string[] {
  return parameters.filter(({ name }) => positionOf(name)?.index !== 'count').map(({ name, type, defaultValue, description }) => {
    const position = positionOf(name);
    if (position) return `${position.text}  ${type === 'string' ? 'text' : 'a number'}`;
    return `--${name}${placeholder[type]}  ${description ?? ''} [${typeof defaultValue === 'string' ? JSON.stringify(defaultValue) : String(defaultValue)}]`;
  });
}

function needsOf({ programs, unsafe }: Manifest): string[] {
  const features = [...new Set(programs.flatMap(({ needs }) => needs ?? []))].sort();
  return [
    ...(features.length > 0 ? [`of the kernel: ${features.join(', ')}`] : []),
    ...(unsafe ? ['--unsafe: it was built so, and may change the system'] : []),
  ];
}
