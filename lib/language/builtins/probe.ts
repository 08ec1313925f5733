// What fired: probe, probetype, args, argN, retval, func, ctx.

import { u64, type Value } from '../../model/ir/ir.js';
import type { Expression } from '../../model/syntax/nodes.js';
import { type Type, none, string, uint64, voidType } from '../../model/types/types.js';
import { pointerTo } from '../../model/types/space.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { type BuiltinRecord, type CheckContext, type LowerContext, type ProbeArgument, type ProbeRecord, probeNames } from '../record.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import * as say from '../diagnostics.js';
import { knowsProbedAddress, probedAddress } from '../probed-address.js';
import { argumentRegisters, firstStackArgument, instructionPointer, returnRegister, STACK_POINTER } from '../registers.js';
import { defineBuiltin } from './define.js';

/** Reports a misused builtin, whose type is `none` then. */
function refuse(c: CheckContext, node: Expression, message: Message): Type {
  c.report(message.at(node.span));
  return none;
}

export const probe = defineBuiltin({
  name: 'probe', doc: 'Full name of the probe.', mode: 'C', ofProbe: true,
  check: (_, c) => string(Math.max(...probeNames(c.probe).map((name) => bytesOfText(name).length)) + 1),
  constant: (c) => (probeNames(c.probe).length === 1 ? probeNames(c.probe)[0] : undefined),
  lowerInto: (l, to) => l.probeName(to),
});

export const probetype = defineBuiltin({
  name: 'probetype', doc: 'Kind of the probe.', mode: 'C', ofProbe: true,
  check: (_, c) => string(kindName(c.probe.record).length + 1),
  constant: (c) => kindName(c.probe.record),
  lowerInto: (l, to) => l.storeText(kindName(l.probe.record), to),
});

function kindName({ name, typeName }: ProbeRecord): string {
  return typeName ?? name;
}

export const args = defineBuiltin({
  name: 'args', doc: 'The arguments of the probe by name.', mode: 'S', notInFor: true, ofProbe: true,
  check(node, c) {
    if (c.probe.arguments) return { kind: 'context', name: 'args' };
    if (c.probe.record.programKind === 'tracing') return refuse(c, node, say.argsOfPrograms.with({}));
    return refuse(c, node, say.noArgs.with({ kind: c.probe.record.name }));
  },
});

/** arg0, arg1, … */
export function argument(index: number): BuiltinRecord {
  return {
    name: `arg${index}`, doc: 'An argument of the traced function, as a register holds it.', mode: 'S', notInFor: true, ofProbe: true,
    check(node, c) {
      const record = c.probe.record;
      if (record.numberedArguments) return numberedArgument(index, node, c)?.type ?? none;
      const registers = record.registers && record.programKind === 'kprobe' && !record.isReturn;
      if (!registers && !record.argumentWords) {
        return refuse(c, node, say.noArgument.with({ index, named: record.namedArguments === true, atReturn: record.registers && record.isReturn === true }));
      }
      if (argumentRegisters[c.target.arch][index] === undefined) return refuse(c, node, say.argumentBeyondRegisters.with({ arch: c.target.arch, index }));
      return { ...uint64, space: record.addressSpace };
    },
    lower(l, node) {
      if (l.probe.record.numberedArguments) return l.loadArgument(l.probe.arguments!.find(({ name }) => name === `arg${index}`)!, node);
      const word = l.probe.arguments?.[index];
      // in a typed program the word is no number
      if (l.probe.record.argumentWords) return word?.source.kind === 'word' && word.source.access !== undefined ? l.loadArgument(word, node) : l.b.load(l.context, index * 8, 8);
      return l.register(argumentRegisters[l.target.arch][index]!);
    },
  };
}

/** sarg0, sarg1, …: what lies on the stack at the entry of a function, where arguments are that no register holds. */
export function stackArgument(index: number): BuiltinRecord {
  return {
    name: `sarg${index}`, doc: 'A word of the stack above what the call left there.', mode: 'S', notInFor: true, ofProbe: true,
    check(node, c) {
      const record = c.probe.record;
      if (!record.registers || record.numberedArguments || record.programKind !== 'kprobe' || record.isReturn) return refuse(c, node, say.noStackArgument.with({ index, kind: record.name }));
      return { ...uint64, space: record.addressSpace };
    },
    lower(l, node) {
      const word = l.temporary(uint64, `sarg${index}`);
      l.probeRead(word, l.b.add(l.register(STACK_POINTER), firstStackArgument[l.target.arch] + 8 * index), l.probe.record.addressSpace, node.span);
      return l.b.load(word.base, word.offset, 8);
    },
  };
}

