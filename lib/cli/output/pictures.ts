// --flame: the page that a trace's stacks end in.
//
//   order  what the page needs is read, and its file made, before anything is traced: a trace of an hour must not end in "no such file"

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { strerror } from '../../language/strerror.js';
import { TbpfError } from '../../model/diagnostics/errors.js';
import type { Manifest } from '../../model/layout/manifest.js';
import type { Source } from '../../model/source/source.js';
import { hasStackMaps, NO_STACK_MAPS, Sink, type Rendering, type Writer } from '../../runtime/output/index.js';
import type { Before, FlameData } from '../../runtime/output/stacks/flame-data.js';
import { FlameWriter } from '../../runtime/output/stacks/flame-writer.js';
import { parseFolded } from '../../runtime/output/stacks/folded-text.js';
import type { CommandLine } from '../line/command-line.js';
import { Failure, status } from './failure.js';
import { titleOf } from './title.js';

export interface Pictures {
  /** A writer that also draws. */
  around(writer: Writer, rendering: Rendering): Writer;
}

/** @param source  the script: its file is the page's title, or the text of -e
 *  @param say  says what was written
 *  @throws Failure  nothing can be drawn, or not there */
export function openPictures(line: Pick<CommandLine, 'flame' | 'diff' | 'format'>, manifest: Manifest, source: Pick<Source, 'name' | 'text'>, say: (text: string) => void): Pictures {
  const path = line.flame!;
  if (!hasStackMaps(manifest)) throw new Failure(`ERROR: ${NO_STACK_MAPS}: --flame has nothing to draw. Count stacks, as in @[kstack] = count().`, status.wrong);
  const template = readPage();
  const before = line.diff === undefined ? undefined : readBefore(line.diff);
  const page = openPage(path);
  const write = (data: FlameData): void => {
    page.write(pageOf(template, data));
    page.close();
    say(wrote(path, data));
  };
  return { around: (writer, rendering) => new FlameWriter(writer, rendering, manifest, { title: titleOf(source), before, printsMaps: line.format !== 'text', write }) };
}

/** The page with its data. Text of traced programs may hold `</script>`: JSON can say `<` in another way. */
export function pageOf(template: string, data: FlameData): string {
  return template.replace('/* data */', () => JSON.stringify(data).replaceAll('<', '\\u003c'));
}

function readPage(): string {
  return readFileSync(fileURLToPath(new URL('pages/flame.html', import.meta.url)), 'utf8');
}

function readBefore(path: string): Before {
  try {
    return { path, stacks: parseFolded(readFileSync(path, 'utf8'), path) };
  } catch (error) {
    if (error instanceof TbpfError) throw new Failure(`ERROR: --diff: ${error.message}`, status.wrong);
    throw new Failure(`ERROR: --diff: cannot read ${path}: ${reasonOf(error)}`, status.wrong);
  }
}

function openPage(path: string): Sink {
  try {
    return Sink.openFile(path);
  } catch (error) {
    throw new Failure(`ERROR: --flame: ${(error as TbpfError).message}`, status.wrong);
  }
}

function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return errno === undefined ? message : strerror(Math.abs(errno));
}

function wrote(path: string, { maps }: FlameData): string {
  return `Wrote ${path}: ${maps.map(({ name, stacks, root }) => `${name} ${root.v} in ${stacks} ${stacks === 1 ? 'stack' : 'stacks'}`).join(', ')}\n`;
}
