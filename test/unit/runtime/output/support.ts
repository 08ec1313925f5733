// What the tests of the printers share: a rendering with a few known names, maps made by hand.

import type { SymbolSource } from '../../../../lib/model/layout/symbols.js';
import type { ManifestMap } from '../../../../lib/model/layout/manifest.js';
import type { AggregateType, Type } from '../../../../lib/model/types/types.js';
import type { MapEntry, MergedMap } from '../../../../lib/language/merged-map.js';
import { plainRendering, type Rendering } from '../../../../lib/runtime/output/index.js';

const symbols: SymbolSource = {
  kernelFrame: (address) => (address === 0x10n ? { address, name: 'vfs_read', offset: 5n } : { address }),
  userFrame: (address, pid, program) => (address === 0x20n ? { address, name: `main<${pid},${program}>`, offset: 1n, module: '/bin/cat' } : { address }),
  frames: (stack, space) => stack.addresses.flatMap((address) => {
    if (address === 0x10n) return [{ address, name: 'vfs_read', offset: 5n, module: '/bin/cat' }];
    if (address === 0x11n) {
      return [
        { address, name: 'inner', inlined: true, source: { file: 'fs/read_write.c', line: 7 } },
        { address, name: 'ksys_read', offset: 98n, source: { file: 'fs/read_write.c', line: 20 }, ...(space === 'user' ? { module: '/bin/cat' } : {}) },
      ];
    }
    return [{ address }];
  }),
};

export const rendering: Rendering = {
  ...plainRendering,
  symbols,
  userName: (uid) => (uid === 0n ? 'root' : undefined),
  cgroupPath: (id, filter) => (id === 7n ? `unified:/a/b${filter}` : ''),
  bootToRealtimeNs: () => 1_000_000_000n,
};

export function aggregate(name: string, parameters: readonly bigint[] = [], options: Partial<AggregateType> = {}): AggregateType {
  return { kind: 'aggregate', name, signed: true, parameters, ...options };
}

export function mapOf(scriptName: string, value: Type, key: Type | undefined, entries: readonly MapEntry[]): MergedMap {
  const spec: ManifestMap = { name: 'm', scriptName, mapType: 'hash', perCpu: value.kind === 'aggregate', maxEntries: 10, key, value, keySize: 8, valueSize: 8, shape: { kind: 'plain' } };
  return { spec, entries };
}