/** Of a USDT probe. undefined: the reason has been reported */
export function numberedArgument(index: number, node: Expression, c: Pick<CheckContext, 'probe' | 'report'>): ProbeArgument | undefined {
  const { arguments: list = [], unreadable = [], matches } = c.probe;
  const name = `arg${index}`;
  const found = list.find((each) => each.name === name);
  if (found) return found;
  const { probe: full } = matches[0]!;
  const hidden = unreadable.find((each) => each.name === name);
  if (hidden) c.report(say.unreadableArgument.at(node.span, { probe: full, name, reason: hidden.reason }));
  else c.report(say.argumentBeyondNote.at(node.span, { probe: full, index, count: list.length + unreadable.length }));
  return undefined;
}

export const retval = defineBuiltin({
  name: 'retval', doc: 'What the traced function returned.', mode: 'S', notInFor: true, ofProbe: true,
  check(node, c) {
    const { returnUnreadable } = c.probe;
    if (returnUnreadable !== undefined) return refuse(c, node, say.unreadableResult.with({ probe: c.probe.matches[0]!.probe, reason: returnUnreadable, register: returnRegister[c.target.arch] }));
    if (c.probe.returnType) return c.probe.returnType;
    if (c.probe.record.isReturn && c.probe.record.registers) return { ...uint64, space: c.probe.record.addressSpace };
    if (c.probe.record.programKind === 'tracing' && c.probe.record.isReturn) {
      const { attach } = c.probe.matches[0]!;
      return refuse(c, node, say.noReturnValue.with({ ofProgram: attach.kind === 'fentry' && attach.programId !== undefined }));
    }
    return refuse(c, node, say.retvalElsewhere.with({ tracepoint: c.probe.record.programKind === 'tracepoint' }));
  },
  lower(l, node) {
    const source = l.probe.returnSource;
    return source ? l.loadArgument({ name: 'retval', type: l.typeOf(node), source }, node) : l.register(returnRegister[l.target.arch]);
  },
});

export const func = defineBuiltin({
  name: 'func', doc: 'Name of the traced function.', mode: 'R', ofProbe: true, asks: ['helper:get_func_ip'],
  check(node, c) {
    const record = c.probe.record;
    if (!record.ofFunction) return refuse(c, node, say.builtinNotInProbe.with({ name: 'func', kind: record.name }));
    if (record.addressSpace === 'user') return knowsProbedAddress(c) ? { kind: 'usym' } : refuse(c, node, say.needsBtf.with({ name: 'func at a return' }));
    if (needsFunctionHelper(c) && !c.target.has('helper:get_func_ip')) return refuse(c, node, say.noFunctionAddress.with({}));
    return { kind: 'ksym' };
  },
  lower: (l, node) => (l.probe.record.addressSpace === 'user' ? probedAddress(l, node.span) : functionAddress(l)),
  lowerInto: (l, to, node) => l.storeUserSymbol(probedAddress(l, node.span), to),
});

/** Whether the program learns the traced function only from a helper: no register holds its address. */
function needsFunctionHelper({ probe: { record, matches } }: Pick<CheckContext, 'probe'>): boolean {
  return record.isReturn === true || record.programKind === 'tracing' || matches[0]!.attach.kind === 'kprobe_multi';
}

/** At the entry of a kernel function the instruction pointer is a few bytes behind the function's address; the helper gives the exact address there, but
 *  not in the middle of the function. */
function functionAddress(l: LowerContext): Value {
  const attach = l.probe.matches[0]!.attach;
  const exactly = attach.kind === 'kprobe' && attach.offset === 0 && attach.symbol !== undefined && l.target.has('helper:get_func_ip');
  if (exactly || needsFunctionHelper(l)) return l.b.call('get_func_ip', [l.context], u64);
  return l.register(instructionPointer[l.target.arch]);
}

export const ctx = defineBuiltin({
  name: 'ctx', doc: 'The context the kernel gives the program.', mode: 'S', notInFor: true, ofProbe: true,
  check(node, c) {
    const record = c.probe.record;
    if (c.probe.contextStruct) return { kind: 'context', name: 'ctx', struct: c.probe.contextStruct };
    if (record.programKind === 'tracepoint') return refuse(c, node, say.contextOfTracepoint.with({}));
    if (!record.registers) return refuse(c, node, say.builtinNotInProbe.with({ name: 'ctx', kind: record.name }));
    return pointerTo(voidType, 'kernel');
  },
  lower: (l) => l.plainAddress(l.context),
});
