// Facts of a machine as plain data, recorded there and used anywhere.
//
//   made by  api/record-facts.ts
//   facts    JSON.stringify() and JSON.parse() keep them. What was not recorded is not there: a tracepoint that no recorded probe matches is
//            unknown, and so is a feature that compilers did not ask for at the time

import { Btf } from '../btf/btf.js';
import { bytesFromBase64 } from '../bytes/base64.js';
import { alternatives, matcher } from './pattern.js';
import { syscallName, syscallNumber } from './syscalls.js';
import type { Arch, BinaryFacts, PidNamespace, Target, TracepointField, TracepointFormat } from './target.js';

/** A TracepointFormat whose numbers of 64 bits are decimal digits. */
export interface RecordedFormat extends Omit<TracepointFormat, 'fields'> {
  readonly fields: readonly (Omit<TracepointField, 'names'> & { readonly names?: readonly (readonly [name: string, value: string])[] })[];
}

export function recordedFormat({ fields, ...format }: TracepointFormat): RecordedFormat {
  return { ...format, fields: fields.map(({ names, ...field }) => ({ ...field, ...(names && { names: names.map(([name, value]) => [name, String(value)] as const) }) })) };
}

function formatOf({ fields, ...format }: RecordedFormat): TracepointFormat {
  return { ...format, fields: fields.map(({ names, ...field }) => ({ ...field, ...(names && { names: names.map(([name, value]) => [name, BigInt(value)] as const) }) })) };
}

export interface Facts {
  readonly version: 1;
  readonly arch: Arch;
  /** as uname -r */
  readonly kernelRelease: string;
  /** identifies the build of the kernel (Target.kernelBuild) */
  readonly kernelBuild?: string | undefined;
  readonly cpuCount: number;
  /** features of the kernel (Target.has) by name */
  readonly features: Readonly<Record<string, boolean>>;
  readonly tracepoints: readonly RecordedFormat[];
  readonly rawTracepoints: readonly (readonly [module: string, event: string])[];
  /** functions that kprobes may be put on. address: a number in decimal digits */
  readonly functions: readonly { readonly module: string; readonly name: string; readonly address?: string; readonly size?: number }[];
  /** types of the kernel: the bytes of its BTF in base64 */
  readonly btf?: string;
}

export function isFacts(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && (value as Partial<Facts>).version === 1 && Array.isArray((value as Partial<Facts>).tracepoints);
}

/** A machine of which nothing is known: begin, end, timers and what every kernel has. */
export const nothingKnown: Facts = {
  version: 1, arch: 'x86_64', kernelRelease: '6.12.0', cpuCount: 1, features: {}, tracepoints: [], rawTracepoints: [], functions: [],
};

export class FactsTarget implements Target {
  readonly arch: Arch;
  readonly kernelRelease: string;
  readonly kernelBuild: string | undefined;
  readonly cpuCount: number;
  readonly pidNamespace: PidNamespace | undefined = undefined;
  readonly procNamespace: PidNamespace | undefined = undefined;
  private readonly facts: Facts;
  private parsed: Btf | undefined;

  constructor(facts: Facts) {
    this.facts = facts;
    this.arch = facts.arch;
    this.kernelRelease = facts.kernelRelease;
    this.kernelBuild = facts.kernelBuild;
    this.cpuCount = facts.cpuCount;
  }

  get btf(): Btf | undefined {
    if (this.facts.btf === undefined) return undefined;
    return (this.parsed ??= Btf.parse(bytesFromBase64(this.facts.btf)));
  }

  get btfModules(): readonly string[] {
    return this.facts.btf === undefined ? [] : ['vmlinux'];
  }

  moduleBtf(module: string): Btf | undefined {
    return module === 'vmlinux' ? this.btf : undefined;
  }

  tracepoint(category: string, event: string): TracepointFormat | undefined {
    const found = this.facts.tracepoints.find((format) => format.category === category && format.event === event);
    return found && formatOf(found);
  }

  matchTracepoints(category: string, event: string): readonly (readonly [category: string, event: string])[] {
    const [categories, events] = [matcher(category), alternatives(event)];
    return this.facts.tracepoints.filter((format) => categories(format.category) && events(format.event)).map((format) => [format.category, format.event] as const);
  }

  matchRawTracepoints(module: string, event: string): readonly (readonly [module: string, event: string])[] {
    const [modules, events] = [matcher(module), alternatives(event)];
    return this.facts.rawTracepoints.filter((each) => modules(each[0]) && events(each[1]));
  }

  kernelSymbol(name: string): bigint | undefined {
    const address = this.function(name)?.address;
    return address === undefined ? undefined : BigInt(address);
  }

  kernelFunctionSize(name: string): number | undefined {
    return this.function(name)?.size;
  }

  isModuleLoaded(module: string): boolean {
    return module === 'vmlinux' || this.facts.functions.some((each) => each.module === module);
  }

  matchKernelFunctions(module: string, name: string): readonly { readonly module: string; readonly name: string }[] {
    const [modules, names] = [matcher(module), alternatives(name)];
    return this.facts.functions.filter((each) => modules(each.module) && names(each.name));
  }

  isTraceable(name: string): boolean {
    return this.function(name) !== undefined;
  }

  binary(): BinaryFacts | undefined {
    return undefined;
  }

  matchBinaries(): readonly string[] {
    return [];
  }

  cgroupId(): bigint | undefined {
    return undefined;
  }

  syscallNumber(name: string): number | undefined {
    return syscallNumber(this.arch, name);
  }

  syscallName(number: number): string | undefined {
    return syscallName(this.arch, number);
  }

  has(feature: string): boolean {
    return feature === 'btf' ? this.facts.btf !== undefined : this.facts.features[feature] ?? false;
  }

  private function(name: string): Facts['functions'][number] | undefined {
    return this.facts.functions.find((each) => each.name === name);
  }
}
