// Lowering: TypedProgram -> IR, manifest, maps, read-only data.

import type { FieldSpec, MapSpec } from '../../model/bpf/object-spec.js';
import type { Module, Value } from '../../model/ir/ir.js';
import { pointer } from '../../model/ir/ir.js';
import type { Span } from '../../model/source/source.js';
import { type AttachSpec, type Manifest, type ManifestArgument, probeCount, probedFile } from '../../model/layout/manifest.js';
import type { NamedParameter } from '../../model/layout/parameters.js';
import type { Type } from '../../model/types/types.js';
import type { ExternalFunction } from '../../language/external-functions.js';
import { takesProcess } from '../../language/probes/iter.js';
import type { ProbeRecord, ResolvedProbe } from '../../language/record.js';
import { currentIds } from '../../language/pid-namespace.js';
import { firesInTasks, isOwnMap, ownMapName, STARTED_MAP } from '../../language/restriction.js';
import type { TypedProbe, TypedProgram } from '../../language/typed-program.js';
import { lowerCondition } from './flow/conditions.js';
import { newBlocks, onlyWhere } from '../../language/branches.js';
import { firesAfterExit, leaveAfterExit } from './events/exit-flag.js';
import { FunctionState, ProgramFrame } from './function.js';
import { onlyInCgroups } from './flow/cgroups.js';
import { enterGuard } from './flow/guard.js';
import { Lowering } from './lowering.js';
import { CGROUPS, EXIT_FLAG, LOST_EVENTS, ModuleState, PACKETS, RING_BUFFER, UNWIND_ENDS, UNWIND_RANGES, UNWIND_RULES, WARNINGS } from './module-state.js';
import { lowerStatement } from './flow/statements.js';
import { movableArguments, readsOnlyArguments } from './memory/movable.js';
import { selectSyscalls } from './memory/syscalls.js';
import { skipLastCall } from './memory/typed-pointer.js';

export interface LowerResult {
  readonly module: Module;
  readonly manifest: Manifest;
  readonly maps: readonly MapSpec[];
  readonly rodata: Uint8Array;
  /** functions of imported objects that are called */
  readonly externals: readonly ExternalFunction[];
  /** members whose offsets are relocated */
  readonly fields: readonly FieldSpec[];
  /** where each program stands in the script, by its name */
  readonly spanByProgram: ReadonlyMap<string, Span>;
  /** in the order of the probes */
  readonly programNames: readonly string[];
  /** programs whose arguments may lie elsewhere */
  readonly movable: ReadonlySet<string>;
}

export interface LowerOptions {
  readonly verboseErrors?: boolean;
  /** what the script's getopt() calls ask for */
  readonly parameters?: readonly NamedParameter[];
  /** programs, by name, that have too little stack for what they keep in registers and on it */
  readonly frugal?: ReadonlySet<string>;
  /** only tasks of some control groups; of a portable program: where the run has such a filter */
  readonly byCgroup?: boolean;
}

export function lower(program: TypedProgram, options: LowerOptions = {}): LowerResult {
  const state = new ModuleState(program, options.verboseErrors ?? false, options.parameters ?? []);
  const spanByProgram = new Map<string, Span>();
  const files = program.probes.map(({ resolved }) => probedFile(resolved.matches[0]!.attach));
  program.probes.forEach((typed, index) => {
    const name = state.programNames[index]!;
    spanByProgram.set(name, typed.probe.attachPoints[0]!.span);
    lowerProgram(state, typed, name, new ProgramFrame(typed, index, files.indexOf(files[index]), options.frugal?.has(name) ?? false), options.byCgroup ?? false);
  });
  const maps = state.mapSpecs;
  return {
    spanByProgram,
    programNames: state.programNames,
    movable: state.movable,
    externals: [...state.externals.values()],
    fields: [...state.fields.values()],
    module: { functions: state.functions },
    maps,
    rodata: state.rodataBytes,
    manifest: {
      version: 1,
      ...(program.portable && { portable: true, ...(program.unsafe && { unsafe: true as const }) }),
      programs: state.programs,
      maps: [...state.plans.values()].filter(({ info }) => !isOwnMap(info.name)).map((p) => p.manifest),
      ...(state.usesCgroups ? { cgroups: CGROUPS } : {}),
      ...(program.follows ? { started: state.plan(ownMapName(STARTED_MAP)).manifest.name } : {}),
      ...(state.usesUnwind ? { unwind: { rules: UNWIND_RULES, ranges: UNWIND_RANGES, ends: UNWIND_ENDS } } : {}),
      events: state.events,
      ...(state.usesRingBuffer ? { ringBuffer: RING_BUFFER, lostEvents: LOST_EVENTS } : {}),
      ...(state.usesPackets ? { packets: PACKETS } : {}),
      ...(state.usesExitFlag ? { exitFlag: EXIT_FLAG } : {}),
      ...(state.warnings.length > 0 ? { warnings: { map: WARNINGS, events: state.warnings } } : {}),
      ...(Object.keys(state.argumentsByProgram).length > 0 ? { arguments: state.argumentsByProgram } : {}),
      config: program.config.toJSON(),
      startValues: state.startValues,
      ...(state.parameters.length > 0 ? { parameters: state.parameters } : {}),
    },
  };
}

