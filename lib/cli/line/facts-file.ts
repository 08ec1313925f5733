// The machine that `tbpf build --for FACTS` compiles for.

import { type Facts, FactsTarget, isFacts } from '../../model/target/facts.js';
import type { BinaryFacts, Target } from '../../model/target/target.js';
import { readForeignFile } from '../../runtime/native/foreign-file.js';
import { Failure, status } from '../output/failure.js';
import { readGiven } from './given-file.js';

const MOST_BYTES = 256 << 20;

/** The kernel of the facts; files are those of this machine. The program looks for places in files anew where it runs. */
class OtherMachine extends FactsTarget {
  constructor(facts: Facts, private readonly here: Pick<Target, 'binary' | 'matchBinaries'>) {
    super(facts);
  }

  override binary(name?: string): BinaryFacts | undefined {
    return name === undefined ? undefined : this.here.binary(name);
  }

  override matchBinaries(pattern?: string): readonly string[] {
    return pattern === undefined ? [] : this.here.matchBinaries(pattern);
  }
}

/** @throws Failure  the file cannot be read, or holds no facts */
export function readFacts(path: string, here: Target): Target {
  const facts = parse(readGiven(path, () => readForeignFile(path, MOST_BYTES)).toString('utf8'));
  if (!isFacts(facts)) throw new Failure(`ERROR: ${path} holds no facts of a machine\nHINT: They are recorded there: tbpf facts > FACTS`, status.wrong);
  return new OtherMachine(facts, here);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
