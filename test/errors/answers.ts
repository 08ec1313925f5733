// What the compiler answers to a script, whatever the script says: output or errors, never an exception, never neither, never both.

import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { everyPair, randomScript, type Script } from '../helpers/positions.js';
import { dice } from '../helpers/dice.js';
import { runInSim } from '../helpers/sim-session.js';
import { binary } from './cases.js';

const target = new FixtureTarget({ binaries: { '/bin/app': binary } });
const context = new Uint8Array(512);

/** What is wrong with the answer; undefined: nothing. A program that comes out of it runs in the simulator, which faults where the
 *  verifier would refuse. The seed chooses the options. */
export function wrongAnswer({ text, probe }: Script, seed: number): string | undefined {
  const isFired = !['begin', 'end'].includes(probe) && !probe.startsWith('self');
  try {
    const { diagnostics, compiled } = runInSim(text, {
      target, warnings: false, unsafe: seed % 2 === 0, verboseErrors: seed % 3 === 0, parameters: seed % 2 === 0 ? ['5', 'hello'] : [],
      config: { unstable_typeinfo: seed % 5 === 0 ? 'error' : 'enable' }, format: seed % 2 === 0 ? 'text' : 'json',
      prepare: (machine, { manifest }) => {
        if (isFired) for (const { name } of manifest.programs) machine.run(name, { context });
      },
    });
    for (const { span } of diagnostics) if (span && (span.start > span.end || span.end > span.source.text.length)) return 'a place outside of the script';
    renderDiagnostics(diagnostics);
    return (compiled === undefined) === diagnostics.some((d) => d.severity === 'error') ? undefined : 'neither output nor an error, or both';
  } catch (error) {
    return (error as Error).stack;
  }
}

/** The scripts of a seed. */
export function scriptsOf(seed: number, random: number): Script[] {
  const choice = dice(seed);
  return [...everyPair(seed), ...Array.from({ length: random }, () => randomScript(choice, 'simulator'))];
}
