// Addresses to names: stacks as text (language.md 4.4) and as frames for programs.
//
//   in     StackValue, SymbolValue: addresses as the kernel recorded them
//   out    text per stack mode; Frame[]; the name of one address
//   never  reads anything before the first address is asked for

import type { StackValue, SymbolValue } from '../../model/layout/value.js';
import type { StackMode, StackType } from '../../model/types/types.js';
import type { Kallsyms, NativeAddon } from '../native/types.js';
import { KernelSource, type NamedAddress } from './kernel-source.js';
import { UserSymbols, type CacheMode, type ProbedBinary, type UserAddress } from './user-symbols.js';

/** One symbolized address. */
export interface Frame {
  readonly address: bigint;
  readonly name?: string;
  /** bytes past the symbol's start; only with a name */
  readonly offset?: bigint;
  /** kernel module or path of the mapped file, where known */
  readonly module?: string;
}

export interface SymbolizerOptions {
  readonly native: () => NativeAddon;
  /** kernel symbols when someone has read them already; default: the addon reads them */
  readonly kallsyms?: () => Kallsyms;
  /** config cpp_demangle, default true */
  readonly demangle?: boolean;
  /** config cache_user_symbols, default PER_PID */
  readonly cache?: CacheMode;
  /** where the program with this index in the manifest is attached, for uprobes and usdt */
  readonly binaryOf?: (program: number) => ProbedBinary | undefined;
  /** told once what keeps names from being found */
  readonly warn?: (text: string) => void;
}

/** What the kernel writes for a frame that could not be unwound. */
const UNWIND_FAILURE = (1n << 64n) - 1n;
const MAX_REMEMBERED = 1 << 16;

export class Symbolizer {
  readonly #kernel: KernelSource;
  readonly #user: UserSymbols;
  readonly #kernelFrames = new Map<bigint, Frame>();

  constructor(options: SymbolizerOptions) {
    this.#kernel = new KernelSource(options.kallsyms ?? (() => options.native().readKallsyms()), options.warn ?? (() => undefined));
    this.#user = new UserSymbols({
      native: options.native,
      cache: options.cache ?? 'PER_PID',
      demangle: options.demangle ?? true,
      binaryOf: options.binaryOf ?? (() => undefined),
    });
  }

  /** Reads what the process maps while it is alive; cheap when that is known already. For every process seen in an event with a user address. */
  snapshot(pid: number): void {
    this.#user.snapshot(pid);
  }

  kernelFrame(address: bigint): Frame {
    let frame = this.#kernelFrames.get(address);
    if (frame === undefined) {
      if (this.#kernelFrames.size >= MAX_REMEMBERED) this.#kernelFrames.clear();
      this.#kernelFrames.set(address, frame = frameOf(address, this.#kernel.find(address)));
    }
    return frame;
  }

  /** @param firstAddress  innermost address of its stack, see UserSymbols.find */
  userFrame(address: bigint, pid: number, program: number, firstAddress = address): Frame {
    return frameOf(address, this.#user.find(pid, address, program, firstAddress));
  }

  /** Frames, innermost first; those behind an unwind failure are left out. */
  frames(value: StackValue, space: StackType['space']): Frame[] {
    const end = value.addresses.indexOf(UNWIND_FAILURE);
    const addresses = end < 0 ? value.addresses : value.addresses.slice(0, end);
    return addresses.map((address) => (space === 'kernel' ? this.kernelFrame(address) : this.userFrame(address, value.pid, value.program, value.addresses[0])));
  }

  /** A line break, then a line for each frame. */
  renderStack(value: StackValue, type: StackType): string {
    let text = '\n';
    value.addresses.every((address, index) => {
      if (address === UNWIND_FAILURE) {
        text += '        <unwind failure>\n';
        return false;
      }
      text += `${this.#line(value, index, address, type)}\n`;
      return true;
    });
    return text;
  }

  #line(value: StackValue, index: number, address: bigint, { mode, space }: StackType): string {
    if (mode === 'raw') return address.toString(16);
    if (mode === 'build_id') {
      const buildId = value.buildIds?.[index];
      return buildId === undefined ? address.toString(16) : `${buildId} 0x${address.toString(16)}`;
    }
    const frame = space === 'kernel' ? this.kernelFrame(address) : this.userFrame(address, value.pid, value.program, value.addresses[0]);
    return renderFrame(frame, mode, space);
  }

  /** Name without offset, `0x…` when there is none: what ksym(), usym() and func print. */
  renderSymbol({ address, pid, program }: SymbolValue): string {
    const frame = pid === 0 ? this.kernelFrame(address) : this.userFrame(address, pid, program);
    return frame.name ?? `0x${address.toString(16)}`;
  }
}

export function renderFrame(frame: Frame, mode: Extract<StackMode, 'bpftrace' | 'perf'>, space: StackType['space']): string {
  const address = frame.address.toString(16);
  const name = frame.name === undefined ? `0x${address}` : `${frame.name}+${frame.offset}`;
  if (mode === 'bpftrace') return `        ${name}`;
  const module = space === 'kernel' ? '' : frame.name === undefined ? ' ([unknown])' : ` (${frame.module || '[unknown]'})`;
  return `\t${address} ${name}${module}`;
}

function frameOf(address: bigint, found: NamedAddress | UserAddress | undefined): Frame {
  if (found === undefined) return { address };
  const module = found.module === '' ? {} : { module: found.module };
  return found.name === undefined ? { address, ...module } : { address, name: found.name, offset: found.offset, ...module };
}
