// `tbpf types SCRIPT`: the types of its events and maps as TypeScript, on stdout or in the file of -o. What the compiler warns of goes to stderr.

import { typesOf } from '../../api/typescript.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { renderDiagnostics } from '../../model/diagnostics/render.js';
import { loadNative } from '../../runtime/native/index.js';
import { compileSource } from '../../trace/compile-source.js';
import type { CommandLine } from '../line/command-line.js';
import { openTarget } from '../line/given.js';
import { readProgram } from '../line/program.js';
import { Failure, status } from '../output/failure.js';
import { print } from '../output/standard.js';
import { replaceFile } from '../output/replace-file.js';

export function showTypes(line: CommandLine): number {
  const source = readProgram(line.program!);
  const target = openTarget(line, loadNative(), false);
  const { diagnostics, output } = compileSource(source, target, { parameters: line.parameters, unsafe: true, includeDirectories: line.includeDirectories, includeFiles: line.includeFiles });
  const said = renderDiagnostics(diagnostics, { face: 'command' });
  if (!output) throw new Failure(said.trimEnd(), status.wrong);
  process.stderr.write(said);
  const text = `// Written by: tbpf types ${source.name}\n\n${typesOf(output.manifest)}`;
  if (line.output === undefined) print(text);
  else replaceFile(line.output, bytesOfText(text), 'the types');
  return status.ok;
}
