// tbpf/simulate: a script on made-up events, for tests: without root, without a kernel that has what it probes.

import { checkSimulation, Simulation, type SimulationOptions } from './api/simulation.js';
import type { Compiled, Program } from './api/program.js';
import type { ScriptTypes, UnknownTypes } from './api/script-types.js';

export type { Simulation, SimulatedEvent, SimulatedProbe, SimulationOptions, World } from './api/simulation.js';
export type { ArgumentValue, EventArguments } from './api/made-up-event.js';
export type { Compiled, Program } from './api/program.js';
export type { AnyTypes, Entry, EventName, FieldsOf, KeyOf, MapName, MapValue, ScriptTypes, UnknownTypes, ValueOf } from './api/script-types.js';
export type { TraceEvent } from './api/event.js';
export type { Maps } from './api/maps.js';
export type { MapHandle } from './api/map-handle.js';
export { SimFault } from './sim/index.js';
export type { FaultPlace } from './sim/fault.js';

/** Runs the begin probes of what compile() made; fire() then runs others.
 * @param options  the world as every event finds it
 * @throws OptionError  also of a script that calls functions of an imported BPF object
 * @throws SimFault  the program does what the kernel would not have loaded: a mistake of tbpf */
export function simulate<S extends ScriptTypes = UnknownTypes>(program: Program<S> | Compiled | Uint8Array, options: SimulationOptions = {}): Simulation<S> {
  return new Simulation<S>(program as Program, checkSimulation(options));
}
