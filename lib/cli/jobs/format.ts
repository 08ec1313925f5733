// `--fmt`: the program formatted; with -o written over the file in one step. Needs no privileges.

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { parse } from '../../compiler/parse/index.js';
import { DiagnosticList } from '../../model/diagnostics/diagnostic.js';
import { renderDiagnostics } from '../../model/diagnostics/render.js';
import { formatScript as format } from '../../model/syntax/format.js';
import { bytesOfText } from '../../model/syntax/text.js';
import type { CommandLine } from '../line/command-line.js';
import { Failure, status } from '../output/failure.js';
import { readProgram } from '../line/program.js';
import { print } from '../output/standard.js';

export function formatScript(line: CommandLine): number {
  const source = readProgram(line.program!);
  const found = new DiagnosticList();
  const tree = parse(source, found.report);
  if (!tree) throw new Failure(renderDiagnostics(found.all, { face: 'command' }).trimEnd(), status.wrong);
  const text = format(tree);
  if (line.output === undefined) print(text);
  else replaceFile(line.output, bytesOfText(text), 'the formatted program');
  return status.ok;
}

/** Readers see the old content or the new, never a part. */
export function replaceFile(path: string, bytes: Uint8Array, what: string): void {
  const temporary = `${path}.tbpf-${process.pid}`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure(`ERROR: Failed to write ${what}: "${path}": ${(error as Error).message}`, status.wrong);
  }
}
