// compile(): the compile verbs in a row. Pure: what it learns of a machine comes through the Target.
//
//   parse ▶ expand ▶ check ▶ lower ▶ optimize ▶ codegen ▶ object

import { check } from './compiler/check/index.js';
import { generate } from './compiler/codegen/index.js';
import { lower } from './compiler/lower/index.js';
import { writeObject } from './compiler/object/object.js';
import { optimize } from './compiler/optimize/index.js';
import { parse } from './compiler/parse/index.js';
import { Config } from './language/config.js';
import type { ObjectSpec } from './model/bpf/object-spec.js';
import { type Diagnostic, DiagnosticList } from './model/diagnostics/diagnostic.js';
import { printModule } from './model/ir/text.js';
import type { Manifest } from './model/layout/manifest.js';
import type { Source } from './model/source/source.js';
import type { Target } from './model/target/target.js';

export interface CompileOptions {
  /** config values in force, environment included; the script's own are set on it. Default: all defaults */
  readonly config?: Config;
  /** positional parameters, as typed */
  readonly parameters?: readonly string[];
  readonly unsafe?: boolean;
  /** only this process (`-p`) */
  readonly pid?: number;
  /** also report failed reads and missing map elements (`-k`) */
  readonly verboseErrors?: boolean;
  /** Receives what a stage produced, as text: `tree`, `types`, `ir`, `ir:after=PASS`, `regalloc`, `bpf`, `layout`. */
  readonly dump?: (stage: string, text: string) => void;
}

export interface Compiled {
  readonly elf: Uint8Array;
  readonly manifest: Manifest;
  readonly object: ObjectSpec;
}

export interface CompileResult {
  readonly diagnostics: readonly Diagnostic[];
  /** undefined when a diagnostic is an error */
  readonly output?: Compiled;
}

/** Compiles a script for a machine. Never throws for a wrong script: that is what diagnostics are for. */
export function compile(source: Source, target: Target, options: CompileOptions = {}): CompileResult {
  const found = new DiagnosticList();
  const tree = parse(source, found.report);
  if (!tree) return { diagnostics: found.all };
  const config = options.config ?? new Config();
  const typed = check(tree, { target, config, report: found.report, unsafe: options.unsafe, pid: options.pid });
  if (!typed) return { diagnostics: found.all };
  const lowered = lower(typed, { verboseErrors: options.verboseErrors });
  options.dump?.('ir', printModule(lowered.module));
  const module = optimize(lowered.module, options.dump && { dump: (pass, m) => options.dump!(`ir:after=${pass}`, printModule(m)) });
  const code = generate(module);
  const object: ObjectSpec = { ...code, maps: lowered.maps, rodata: lowered.rodata, license: config.text('license') };
  const elf = writeObject(object, { sourceFile: source.name });
  return { diagnostics: found.all, output: { elf, manifest: lowered.manifest, object } };
}
