// Small programs for the tests of the machine, written with the assembler.

import { Assembler } from '../../../lib/model/bpf/assembler.js';
import type { Insn } from '../../../lib/model/bpf/insn.js';
import type { MapSpec, ObjectSpec } from '../../../lib/model/bpf/object-spec.js';
import type { Register } from '../../../lib/model/bpf/registers.js';
import { R10, R2 } from '../../../lib/model/bpf/registers.js';
import type { Environment, RunOptions, RunResult } from '../../../lib/sim/index.js';
import { Machine, SimFault } from '../../../lib/sim/index.js';

export type Build = (asm: Assembler) => unknown;

export interface Parts {
  readonly section?: string;
  readonly maps?: readonly MapSpec[];
  readonly rodata?: Uint8Array;
  readonly subprograms?: Readonly<Record<string, Build | readonly Insn[]>>;
  readonly environment?: Environment;
}

export function assemble(build: Build | readonly Insn[]): readonly Insn[] {
  if (typeof build !== 'function') return build;
  const asm = new Assembler();
  build(asm);
  return asm.finish();
}

export function objectOf(build: Build | readonly Insn[], parts: Parts = {}): ObjectSpec {
  return {
    programs: [{ name: 'main', section: parts.section ?? 'raw_tp', insns: assemble(build), argumentCount: 1 }],
    subprograms: Object.entries(parts.subprograms ?? {}).map(([name, body]) => ({ name, insns: assemble(body), argumentCount: 5 })),
    maps: parts.maps ?? [],
    rodata: parts.rodata ?? new Uint8Array(0),
    license: 'GPL',
  };
}

export function machineOf(build: Build | readonly Insn[], parts: Parts = {}): Machine {
  return new Machine(objectOf(build, parts), parts.environment);
}

export function run(build: Build | readonly Insn[], parts: Parts = {}, options?: RunOptions): RunResult {
  return machineOf(build, parts).run('main', options);
}

export function retval(build: Build | readonly Insn[], parts: Parts = {}, options?: RunOptions): bigint {
  return run(build, parts, options).retval;
}

/** The part of a tap test that `faults` needs. */
export interface Asserts {
  match(found: unknown, pattern: RegExp): boolean;
  fail(message: string): boolean;
}

/** Runs `action`, which must fault with a reason that matches. */
export function faults(test: Asserts, action: () => unknown, reason: RegExp): SimFault | undefined {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SimFault)) throw error;
    test.match(error.reason, reason);
    return error;
  }
  test.fail(`no fault, but ${reason} was expected`);
  return undefined;
}

export function map(name: string, type: MapSpec['type'], keySize: number, valueSize: number, maxEntries: number, flags = 0): MapSpec {
  return { name, type, keySize, valueSize, maxEntries, flags };
}

/** Stores a key of 4 bytes at fp-4 and points r2 to it. */
export function key4(asm: Assembler, value: number, to: Register = R2): Assembler {
  return asm.store(R10, -4, value, 'u32').mov64(to, R10).add64(to, -4);
}

export function u32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

export function u64(...values: (bigint | number)[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, BigInt(value))).buffer);
}

export function ascii(text: string, size = text.length): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(Buffer.from(text, 'latin1'));
  return bytes;
}

export function words(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 3 }, (_, i) => view.getBigUint64(i * 8, true));
}
