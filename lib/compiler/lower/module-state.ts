// What all functions of one object share while they are lowered: maps, events, read-only data, program table.

import { latin1 } from '../../model/bytes/bytes.js';
import { bug } from '../../model/diagnostics/errors.js';
import type { Func } from '../../model/ir/ir.js';
import type { FieldSpec, MapSpec } from '../../model/bpf/object-spec.js';
import { flag } from '../../model/bpf/uapi.js';
import type { EventSpec, Manifest, ManifestArgument, ManifestProgram, SourcePlace } from '../../model/layout/manifest.js';
import type { ManifestParameter, NamedParameter } from '../../model/layout/parameters.js';
import { cgroupSet } from '../../model/layout/cgroup-set.js';
import { exitFlag } from '../../model/layout/exit-flag.js';
import { MOST_CHUNKS, MOST_PROCESSES, unwindChunk, unwindEnds, unwindRanges } from '../../model/layout/unwind.js';
import { warningCounter } from '../../model/layout/warnings.js';
import { rangeOf, type Span } from '../../model/source/source.js';
import { renderCallers, renderExcerpt } from '../../model/diagnostics/render.js';
import { walk } from '../../model/syntax/visit.js';
import { roundUp } from '../../model/types/size.js';
import type { ExternalFunction } from '../../language/external-functions.js';
import { parameterBytes } from '../../language/parameter-values.js';
import { partsOf, type TypedProgram } from '../../language/typed-program.js';
import { mapsCountingProbes, mapsOnlyAddedTo } from './maps/added-maps.js';
import { type MapPlan, planMap } from './maps/plan.js';
import { probeIndexOf } from './maps/probe-index.js';
import { functionName } from './names.js';
import { Remains } from './text/remains.js';

export const RING_BUFFER = 'tbpf_events';
export const PACKETS = 'tbpf_packets';
export const LOST_EVENTS = 'tbpf_lost';
export const WARNINGS = 'tbpf_warnings';
export const EXIT_FLAG = 'tbpf_exit';
export const GUARD = 'tbpf_guard';
export const CGROUPS = 'tbpf_cgroups';
export const UNWIND_RULES = 'tbpf_rules';
export const UNWIND_RANGES = 'tbpf_ranges';
export const UNWIND_ENDS = 'tbpf_ends';

type StartValue = Manifest['startValues'][number];

export class ModuleState {
  readonly functions: Func[] = [];
  readonly programs: ManifestProgram[] = [];
  readonly plans = new Map<string, MapPlan>();
  readonly remains: Remains;
  readonly events: EventSpec[] = [];
  /** events that are warnings, in the order of their counters */
  readonly warnings: number[] = [];
  private readonly warningIndexes = new Map<number, number>();
  readonly startValues: StartValue[] = [];
  /** functions of imported objects that are called */
  readonly externals = new Map<string, ExternalFunction>();
  /** members whose offsets are relocated, by their names in the IR */
  readonly fields = new Map<string, FieldSpec>();
  /** programs whose arguments may lie elsewhere in the records of their events */
  readonly movable = new Set<string>();
  readonly argumentsByProgram: Record<string, readonly ManifestArgument[]> = {};
  usesRingBuffer = false;
  usesPackets = false;
  usesGuard = false;
  usesCgroups = false;
  usesUnwind = false;
  usesExitFlag = false;
  private rodata: number[] = [];
  private readonly parameterPlaces = new Map<string, NonNullable<ManifestParameter['place']>>();
  private readonly constantAt = new Map<string, number>();
  private readonly eventIds = new Map<string, number>();
  private scratchMaps = new Map<string, MapSpec>();
  private callbackCount = 0;
  /** names of the programs, in the order of the probes; what is generated besides gets others */
  readonly programNames: readonly string[];
  /** some probe calls exit(): those that may fire afterwards look whether it was called */
  readonly endsByExit: boolean;

