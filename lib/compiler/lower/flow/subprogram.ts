// Functions of the script: BPF functions that others of the same program call (language.md 1.14).
//
//   arguments  the first scalars go in r1 to r4, the frame last; everything else lies in scratch memory, where each parameter has a place of
//              its own. No function calls itself, so that no place is written while its function runs
//   result     a scalar in r0; everything else in a place of scratch memory that the caller copies it from at once
//   leaving    exit() in a function leaves the probe: it sets a mark in the frame, which every caller looks at after the call
//   facts      the function is lowered when its first call is. Its scratch memory is its own: at other calls of it other values of the
//              caller are alive

import { type Value, pointer, u64 } from '../../../model/ir/ir.js';
import type { Call, Expression } from '../../../model/syntax/nodes.js';
import { findAll } from '../../../model/syntax/visit.js';
import { sizeOf } from '../../../model/types/size.js';
import type { Place } from '../../../language/record.js';
import type { TypedProgram, TypedSubprogram, VariableInfo } from '../../../language/typed-program.js';
import type { Lowerer } from '../context.js';
import { FunctionState, type SubprogramFrame } from '../function.js';
import { storeScalar } from '../memory/place.js';
import { irType, isScalar } from '../values/convert.js';

/** of five; the last has the address of the frame */
const REGISTER_ARGUMENTS = 4;

/** Calls the function; its value is a scalar, or nothing is wanted of it. */
export function callSubprogram(l: Lowerer, e: Call, subprogram: TypedSubprogram): Value {
  const { b, f } = l;
  const frame = subprogramFrame(l, subprogram);
  const args = passArguments(l, e, frame);
  if (frame.usesFrame) args.push(f.frameBase());
  b.span = e.span;
  const result = b.emit('call_function', isScalar(subprogram.result.type) ? irType(subprogram.result.type) : u64, args, { name: frame.name });
  l.region.forgetElements();
  if (frame.leaves) l.branch('ne', b.load(f.frameBase(), f.frame.leftMark, 8), 0, () => l.leave(), undefined, false);
  return result;
}

/** Calls the function; answers where its value lies until the next call. */
export function callSubprogramInMemory(l: Lowerer, e: Call, subprogram: TypedSubprogram): Place {
  callSubprogram(l, e, subprogram);
  return resultPlace(l, subprogram);
}

/** `return` in a function. Its value is made before the function ends. */
export function returnResult(l: Lowerer, subprogram: TypedSubprogram, value: Expression | undefined): void {
  const { type } = subprogram.result;
  if (value && isScalar(type)) return l.jump('return', l.value(value, type));
  if (value) l.into(value, resultPlace(l, subprogram));
  l.jump('return');
}

/** Whether the expression calls a function of the script, or one of an imported object. */
export function callsSubprogram(e: Expression, { meanings }: TypedProgram): boolean {
  return findAll(e, (node) => node.kind === 'call' && ['subprogram', 'external'].includes(meanings.get(node)?.kind ?? '')).length > 0;
}

function subprogramFrame(l: Lowerer, subprogram: TypedSubprogram): SubprogramFrame {
  const { frame } = l.f;
  const known = frame.subprograms.get(subprogram);
  if (known) return known;
  const inRegisters = subprogram.parameters.filter(({ type }) => isScalar(type)).slice(0, REGISTER_ARGUMENTS);
  const made: SubprogramFrame = { subprogram, name: l.f.state.subprogramName(subprogram.node.name, frame.programIndex), inRegisters, usesFrame: false, leaves: false };
  frame.subprograms.set(subprogram, made);
  frame.withOwnScratch(() => {
    for (const info of subprogram.parameters) if (!inRegisters.includes(info)) frame.scratchOffsets.set(info, frame.allocateScratch(sizeOf(info.type)));
    lowerSubprogram(l, made);
  });
  return made;
}

function lowerSubprogram(l: Lowerer, made: SubprogramFrame): void {
  const { subprogram: { node }, inRegisters } = made;
  const f = new FunctionState(l.f.state, l.f.frame, made.name, 'subprogram', '.text', [...inRegisters.map(({ type }) => irType(type)), pointer('stack')]);
  f.subprogram = made;
  const inner = l.within(f);
  inner.b.span = node.nameSpan;
  inner.returnFrom = (value) => f.return(value ?? 0);
  inRegisters.forEach((info, i) => setParameter(inner, info, f.parameters[i]!));
  inner.statement(node.body);
  inner.b.span = node.body.span;
  f.finish(0);
  if (!made.usesFrame) f.dropFrame();
}

function setParameter(l: Lowerer, info: VariableInfo, value: Value): void {
  const cell = l.f.cell(info);
  if (cell) l.b.write(cell, value);
  else storeScalar(l.b, { ...l.f.variable(info), type: info.type }, value);
}

/** Evaluates the arguments from left to right; answers those that go in registers. Where one of them calls a function, which may be this one,
 *  nothing is put into its places before all of them are there. */
function passArguments(l: Lowerer, e: Call, { subprogram, inRegisters }: SubprogramFrame): Value[] {
  const { b } = l;
  const args = e.args as readonly Expression[];
  const aside = args.some((argument) => callsSubprogram(argument, l.program));
  const registers: Value[] = [];
  const moves: (() => void)[] = [];
  subprogram.parameters.forEach((info, i) => {
    const argument = args[i]!;
    if (inRegisters.includes(info)) {
      registers.push(l.value(argument, info.type));
      return;
    }
    const place = parameterPlace(l, info);
    if (!aside) return l.into(argument, place);
    const kept = l.temporary(info.type, 'argument');
    l.into(argument, kept);
    moves.push(() => b.copy(place.base, place.offset, kept.base, kept.offset, sizeOf(info.type)));
  });
  for (const move of moves) move();
  return registers;
}

function parameterPlace(l: Lowerer, info: VariableInfo): Place {
  return { ...l.f.variable(info), type: info.type };
}

function resultPlace(l: Lowerer, subprogram: TypedSubprogram): Place {
  const { type } = subprogram.result;
  return { ...l.f.shared(subprogram, sizeOf(type)), type };
}
