// Addresses as bcc prints them: `vfs_read+0x1c [kernel]`, `malloc+0x0 [libc.so.6]`, `[unknown]`.

import { basename } from 'node:path';
import type { Frame, StackValue, Symbols, SymbolValue } from '../../lib/index.js';

/** @param kernel  of the kernel, whose own code has no module */
export function frameText({ name, offset, module }: Frame, kernel: boolean, withModule = true): string {
  const where = module === undefined ? (kernel ? 'kernel' : undefined) : kernel ? module : basename(module);
  const symbol = name === undefined ? '[unknown]' : `${name}+0x${(offset ?? 0n).toString(16)}`;
  return `${symbol}${withModule && where !== undefined ? ` [${where}]` : ''}`;
}

export function symbolText(symbols: Pick<Symbols, 'frame'>, value: SymbolValue, withModule: boolean): string {
  return frameText(symbols.frame(value), value.pid === 0, withModule);
}

/** @param addresses  before each frame */
export function stackTexts(symbols: Pick<Symbols, 'frames'>, stack: StackValue, addresses: boolean): readonly string[] {
  const frames = symbols.frames(stack);
  if (frames.length === 0) return ['[stack unavailable]'];
  return frames.map((frame) => `${addresses ? `${frame.address.toString(16).padStart(16)} ` : ''}${frameText(frame, stack.pid === 0)}`);
}
