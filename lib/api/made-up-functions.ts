// Addresses of the kernel functions that fire: there is no kernel that has them somewhere.
//
//   out    for `func`, kprobes' and fentry's bpf_get_func_ip; the names of these addresses, when they are printed

import { noSymbols, type Frame, type SymbolSource } from '../model/layout/symbols.js';

const FIRST = 0xffff_ffff_8100_0000n;
const SPACING = 0x1_0000n;

export class MadeUpFunctions implements SymbolSource {
  private readonly names: string[] = [];
  readonly userFrame = noSymbols.userFrame;

  /** The same for a name each time. */
  addressOf(name: string): bigint {
    const known = this.names.indexOf(name);
    return FIRST + SPACING * BigInt(known >= 0 ? known : this.names.push(name) - 1);
  }

  kernelFrame(address: bigint): Frame {
    const name = address < FIRST ? undefined : this.names[Number((address - FIRST) / SPACING)];
    return name === undefined ? { address } : { address, name, offset: (address - FIRST) % SPACING };
  }

  frames(...[stack, space]: Parameters<SymbolSource['frames']>): readonly Frame[] {
    return space === 'kernel' ? stack.addresses.map((address) => this.kernelFrame(address)) : noSymbols.frames(stack, space);
  }
}