  constructor(
    readonly program: TypedProgram,
    /** -k: failed reads of traced memory and missing map elements are reported too */
    readonly verboseErrors: boolean,
    private readonly namedParameters: readonly NamedParameter[] = [],
  ) {
    this.remains = new Remains(program);
    this.programNames = program.probes.map(({ resolved }, i) => functionName(resolved.matches[0]!.probe, i + 1));
    this.endsByExit = callsExit(program);
    let index = 0;
    const whole = mapsAsAWhole(program);
    const added = mapsOnlyAddedTo(program);
    const byProbe = mapsCountingProbes(program);
    for (const info of program.maps.values()) {
      if (info.value === undefined) continue;
      this.plans.set(info.name, planMap(info, index++, program.config.number('max_map_keys'), {
        divisible: !whole.has(info.name), onlyAddedTo: added.has(info.name), probeIndex: byProbe.has(info.name) ? probeIndexOf(info.name, program) : undefined,
      }));
    }
  }

  plan(name: string): MapPlan {
    const plan = this.plans.get(name);
    if (!plan) bug('lower', `map ${name} was never written`);
    return plan;
  }

  /** Offset in `.rodata` of these bytes; equal bytes share a place. */
  constant(bytes: Uint8Array, align = 8): number {
    const key = `${align}:${latin1(bytes)}`;
    const known = this.constantAt.get(key);
    if (known !== undefined) return known;
    while (this.rodata.length % align !== 0) this.rodata.push(0);
    const at = this.rodata.length;
    for (const byte of bytes) this.rodata.push(byte);
    this.constantAt.set(key, at);
    return at;
  }

  /** Offset in `.rodata` of a value that is written when the script starts. */
  startValue(name: string, size: 1 | 4 | 8): number {
    const known = this.startValues.find((v) => v.name === name);
    if (known) return known.offset;
    while (this.rodata.length % 8 !== 0) this.rodata.push(0);
    const offset = this.rodata.length;
    for (let i = 0; i < 8; i++) this.rodata.push(0);
    this.startValues.push({ name: name as StartValue['name'], map: '.rodata', offset, size });
    return offset;
  }

  /** Offset in `.rodata` of a named parameter's value, which is its default until another is put there. */
  parameter(name: string, size: number): number {
    const known = this.parameterPlaces.get(name);
    if (known) return known.offset;
    const parameter = this.namedParameters.find((each) => each.name === name) ?? bug('lower', `no parameter ${name}`);
    while (this.rodata.length % 8 !== 0) this.rodata.push(0);
    const offset = this.rodata.length;
    this.rodata.push(...parameterBytes(parameter.defaultValue, size));
    this.parameterPlaces.set(name, { offset, size });
    return offset;
  }

  get parameters(): readonly ManifestParameter[] {
    return this.namedParameters.map((parameter) => ({ ...parameter, place: this.parameterPlaces.get(parameter.name) }));
  }

  get rodataBytes(): Uint8Array {
    return Uint8Array.from(this.rodata);
  }

  addEvent(event: EventSpec): number {
    const key = eventKey(event);
    const known = this.eventIds.get(key);
    if (known !== undefined) return known;
    this.eventIds.set(key, this.events.length);
    return this.events.push(event) - 1;
  }

  /** Index of the counter of a warning. */
  warningOf(event: number): number {
    const known = this.warningIndexes.get(event);
    if (known !== undefined) return known;
    this.warningIndexes.set(event, this.warnings.length);
    return this.warnings.push(event) - 1;
  }

  /** The scratch map of a program family grows to the largest need. */
  scratchMap(name: string, type: 'array' | 'percpu_array', slots: number, bytes: number): void {
    const before = this.scratchMaps.get(name);
    const valueSize = Math.max(roundUp(bytes, 8), before?.valueSize ?? 0);
    this.scratchMaps.set(name, { name, type, keySize: 4, valueSize, maxEntries: slots, flags: 0 });
  }

  callbackName(): string {
    const name = functionName('loop', ++this.callbackCount);
    return this.programNames.includes(name) ? this.callbackName() : name;
  }

