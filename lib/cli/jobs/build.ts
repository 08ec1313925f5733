// `tbpf build SCRIPT -o FILE [params]`, `tbpf --aot FILE SCRIPT [params]`: the script compiled to a file (api/program-file.ts) that `tbpf run` and load() of the library run.
//
//   facts  the program is portable: -p, -c, named parameters and, unless given here, `$1`, `$2` … belong to the run. No rights are needed where
//          the script's probes can be looked up without

import { asCommand, encodeProgramFile } from '../../api/program-file.js';
import { renderDiagnostics } from '../../model/diagnostics/render.js';
import { manifestToJson } from '../../model/layout/manifest.js';
import { loadNative } from '../../runtime/native/index.js';
import { compileSource } from '../../trace/compile-source.js';
import { insnPlaces } from '../../trace/insn-places.js';
import type { CommandLine } from '../line/command-line.js';
import { configFromEnvironment, openTarget } from '../line/given.js';
import { readFacts } from '../line/facts-file.js';
import { readProgram } from '../line/program.js';
import { Failure, status } from '../output/failure.js';
import { replaceFile } from '../output/replace-file.js';

export function buildScript(line: CommandLine): number {
  const source = readProgram(line.program!);
  const say = (text: string): void => void (line.warnings && process.stderr.write(text));
  const { parameters, unsafe, verboseErrors, includeDirectories, includeFiles } = line;
  const here = openTarget(line, loadNative(), false);
  const { diagnostics, output } = compileSource(source, line.facts === undefined ? here : readFacts(line.facts, here), {
    config: configFromEnvironment((text) => say(`WARNING: ${text}\n`)), portable: true, parameters, unsafe, verboseErrors, includeDirectories, includeFiles,
  });
  const said = renderDiagnostics(diagnostics, { face: 'command' });
  if (!output) throw new Failure(said.trimEnd(), status.wrong);
  say(said);
  const { elf, manifest, object } = output;
  const bytes = encodeProgramFile({ elf, manifest: manifestToJson(manifest), places: insnPlaces(object, source) });
  replaceFile(line.output!, line.executable ? asCommand(bytes) : bytes, 'the program', { executable: line.executable });
  return status.ok;
}
