// Names of what scripts give as numbers: addresses, users, control groups.
//
//   facts  stacks and symbols of the kernel have pid 0

import type { Frame as FoundFrame, Unnamed } from '../model/layout/symbols.js';
import type { StackValue, SymbolValue } from '../model/layout/value.js';
import type { Rendering } from '../runtime/output/index.js';

/** A line of a stack. */
export interface Frame {
  readonly address: bigint;
  /** undefined: nobody knows the address */
  readonly name?: string;
  /** bytes past the start of the function */
  readonly offset?: bigint;
  /** kernel module, or path of the mapped file */
  readonly module?: string;
  /** with debug information */
  readonly file?: string;
  readonly line?: number;
  /** of a process, and without name: the reason */
  readonly unnamed?: Unnamed;
}

export type { Unnamed };

export class Symbols {
  readonly #rendering: Pick<Rendering, 'symbols' | 'userName' | 'cgroupPath' | 'cgroupOwner'>;

  /** @internal */
  constructor(rendering: Pick<Rendering, 'symbols' | 'userName' | 'cgroupPath' | 'cgroupOwner'>) {
    this.#rendering = rendering;
  }

  /** Innermost first. Of a process that is gone, what it mapped is known when it began while the trace ran, or stayed for half a second. */
  frames(stack: StackValue): readonly Frame[] {
    return this.#rendering.symbols.frames(stack, stack.pid === 0 ? 'kernel' : 'user').map(frameOf);
  }

  frame({ address, pid, program }: SymbolValue): Frame {
    const { symbols } = this.#rendering;
    return frameOf(pid === 0 ? symbols.kernelFrame(address) : symbols.userFrame(address, pid, program));
  }

  /** Login name; undefined: there is none. */
  user(uid: number | bigint): string | undefined {
    return this.#rendering.userName(BigInt(uid));
  }

  /** Path of a control group, below the place where its hierarchy is mounted; undefined: there is none. */
  cgroup(id: bigint): string | undefined {
    return this.#rendering.cgroupPath(id, '') || undefined;
  }

  /** Name of the container that a control group (cgroup v2) belongs to, or the first 12 digits of its id; undefined: it belongs to none, or is gone. */
  container(id: bigint): string | undefined {
    return this.#rendering.cgroupOwner(id, 'container') || undefined;
  }

  /** `NAMESPACE/NAME` of the pod that a control group (cgroup v2) belongs to, or its UID; undefined: it belongs to none, or is gone. */
  pod(id: bigint): string | undefined {
    return this.#rendering.cgroupOwner(id, 'pod') || undefined;
  }
}

function frameOf({ address, name, offset, module, source, unnamed }: FoundFrame): Frame {
  return { address, ...(name !== undefined && { name }), ...(offset !== undefined && { offset }), ...(module !== undefined && { module }), ...source, ...(unnamed !== undefined && { unnamed }) };
}
