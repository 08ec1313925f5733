// Addresses to names: the SymbolSource of a live session.
//
//   in     addresses as the kernel recorded them, with their process
//   out    frames; output makes text of them
//   never  reads anything before the first address is asked for; throws

import type { Frame, SymbolSource, Unnamed } from '../../model/layout/symbols.js';
import type { StackValue } from '../../model/layout/value.js';
import { Unfailing } from '../native/no-name.js';
import type { Kallsyms, NativeAddon, TaskEventsHandle } from '../native/types.js';
import { KernelSource, type NamedAddress } from './kernel-source.js';
import { ProcessNotes } from './process-notes.js';
import { TaskRecords } from './task-records.js';
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
  /** folders that are asked for debug files before /usr/lib/debug */
  readonly debugFolders?: readonly string[];
  /** config show_debug_info: functions of JavaScript are looked for in source maps. Default: false */
  readonly sources?: boolean;
  /** called once with the reason why names are not found */
  readonly warn?: (text: string) => void;
}

const MAX_REMEMBERED = 1 << 16;

export class Symbolizer implements SymbolSource {
  readonly #kernel: KernelSource;
  readonly #user: UserSymbols;
  readonly #unfailing: Unfailing;
  readonly #kernelFrames = new Map<bigint, Frame>();
  readonly #userFrames = new WeakMap<UserAddress, Frame>();
  readonly #notes = new ProcessNotes();
  readonly #records = new TaskRecords(this.#notes);
  readonly #warn: (text: string) => void;
  #events: Pick<TaskEventsHandle, 'drain' | 'closed'> | undefined;
  #lost = 0;
  /** frames of processes that have no name, by the reason */
  readonly unnamed = new Map<Unnamed, number>();

  constructor(options: SymbolizerOptions) {
    this.#warn = options.warn ?? (() => undefined);
    this.#unfailing = new Unfailing(this.#warn);
    this.#kernel = new KernelSource(options.kallsyms ?? (() => options.native().readKallsyms()), this.#warn);
    this.#user = new UserSymbols({
      native: options.native,
      cache: options.cache ?? 'PER_PID',
      demangle: options.demangle ?? true,
      binaryOf: options.binaryOf ?? (() => undefined),
      debugFolders: options.debugFolders ?? [],
      sources: options.sources ?? false,
      notes: {
        find: (pid, address, unnoted) => {
          this.note();
          return this.#notes.find(pid, address, unnoted);
        },
        isComplete: (pid) => this.#notes.isComplete(pid),
      },
    });
  }

  /** From now on remembers what processes map: those that end before their addresses are named have names, too. Call note() often enough. */
  follow(events: Pick<TaskEventsHandle, 'drain' | 'closed'>): void {
    this.#events = events;
  }

  /** Takes note of what processes have done meanwhile. */
  note(): void {
    const lost = this.#unfailing.or(0, () => (this.#events === undefined || this.#events.closed ? 0 : this.#records.note(this.#events.drain())));
    if (lost > 0 && this.#lost === 0) this.#warn('Processes started faster than tbpf could take note of what they map: addresses of those that have ended may stay without names.');
    this.#lost += lost;
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
    const found = this.#unfailing.or<UserAddress>({ offset: 0n, module: '', unnamed: 'unreadable' }, () => this.#user.find(pid, address, program, firstAddress));
    const { unnamed } = found;
    if (unnamed !== undefined) this.unnamed.set(unnamed, (this.unnamed.get(unnamed) ?? 0) + 1);
    // what is remembered of an address is one object
    let frame = this.#userFrames.get(found);
    if (frame === undefined) this.#userFrames.set(found, frame = unnamed === undefined ? frameOf(address, found) : { ...frameOf(address, found), unnamed });
    return frame;
  }

  frames(stack: StackValue, space: 'kernel' | 'user'): Frame[] {
    const { addresses, pid, program } = stack;
    return addresses.map((address) => (space === 'kernel' ? this.kernelFrame(address) : this.userFrame(address, pid, program, addresses[0])));
  }
}

function frameOf(address: bigint, found: NamedAddress | UserAddress | undefined): Frame {
  if (found === undefined) return { address };
  const module = found.module === '' ? {} : { module: found.module };
  const source = 'source' in found && found.source !== undefined ? { source: found.source } : {};
  return found.name === undefined ? { address, ...module } : { address, name: found.name, offset: found.offset, ...module, ...source };
}