  /** Each program has its own copy of a function. */
  subprogramName(name: string, programIndex: number): string {
    const text = `fn_${name}`;
    let number = programIndex + 1;
    while (this.programNames.includes(functionName(text, number))) number += this.programNames.length;
    return functionName(text, number);
  }

  get mapSpecs(): MapSpec[] {
    const specs = [...this.plans.values()].flatMap((p) => (p.short ? [p.spec, p.short.spec] : [p.spec]));
    specs.push(...this.scratchMaps.values());
    if (this.usesGuard) specs.push({ name: GUARD, type: 'percpu_array', keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 });
    if (this.usesCgroups) specs.push({ name: CGROUPS, type: 'hash', keySize: cgroupSet.keyBytes, valueSize: cgroupSet.valueBytes, maxEntries: cgroupSet.maxEntries, flags: flag.BPF_F_NO_PREALLOC });
    if (this.usesUnwind) {
      const grows = { type: 'hash', flags: flag.BPF_F_NO_PREALLOC } as const;
      specs.push({ ...grows, name: UNWIND_RULES, keySize: unwindChunk.keyBytes, valueSize: unwindChunk.bytes, maxEntries: MOST_CHUNKS });
      specs.push({ ...grows, name: UNWIND_RANGES, keySize: unwindRanges.keyBytes, valueSize: unwindRanges.bytes, maxEntries: MOST_PROCESSES });
      specs.push({ name: UNWIND_ENDS, type: 'percpu_array', keySize: 4, valueSize: 8, maxEntries: unwindEnds.length, flags: 0 });
    }
    if (this.usesPackets) specs.push({ name: PACKETS, type: 'perf_event_array', keySize: 4, valueSize: 4, maxEntries: 0, flags: 0 });
    if (this.usesExitFlag) specs.push({ name: EXIT_FLAG, type: 'array', keySize: 4, valueSize: exitFlag.bytes, maxEntries: 1, flags: 0 });
    if (this.warnings.length > 0) specs.push({ name: WARNINGS, type: 'percpu_array', keySize: 4, valueSize: warningCounter.bytes, maxEntries: this.warnings.length, flags: 0 });
    if (this.usesRingBuffer) {
      specs.push({ name: RING_BUFFER, type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 });
      specs.push({ name: LOST_EVENTS, type: 'percpu_array', keySize: 4, valueSize: 8, maxEntries: Math.max(1, this.programs.length), flags: 0 });
    }
    return specs;
  }
}

/** Whether a probe may call exit() while others are attached. */
function callsExit({ probes, meanings }: TypedProgram): boolean {
  return probes.some((probe) => probe.resolved.record.name !== 'end' && partsOf(probe).some((part) => {
    let found = false;
    walk(part, (node) => {
      const meaning = node.kind === 'call' || node.kind === 'identifier' ? meanings.get(node) : undefined;
      found ||= meaning?.kind === 'function' && meaning.record.name === 'exit';
    });
    return found;
  }));
}

/** Maps that the programs loop over or whose address they take. */
function mapsAsAWhole({ probes }: TypedProgram): Set<string> {
  const names = new Set<string>();
  for (const part of probes.flatMap(partsOf)) {
    walk(part, (node) => {
      const map = node.kind === 'for' ? node.iterable : node.kind === 'unary' && node.op === '&' ? node.operand : undefined;
      if (map?.kind === 'map') names.add(map.name);
    });
  }
  return names;
}

function eventKey(event: EventSpec): string {
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
  return JSON.stringify([event.handler, event.layout, event.data, event.place.line, event.place.column, event.place.endColumn, event.place.excerpt], plain);
}

export function placeOf(span: Span): SourcePlace {
  const { file, start, end } = rangeOf(span);
  return {
    file, line: start.line, column: start.column, offset: start.offset, endLine: end.line, endColumn: end.column, endOffset: end.offset, excerpt: renderExcerpt(span) + renderCallers(span, 'WARNING'),
  };
}
