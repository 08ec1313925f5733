// What compile() answers to a text, whatever it is: output or errors, never an exception, never neither, never both; and how long it takes.

import { compile, type CompileOptions } from '../../lib/compile.js';
import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { Source } from '../../lib/model/source/source.js';
import type { Target } from '../../lib/model/target/target.js';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { damagedScripts, mutants, noise, random, type Random } from './mutate.js';

/** Texts of one kind, and the machine that they are compiled for. */
export interface Damage {
  readonly title: string;
  readonly texts: (next: Random, count: number) => Iterable<string>;
  readonly target: Target;
  readonly options: CompileOptions;
}

export const damages: readonly Damage[] = [
  { title: 'a machine with everything', texts: mutants, target: new FixtureTarget(), options: {} },
  { title: 'unsafe, with parameters', texts: mutants, target: new FixtureTarget(), options: { unsafe: true, verboseErrors: true, parameters: ['5', 'hello'], pid: 1 } },
  { title: 'a machine without types', texts: mutants, target: new FixtureTarget({ btf: false, lacks: ['helper:loop', 'kprobe_multi', 'helper:get_attach_cookie'] }), options: {} },
  { title: 'random bytes and words', texts: noise, target: new FixtureTarget(), options: {} },
  { title: 'damaged texts', texts: damagedScripts, target: new FixtureTarget(), options: {} },
];

export interface Answer {
  readonly compiled: boolean;
  /** what is wrong with it */
  readonly wrong: string | undefined;
  /** of CPU: the machine may be busy */
  readonly ms: number;
}

export function answerTo(text: string, { target, options }: Damage): Answer {
  const before = process.cpuUsage();
  const { compiled, wrong } = compiledOrWrong(text, target, options);
  const { user, system } = process.cpuUsage(before);
  return { compiled, wrong, ms: (user + system) / 1000 };
}

function compiledOrWrong(text: string, target: Target, options: CompileOptions): Pick<Answer, 'compiled' | 'wrong'> {
  try {
    const { diagnostics, output } = compile(new Source('stdin', text), target, options);
    const compiled = output !== undefined;
    renderDiagnostics(diagnostics);
    if (compiled === diagnostics.some((d) => d.severity === 'error')) return { compiled, wrong: 'neither output nor an error, or both' };
    const isOutside = diagnostics.some(({ span }) => span && (span.start > span.end || span.end > span.source.text.length));
    return { compiled, wrong: isOutside ? 'a place outside of the script' : undefined };
  } catch (error) {
    return { compiled: false, wrong: (error as Error).stack };
  }
}

/** The damaged text of a seed, and how it is compiled. */
export function damagedOf(seed: number): { readonly text: string; readonly damage: Damage } {
  const damage = damages[seed % damages.length]!;
  const [text = ''] = damage.texts(random(seed), 1);
  return { text, damage };
}
