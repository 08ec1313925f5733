// Addresses to names: the SymbolSource of a live session.
//
//   in     addresses as the kernel recorded them, with their process
//   out    frames; output makes text of them
//   never  reads anything before the first address is asked for; throws

import type { Frame, SymbolSource } from '../../model/layout/symbols.js';
import type { StackValue } from '../../model/layout/value.js';
import { Unfailing } from '../native/no-name.js';
import type { Kallsyms, NativeAddon } from '../native/types.js';
import { KernelSource, type NamedAddress } from './kernel-source.js';
import { UserSymbols, type CacheMode, type ProbedBinary, type UserAddress } from './user-symbols.js';

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
  /** called once with the reason why names are not found */
  readonly warn?: (text: string) => void;
}

const MAX_REMEMBERED = 1 << 16;

export class Symbolizer implements SymbolSource {
  readonly #kernel: KernelSource;
  readonly #user: UserSymbols;
  readonly #unfailing: Unfailing;
  readonly #kernelFrames = new Map<bigint, Frame>();

  constructor(options: SymbolizerOptions) {
    this.#unfailing = new Unfailing(options.warn ?? (() => undefined));
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
    this.#unfailing.or(undefined, () => this.#user.snapshot(pid));
  }

  /** Reads again what a living process maps: for a process that may load libraries and then end before its addresses are asked for (-c). */
  refresh(pid: number): void {
    this.#unfailing.or(undefined, () => this.#user.refresh(pid));
  }

  kernelFrame(address: bigint): Frame {
    let frame = this.#kernelFrames.get(address);
    if (frame === undefined) {
      if (this.#kernelFrames.size >= MAX_REMEMBERED) this.#kernelFrames.clear();
      this.#kernelFrames.set(address, frame = frameOf(address, this.#unfailing.or(undefined, () => this.#kernel.find(address))));
    }
    return frame;
  }

  /** @param firstAddress  innermost address of the stack that it is part of, see UserSymbols.find */
  userFrame(address: bigint, pid: number, program: number, firstAddress = address): Frame {
    return frameOf(address, this.#unfailing.or(undefined, () => this.#user.find(pid, address, program, firstAddress)));
  }

  frames(stack: StackValue, space: 'kernel' | 'user'): Frame[] {
    const { addresses, pid, program } = stack;
    return addresses.map((address) => (space === 'kernel' ? this.kernelFrame(address) : this.userFrame(address, pid, program, addresses[0])));
  }
}

function frameOf(address: bigint, found: NamedAddress | UserAddress | undefined): Frame {
  if (found === undefined) return { address };
  const module = found.module === '' ? {} : { module: found.module };
  return found.name === undefined ? { address, ...module } : { address, name: found.name, offset: found.offset, ...module };
}
