// Symbol tables as the addon makes them, from rows.

import type { ElfInfo, ElfSymbols, Kallsyms, NativeAddon } from '../../../../lib/runtime/native/types.js';

function pack(names: readonly string[]): { names: Buffer; nameOffsets: Uint32Array } {
  let at = 0;
  const nameOffsets = Uint32Array.from(names, (name) => {
    const start = at;
    at += Buffer.byteLength(name) + 1;
    return start;
  });
  return { names: Buffer.from(names.map((name) => `${name}\0`).join('')), nameOffsets };
}

export function kallsyms(rows: readonly [address: bigint, type: string, name: string, module?: string][], restricted = false): Kallsyms {
  const moduleNames = ['', ...new Set(rows.flatMap(([, , , module]) => (module === undefined ? [] : [module])))];
  return {
    count: rows.length,
    addresses: BigUint64Array.from(rows, ([address]) => address),
    ...pack(rows.map(([, , name]) => name)),
    types: Uint8Array.from(rows, ([, type]) => type.charCodeAt(0)),
    modules: Uint16Array.from(rows, ([, , , module]) => (module === undefined ? 0 : moduleNames.indexOf(module))),
    moduleNames,
    restricted,
  };
}

export const GLOBAL_FUNCTION = 0x12;
export const LOCAL_FUNCTION = 0x02;
export const GLOBAL_OBJECT = 0x11;

/** File offsets are the addresses. */
export function elfSymbols(rows: readonly [address: number, size: number, info: number, name: string][]): ElfSymbols {
  return {
    count: rows.length,
    addresses: Float64Array.from(rows, ([address]) => address),
    sizes: Float64Array.from(rows, ([, size]) => size),
    fileOffsets: Float64Array.from(rows, ([address]) => address),
    ...pack(rows.map(([, , , name]) => name)),
    info: Uint8Array.from(rows, ([, , info]) => info),
    debugFile: undefined,
  };
}

export function elfInfo(segments: ElfInfo['segments'], rest: Partial<ElfInfo> = {}): ElfInfo {
  return { buildId: '', type: 3, machine: 62, bits: 64, littleEndian: true, entry: 0, segments, interpreter: undefined, debugLink: undefined, ...rest };
}

/** An addon that can only do what it is given; everything else fails the test that needs it. */
export function nativeWith(parts: Partial<NativeAddon>): NativeAddon {
  return new Proxy(parts, {
    get(target, name: string) {
      if (name in target) return target[name as keyof typeof target];
      throw new Error(`the test gave no ${name}`);
    },
  }) as NativeAddon;
}
