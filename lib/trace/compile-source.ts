// compile() with the files of this machine: what scripts import and which headers they include.

import { compile, type CompileOptions, type CompileResult } from '../compile.js';
import type { Source } from '../model/source/source.js';
import type { Target } from '../model/target/target.js';
import { filesOf, type OnFile } from './files.js';

export interface CompileSourceOptions extends Omit<CompileOptions, 'readImport' | 'readHeader' | 'includes'> {
  /** where headers are looked for besides the usual places */
  readonly includeDirectories?: readonly string[];
  /** headers of --include, as given */
  readonly includeFiles?: readonly string[];
  readonly onFile?: OnFile;
}

export function compileSource(source: Source, target: Target, { includeDirectories = [], includeFiles = [], onFile, ...options }: CompileSourceOptions): CompileResult {
  return compile(source, target, { ...options, ...filesOf(source.name, includeDirectories, includeFiles, onFile) });
}
