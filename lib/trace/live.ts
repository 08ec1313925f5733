// A compiled script on the running kernel: everything between the compiler's output and the session wired together.

import type { Compiled } from '../compile.js';
import type { ManifestProgram } from '../model/layout/manifest.js';
import { textOfMemory } from '../model/syntax/decode-text.js';
import type { OutputEvent } from '../language/output-event.js';
import type { NativeAddon } from '../runtime/native/types.js';
import type { Rendering, Writer } from '../runtime/output/index.js';
import { NativeKernel, type LoadOptions } from '../runtime/session/native-kernel.js';
import type { LostEvents } from '../runtime/session/lost.js';
import { Session } from '../runtime/session/session.js';
import { Snapshots, type Snapshooter } from './snapshots.js';
import { PacketFiles } from './packet-files.js';
import { eventHandlers, ScriptServices } from './services.js';

export interface LiveOptions extends LoadOptions {
  readonly native: NativeAddon;
  readonly compiled: Pick<Compiled, 'elf' | 'manifest'>;
  readonly writer: Writer;
  readonly rendering: Rendering;
  readonly symbols: Snapshooter;
  /** process of -p */
  readonly pid?: number;
  /** false: failures of helpers are not reported */
  readonly warnings?: boolean;
}

export interface LiveScript {
  readonly kernel: NativeKernel;
  readonly session: Session;
  readonly services: ScriptServices;
  /** close them when the script has ended */
  readonly packetFiles: PacketFiles;
  /** start them when the traced process is let go */
  readonly snapshots: Snapshots;
}

/** Loads a compiled script. Nothing has run or been attached yet.
 * @throws LoadError */
export function loadScript(options: LiveOptions): LiveScript {
  const { manifest, elf } = options.compiled;
  return wired(NativeKernel.load(options.native, elf, manifest, options), options);
}

/** The same off the event loop. @throws LoadError */
export async function loadScriptAside(options: LiveOptions): Promise<LiveScript> {
  const { manifest, elf } = options.compiled;
  return wired(await NativeKernel.loadAside(options.native, elf, manifest, options), options);
}

function wired(kernel: NativeKernel, options: LiveOptions): LiveScript {
  try {
    return wire(kernel, options);
  } catch (error) {
    kernel.close();
    throw error;
  }
}

function wire(kernel: NativeKernel, options: LiveOptions): LiveScript {
  const { writer, rendering, warnings, compiled: { manifest } } = options;
  const packetFiles = new PacketFiles(manifest, () => rendering.bootToRealtimeNs());
  const services = new ScriptServices({
    manifest, writer, rendering, warnings, cpuCount: kernel.cpuCount,
    map: (name) => kernel.map(name),
    exit: (status) => session.exit(status),
    packetFile: packetFiles.file,
  });
  const session = new Session(kernel, manifest, {
    handlers: eventHandlers(services),
    onLost: (byProbe) => writer.emit(lostEvent(byProbe)),
    warnings: services.warnings,
    onCaptured: () => packetFiles.flush(),
    onIterated: (bytes) => writer.emit({ type: 'iterated', text: textOfMemory(bytes) }),
  });
  const snapshots = new Snapshots(options.symbols, (name) => kernel.map(name), manifest, options.pid ?? options.childPid);
  return { kernel, session, services, packetFiles, snapshots };
}

export function lostEvent(byProbe: readonly LostEvents[]): OutputEvent {
  return { type: 'lost', count: byProbe.reduce((sum, { count }) => sum + count, 0), byProbe };
}

/** How many probes are live: what was attached, and what tbpf runs by itself. */
export function countProbes(programs: readonly ManifestProgram[]): number {
  return programs.reduce((sum, { probeCount }) => sum + probeCount, 0);
}

/** The end of the output: the maps, and how much was lost. */
export function emitEnd(services: ScriptServices, writer: Writer, lost: number): void {
  writer.emit({ type: 'events_ended' });
  if (services.manifest.config['print_maps_on_exit'] !== false) for (const map of services.mapsByName) map.printAtEnd();
  writer.emit({ type: 'ended', lost });
}
