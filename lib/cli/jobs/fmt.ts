// `tbpf fmt FILE…` and `--fmt`: scripts in one style. Needs no privileges.
//
//   idea   what is written is parsed again and compared: a script never comes out with another meaning

import { parse } from '../../compiler/parse/index.js';
import { DiagnosticList } from '../../model/diagnostics/diagnostic.js';
import { bug } from '../../model/diagnostics/errors.js';
import { renderDiagnostics } from '../../model/diagnostics/render.js';
import { Source } from '../../model/source/source.js';
import { commentsOf } from '../../model/syntax/comments.js';
import { formatScript } from '../../model/syntax/format.js';
import type { SyntaxTree } from '../../model/syntax/nodes.js';
import { printTree } from '../../model/syntax/print.js';
import { bytesOfText } from '../../model/syntax/text.js';
import type { CommandLine } from '../line/command-line.js';
import { Failure, status } from '../output/failure.js';
import { complain } from '../output/message.js';
import { readProgram } from '../line/program.js';
import { replaceFile } from '../output/replace-file.js';
import { print } from '../output/standard.js';

/** `--fmt`: one program on stdout, or in the file of -o. */
export function formatProgram(line: CommandLine): number {
  const source = readProgram(line.program!);
  const text = formatted(source);
  if (line.checks) return differs(source, text) ? status.wrong : status.ok;
  if (line.output === undefined) print(text);
  else replaceFile(line.output, bytesOfText(text), 'the formatted program');
  return status.ok;
}

/** `tbpf fmt`: each file in place. One that is wrong stays as it is, and the others are formatted. */
export function formatFiles({ parameters: paths, checks, output }: CommandLine): number {
  if (output !== undefined) throw new Failure('ERROR: tbpf fmt writes each file in place: -o is an option of tbpf --fmt FILE', status.wrong);
  let wrong = false;
  for (const path of paths.length === 0 ? ['-'] : paths) {
    try {
      const source = readProgram(path === '-' ? { kind: 'stdin' } : { kind: 'file', path });
      const text = formatted(source);
      if (checks) wrong = differs(source, text) || wrong;
      else if (path === '-') print(text);
      else if (text !== source.text) replaceFile(path, bytesOfText(text), 'the formatted program');
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain('text', `${error.message}\n`);
      wrong = true;
    }
  }
  return wrong ? status.wrong : status.ok;
}

/** Names the file on stdout when it would change. */
function differs({ name, text: before }: Source, text: string): boolean {
  if (text === before) return false;
  print(`${name}\n`);
  return true;
}

/** @throws Failure  the script does not parse */
function formatted(source: Source): string {
  const found = new DiagnosticList();
  const tree = parse(source, found.report);
  if (!tree) throw new Failure(renderDiagnostics(found.all, { face: 'command' }).trimEnd(), status.wrong);
  const text = formatScript(tree);
  const again = parse(new Source(source.name, text), () => undefined);
  if (!again || printTree(again) !== printTree(tree) || commentTexts(again) !== commentTexts(tree)) bug('format', `the formatted text of ${source.name} would mean something else, or lacks a comment`, text);
  return text;
}

/** The comments of a script, whatever their indentation. */
function commentTexts(tree: SyntaxTree): string {
  return commentsOf(tree).map(({ text }) => text.replace(/\s+/g, ' ').trim()).join('\n');
}
