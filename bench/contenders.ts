// The ways to run a program that are compared: tbpf's object, clang's object, bpftrace.
//
//   in     a BenchProgram
//   out    Running: the program is attached, its cost can be read, stop() takes it away
//   idea   both objects go the same way, through our addon; only who wrote the instructions differs

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile } from '../lib/compile.js';
import { Source } from '../lib/model/source/source.js';
import { renderDiagnostics } from '../lib/model/diagnostics/render.js';
import { RunningTarget } from '../lib/runtime/discover/index.js';
import { loadNative, type ProgramHandle } from '../lib/runtime/native/index.js';
import { insnsOf, programsOf, type Cost } from './loaded.js';
import { benchFolder, builtFolder, output } from './place.js';
import type { BenchProgram } from './programs.js';
import { hasEnded, interrupt, startTracer } from './tracer.js';

export interface Running {
  costs(): readonly Cost[];
  /** translated instructions of all programs */
  insns(): number;
  stop(): Promise<void>;
}

export type Start = () => Promise<Running>;

/** Room for every record of a run: nobody reads them meanwhile. */
const RING_BYTES = 1 << 25;
const BPF_MAP_TYPE_RINGBUF = 27;

export const scriptFor = (script: string, pid: number): string => script.replaceAll('$PID', String(pid));

/** Compiles the script now. */
export function startTbpf(program: BenchProgram, pid: number): Start {
  const { diagnostics, output: compiled } = compile(new Source(program.name, scriptFor(program.script, pid)), new RunningTarget({ native: loadNative }));
  if (compiled === undefined) throw new Error(renderDiagnostics(diagnostics));
  return () => startObject(compiled.elf);
}

/** Compiles the C file now. */
export function startC(program: BenchProgram, pid: number): Start {
  const file = join(builtFolder, `${program.name}.bpf.o`);
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const flags = ['-O2', '-g', '-target', 'bpf', '-Wall', `-DPID=${pid}`, `-I/usr/include/${machine}-linux-gnu`];
  output('clang', ...flags, '-c', join(benchFolder, 'c', `${program.name}.bpf.c`), '-o', file);
  const elf = readFileSync(file);
  return () => startObject(elf);
}

async function startObject(elf: Uint8Array): Promise<Running> {
  const object = loadNative().openObject(elf);
  for (const map of object.maps) if (map.type === BPF_MAP_TYPE_RINGBUF) map.setMaxEntries(RING_BYTES);
  object.load();
  const links = object.programs.map((handle) => {
    const [kind, category, event] = handle.section.split('/');
    if (kind !== 'tracepoint' || category === undefined || event === undefined) throw new Error(`cannot attach section ${handle.section}`);
    return handle.attach({ kind: 'tracepoint', category, event });
  });
  const cost = (handle: ProgramHandle): Cost => {
    const { id, runTimeNs, runCount } = handle.info();
    return { id, runTimeNs: Number(runTimeNs), runCount: Number(runCount) };
  };
  return {
    costs: () => object.programs.map(cost),
    insns: () => object.programs.reduce((sum, handle) => sum + handle.info().xlatedBytes / 8, 0),
    stop: async () => {
      await loadNative().closeMany(links).result;
      object.close();
    },
  };
}

/** @param fire  makes a few calls that fire the programs: attaching is known to be done by their being counted */
export function startCommand(argv: readonly string[], fire: () => Promise<unknown>): Start {
  return async () => {
    const child = await startTracer(argv, 'ignore');
    const { pid } = child;
    for (let waitedMs = 0; ; waitedMs += 20) {
      await fire();
      const costs = hasEnded(child) ? [] : programsOf(pid);
      if (costs.length > 0 && costs.every(({ runCount }) => runCount > 0)) break;
      if (hasEnded(child) || waitedMs > 20_000) {
        child.kill('SIGKILL');
        throw new Error(`${argv.join(' ')}: attached nothing`);
      }
      await sleep(20);
    }
    return {
      costs: () => programsOf(pid),
      insns: () => programsOf(pid).reduce((sum, { id }) => sum + insnsOf(id), 0),
      stop: () => interrupt(child),
    };
  };
}
