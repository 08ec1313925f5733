// Which compiled scripts are kept for the next start (bin/kept-program.cjs), and what each of them depends on.
//
//   idea   the command line and the machine are the key; what else compiling looks at is noted here: files. What may change at any time without
//          a trace (processes, other BPF programs) makes a program that is not kept
//   facts  kept is what compiled without a word: a warning is said at every start

import { resolve } from 'node:path';
import type { Compiled } from '../../compile.js';
import { encodeProgramFile } from '../../api/program-file.js';
import type { Diagnostic } from '../../model/diagnostics/diagnostic.js';
import { manifestToJson } from '../../model/layout/manifest.js';
import type { Source } from '../../model/source/source.js';
import { hasWildcard } from '../../model/target/pattern.js';
import { overlaid } from '../../model/target/overlaid.js';
import type { BinaryFacts, Target } from '../../model/target/target.js';
import { searchPath } from '../../runtime/discover/index.js';
import { insnPlaces } from '../../trace/insn-places.js';
import type { CommandLine } from '../line/command-line.js';
import { keptProgram, type AfterCompiling } from '../line/kept-program.js';

/** A script that is being compiled, and may be kept. */
export class KeepProgram {
  private readonly files = new Set<string>();
  /** something was asked for whose answer may change without a trace, or said that would not be said again */
  private changes = false;

  constructor(private readonly after: AfterCompiling, script: string | undefined) {
    if (script !== undefined) this.files.add(resolve(script));
  }

  /** The machine, that notes what it is asked. */
  noting(target: Target): Target {
    const asked: Partial<Target> = {
      binary: (name, pid) => this.found(name, pid, target.binary(name, pid)),
      matchBinaries: (pattern, pid) => {
        const paths = target.matchBinaries(pattern, pid);
        if (hasWildcard(pattern)) this.changes = true;
        else this.looksFor(pattern, pid);
        return paths;
      },
      matchProgramFunctions: (programId, name) => {
        this.changes = true;
        return target.matchProgramFunctions?.(programId, name) ?? [];
      },
      cgroupId: (path) => {
        this.changes = true;
        return target.cgroupId(path);
      },
    };
    return overlaid(target, asked);
  }

  /** A file whose being there, or whose content, shaped the program. */
  readonly onFile = (path: string, kind: 'header' | 'import'): void => {
    if (kind === 'import') this.changes = true;
    else this.files.add(path);
  };

  /** Something was said that the next start has to say again. */
  warned(): void {
    this.changes = true;
  }

  /** Keeps the program when the process ends: nobody waits for it then. */
  compiled({ elf, manifest, object }: Compiled, source: Source, diagnostics: readonly Diagnostic[]): void {
    if (this.changes || diagnostics.length > 0) return;
    const keep = this.after([...this.files]);
    if (keep) process.on('exit', () => keep(encodeProgramFile({ elf, manifest: manifestToJson(manifest), places: insnPlaces(object, source) })));
  }

  private found(name: string, pid: number | undefined, facts: BinaryFacts | undefined): BinaryFacts | undefined {
    this.looksFor(name, pid);
    if (facts === undefined) return undefined;
    this.files.add(facts.path);
    const debugInfo: BinaryFacts['debugInfo'] = () => {
      this.changes = true; // it may lie in many files, some of them not there yet
      return facts.debugInfo();
    };
    return overlaid(facts, { debugInfo });
  }

  /** The places where a program or library of this name may lie. */
  private looksFor(name: string, pid: number | undefined): void {
    if (pid !== undefined || name.startsWith('/proc/')) this.changes = true;
    else if (name.includes('/')) this.files.add(resolve(name));
    else for (const folder of searchPath()) this.files.add(`${folder}/${name}`); // libraries: /etc/ld.so.cache is part of the key
  }
}

/** undefined: this command line is compiled each time. */
export function keepProgram(line: CommandLine): KeepProgram | undefined {
  const { program, mode, stages, emitElf, verbose, probeFilter, pid, dryRun, traceableFunctions, debugInfo } = line;
  const isPlain = line.action === 'run' && mode === 'trace' && stages.length === 0 && emitElf === undefined && !verbose && !dryRun && probeFilter === undefined;
  const isOfMachine = pid === undefined && traceableFunctions === undefined && debugInfo.length === 0 && process.env['BPFTRACE_BTF'] === undefined;
  if (!isPlain || !isOfMachine || program?.kind === 'stdin') return undefined;
  const after = keptProgram()?.begin();
  return after && new KeepProgram(after, program?.kind === 'file' ? program.path : undefined);
}
