// compile() and check() for machines that are not this one. Need no Node.

import { OptionError } from '../model/diagnostics/errors.js';
import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import { Source } from '../model/source/source.js';
import { type Facts, FactsTarget, isFacts, nothingKnown } from '../model/target/facts.js';
import { knownOptions, wrongType } from './check.js';
import { compileHere, programFrom, type CompiledHere } from './compile-here.js';
import { compileNames, type CompileOptions, compilingOf } from './compile-options.js';
import { describe } from './describe.js';
import type { Program } from './program.js';
import { ScriptText } from './script-text.js';
import type { ScriptTypes, UnknownTypes } from './script-types.js';

export interface CompileAnywhereOptions extends Omit<CompileOptions, 'machine' | 'include'> {
  /** what Machine.record() of tbpf recorded; default: a machine of which nothing is known, for scripts of begin, end and timers */
  readonly machine?: Facts;
  /** shown in messages; default `script` */
  readonly name?: string;
  /** text of what the script imports; undefined: there is no such file
   *  @param from  name of the script that imports it */
  readonly resolve?: (path: string, from: string) => string | undefined;
  /** called with what each stage of the compiler has made, as text: `tree`, `types`, `ir`, `ir:after=PASS`, `select`, `regalloc`, `bpf` (the instructions),
   *  `layout`; what `-d` of the command prints. A stage that a mistake keeps from being reached is not called for */
  readonly dump?: (stage: string, text: string) => void;
}

/** @throws CompileError  `.diagnostics` say what is wrong, with places
 *  @throws OptionError */
export function compile<S extends ScriptTypes = UnknownTypes>(script: string | ScriptText, options: CompileAnywhereOptions = {}): Program<S> {
  return programFrom(compiledFrom(script, options)) as Program<S>;
}

/** What compile() would say of a script: errors and warnings, none for a script without any.
 * @throws OptionError */
export function check(script: string | ScriptText, options: CompileAnywhereOptions = {}): readonly Diagnostic[] {
  return compiledFrom(script, options).diagnostics;
}

function compiledFrom(script: unknown, { name = 'script', resolve, dump, machine = nothingKnown, ...options }: CompileAnywhereOptions): CompiledHere {
  if (typeof name !== 'string') throw wrongType('options.name', name, 'a string');
  if (resolve !== undefined && typeof resolve !== 'function') throw wrongType('options.resolve', resolve, 'a function');
  if (dump !== undefined && typeof dump !== 'function') throw wrongType('options.dump', dump, 'a function');
  if (!isFacts(machine)) throw wrongType('options.machine', machine, 'what Machine.record() recorded');
  knownOptions('options', options, compileNames.filter((known) => known !== 'machine' && known !== 'include'));
  return compileHere(new Source(name, textOf(script)), new FactsTarget(machine), compilingOf(options), {
    dump,
    readImport(path, importer) {
      const text = resolve?.(path, importer);
      return text === undefined ? { problem: 'missing', checked: [path] } : { files: [{ name: path, text }] };
    },
  });
}

function textOf(script: unknown): string {
  if (typeof script === 'string') return script;
  if (script instanceof ScriptText) return script.text;
  throw new OptionError('script', `the script is ${describe(script)}: it has to be text or bpf\`…\``, 'ERR_OPTION_TYPE');
}
