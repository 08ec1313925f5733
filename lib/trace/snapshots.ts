// Reads the mappings of processes while they live, so that their addresses in maps still have names when maps are printed.
//
//   in     the script's maps; the process of -p or -c
//   out    the symbolizer has seen what processes map
//   idea   stacks in events are named when the event comes; stacks in maps are named at the end, when many processes are gone. Maps
//          with user addresses are looked through now and then for processes not met before; the traced process is looked at
//          often at first, while it loads its libraries
//   facts  user stacks and usym values have the process in them (model/types/size.ts)

import type { Manifest, ManifestMap } from '../model/layout/manifest.js';
import { placeElements, stackBytes, symbolBytes } from '../model/types/size.js';
import type { Type } from '../model/types/types.js';
import type { SessionMap } from '../runtime/session/kernel.js';
import { wholeMap } from './whole-map.js';

const SCAN_MS = 500;
/** after the traced process was started or found; from then on with every scan */
const FIRST_LOOKS_MS = [3, 10, 30, 100, 250];

interface Watched {
  readonly map: ManifestMap;
  readonly part: 'keys' | 'values';
  /** bytes from one element to the next */
  readonly stride: number;
  /** of pids in an element */
  readonly offsets: readonly number[];
}

export interface Snapshooter {
  snapshot(pid: number): void;
  refresh(pid: number): void;
}

export class Snapshots {
  private readonly watched: readonly Watched[];
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly met = new Set<number>();

  /** @param pid  the traced process */
  constructor(
    private readonly symbols: Snapshooter,
    private readonly map: (name: string) => SessionMap,
    manifest: Manifest,
    private readonly pid: number | undefined,
  ) {
    this.watched = watchedParts(manifest);
  }

  /** Nothing to do for scripts without user addresses in maps. */
  start(): void {
    if (this.watched.length === 0) return;
    const { pid } = this;
    if (pid !== undefined) for (const ms of FIRST_LOOKS_MS) this.timers.push(setTimeout(() => this.symbols.refresh(pid), ms).unref());
    this.timers.push(setInterval(() => this.scan(), SCAN_MS).unref());
  }

  stop(): void {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
  }

  /** Looks at processes that are new in the maps. */
  scan(): void {
    if (this.pid !== undefined) this.symbols.refresh(this.pid);
    for (const { map, part, stride, offsets } of this.watched) {
      const { count, [part]: bytes } = wholeMap(map, this.map).readAll();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < count; i++) for (const offset of offsets) this.meet(view.getUint32(i * stride + offset, true));
    }
  }

  private meet(pid: number): void {
    if (pid === 0 || this.met.has(pid)) return;
    this.met.add(pid);
    this.symbols.snapshot(pid);
  }
}

/** Keys and plain values with user addresses in them. */
export function watchedParts(manifest: Manifest): Watched[] {
  return manifest.maps.flatMap((map) => {
    const { key, value, keySize, valueSize, perCpu } = map;
    const keys = key === undefined ? [] : pidOffsets(key);
    const values = perCpu ? [] : pidOffsets(value);
    return [
      ...(keys.length > 0 ? [{ map, part: 'keys' as const, stride: keySize, offsets: keys }] : []),
      ...(values.length > 0 ? [{ map, part: 'values' as const, stride: valueSize, offsets: values }] : []),
    ];
  });
}

function pidOffsets(type: Type): number[] {
  switch (type.kind) {
    case 'usym': return [symbolBytes.pid];
    case 'stack': return type.space === 'user' ? [stackBytes.pid] : [];
    case 'tuple': return within(type.elements);
    case 'record': return within(type.fields.map((field) => field.type));
    default: return [];
  }
}

function within(types: readonly Type[]): number[] {
  const { offsets } = placeElements(types);
  return types.flatMap((type, i) => pidOffsets(type).map((offset) => offsets[i]! + offset));
}