function lowerProgram(state: ModuleState, typed: TypedProbe, name: string, frame: ProgramFrame, byCgroup: boolean): void {
  const { record, matches, section } = typed.resolved;
  for (const match of matches) {
    state.programs.push({ name, probe: match.probe, attach: state.program.follows ? ofAllProcesses(match.attach) : match.attach, needs: record.needs, probeCount: typed.probe.own ? 0 : match.count ?? probeCount(match.attach), block: typed.block, ...(state.program.portable && takesPid(record, match.attach) && { filtered: true }) });
  }
  const named = namedArguments(typed.resolved);
  if (named.length > 0) state.argumentsByProgram[name] = named;
  const f = new FunctionState(state, frame, name, 'program', section, [pointer('ctx')]);
  const l = new Lowering(f);
  l.b.span = typed.probe.attachPoints[0]!.span;
  if (typed.resolved.guarded) enterGuard(f);
  if (typed.resolved.contextStruct) skipLastCall(l, typed.resolved.contextStruct);
  if (typed.resolved.syscalls) selectSyscalls(l, typed.resolved.syscalls);
  if (state.program.follows) {
    // the predicate says whose events count
  } else if (state.program.portable && record.pidFilter === 'program') {
    const pid = l.startValue('pid', 8);
    l.branch('ne', pid, 0, () => onlyWhere(l.b, 'eq', l.b.shr(currentIds(l), 32), pid, () => f.return(record.returnValue)));
  } else if (state.program.pid !== undefined && record.pidFilter === 'program') {
    onlyWhere(l.b, 'eq', l.b.shr(currentIds(l), 32), state.program.pid, () => f.return(record.returnValue));
  }
  if (!typed.probe.own && firesInTasks(record)) {
    const leave = (): void => f.return(record.returnValue);
    if (state.program.portable) l.branch('ne', l.startValue('by_cgroup', 8), 0, () => onlyInCgroups(l, leave));
    else if (byCgroup) onlyInCgroups(l, leave);
  }
  if (state.endsByExit && firesAfterExit(typed)) leaveAfterExit(l);
  if (typed.predicate) {
    const [yes, no] = newBlocks(l.b, 'predicate', 'rejected');
    lowerCondition(l, typed.predicate, yes, no);
    l.b.enter(no);
    f.return(record.returnValue);
    l.b.enter(yes);
  }
  lowerStatement(l, typed.body);
  l.b.span = typed.body.span;
  f.finish(record.returnValue);
  frame.declareScratch(state);
  replaceAliases(f);
  if (movableArguments(l) && readsOnlyArguments(f.func)) state.movable.add(name);
}

/** The same in every process. */
function ofAllProcesses(attach: AttachSpec): AttachSpec {
  if (attach.kind === 'iter' || !('pid' in attach)) return attach;
  const { pid: _, ...others } = attach;
  return others;
}

/** Whether the kernel filters such probes by process. */
function takesPid({ pidFilter }: ProbeRecord, attach: AttachSpec): boolean {
  return pidFilter === 'kernel' && (attach.kind !== 'iter' || takesProcess(attach.type));
}

/** The arguments by name, with the result of a function as `retval`. */
function namedArguments({ arguments: args = [], returnSource }: ResolvedProbe): ManifestArgument[] {
  const named = args.map((argument): ManifestArgument => {
    const { name, source, pointsTo = whereTo(argument.type) } = argument;
    return { name, source, ...(pointsTo !== 'nowhere' && { pointsTo }) };
  });
  return returnSource ? [...named, { name: 'retval', source: returnSource }] : named;
}

function whereTo(type: Type): 'kernel' | 'user' | 'nowhere' {
  if (type.kind !== 'pointer') return 'nowhere';
  return type.space === 'user' ? 'user' : 'kernel';
}

/** Replaces stand-ins (values that were used before the real one was known) by the real values. */
function replaceAliases(f: FunctionState): void {
  if (f.aliases.length === 0) return;
  const known = new Map<Value, Value>(f.aliases);
  const swap = (v: Value): Value => known.get(v) ?? v;
  for (const block of f.func.blocks) {
    for (const value of block.instructions) value.args = value.args.map(swap);
    const end = block.terminator;
    if (end?.kind === 'branch') {
      end.left = swap(end.left);
      end.right = swap(end.right);
    }
    for (const target of block.successors) target.args = target.args.map(swap);
  }
}
