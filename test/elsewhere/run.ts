// `npm run test:elsewhere`: scripts are compiled for three kernels, and each file is run on all of them.
//
//   in     programs.ts; this machine and the guests of scripts/vm
//   out    the table in docs/compiled.md; status 1 where a verifier refused a program, or it printed something else than its script compiled there
//   idea   what a guest knows of itself is recorded there (`tbpf facts`), and compiled for here

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeProgramFile } from '../../lib/api/program-file.js';
import { readFacts } from '../../lib/cli/line/facts-file.js';
import { compile } from '../../lib/compile.js';
import { manifestToJson } from '../../lib/model/layout/manifest.js';
import { Source } from '../../lib/model/source/source.js';
import { insnPlaces } from '../../lib/trace/insn-places.js';
import { Complaint } from '../../scripts/complaint.js';
import { lastLines, runGuest } from '../../scripts/vm/guest.js';
import { findKernel, knownKernels } from '../../scripts/vm/kernel.js';
import { cache, root } from '../../scripts/vm/paths.js';
import { kernelTarget } from '../helpers/kernel-session.js';
import type { Outcome } from './load.js';
import { programs } from './programs.js';
import { withTable } from './table.js';

const DOCUMENT = join(root, 'docs/compiled.md');
const MACHINE = 'machine';
/** emulated guests take a second for each program */
const GUEST_MS = 1_500_000;

mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'elsewhere-'));
try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main(): Promise<number> {
  const names = [...knownKernels.map(({ name }) => name), MACHINE];
  const builtFor = new Map<string, number>();
  mkdirSync(join(folder, 'files'));
  for (const name of names) {
    const facts = join(folder, `${name}.facts`);
    writeFileSync(facts, await onKernel(name, 'node bin/tbpf facts'));
    builtFor.set(name, buildAll(name, facts));
    console.log(`for ${name}: ${builtFor.get(name)!} of ${programs().length} compile`);
  }
  const outcomes = new Map<string, Outcome[]>();
  for (const name of names) {
    const lines = await onKernel(name, `node scripts/run.mjs test/elsewhere/load.ts ${join(folder, 'files')}`);
    outcomes.set(name, lines.trimEnd().split('\n').map((line) => JSON.parse(line) as Outcome));
    const some = outcomes.get(name)!.filter(({ alien }) => !alien);
    console.log(`on ${name}: ${some.filter(({ what }) => what === 'same').length} of ${some.length} run`);
  }
  writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, 'utf8'), programs(), outcomes, new Map(names.map((name) => [name, releaseOf(name)]))));
  const wrong = [...outcomes].flatMap(([on, list]) => list.filter(({ what }) => what === 'failed' || what === 'other').map((outcome) => ({ on, ...outcome })));
  for (const { on, kernel, number, what, text } of wrong) console.log(`${what}: ${programs()[number]!.name}, compiled for ${kernel}, on ${on}\n${text ?? ''}`);
  return wrong.length > 0 ? 1 : 0;
}

/** The number of its version. */
function releaseOf(name: string): string {
  const release = name === MACHINE ? kernelTarget().kernelRelease : findKernel(name).release;
  return /^[\d.]+/.exec(release)?.[0] ?? release;
}

/** Answers how many compile. */
function buildAll(name: string, facts: string): number {
  const target = readFacts(facts, kernelTarget());
  mkdirSync(join(folder, 'files', name));
  const built = programs().map(({ script }, number) => {
    const source = new Source('stdin', script);
    const { output } = compile(source, target, { portable: true });
    if (output) writeFileSync(join(folder, 'files', name, `${number}.tbpf`), encodeProgramFile({ elf: output.elf, manifest: manifestToJson(output.manifest), places: insnPlaces(output.object, source) }));
    return output !== undefined;
  });
  return built.filter(Boolean).length;
}

/** What a command writes to stdout on one of the kernels. */
async function onKernel(name: string, command: string): Promise<string> {
  if (name === MACHINE) return execFileSync('sh', ['-c', command], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  const share = mkdtempSync(join(folder, 'share-'));
  const parts: Buffer[] = [];
  const end = await runGuest({ kernel: findKernel(name), command, share, cwd: root, timeoutMs: GUEST_MS, onStdout: (bytes) => parts.push(bytes), onStderr: (bytes) => process.stderr.write(bytes) });
  if (end.status !== 0) throw new Complaint(`On Linux ${name} '${command}' ended with ${end.status ?? 'the guest'}; the console's last lines:\n${lastLines(end.console)}`);
  return Buffer.concat(parts).toString('utf8');
}
