// What names mean in a probe on a function, tracepoint or USDT probe.
//
//   in     the place, its signature, what the expressions ask for
//   out    Scope for translate.ts
//   idea   Arguments of functions lie in registers, those of USDT probes where the file says. `arg2` is the second; a parameter of the signature is the register of its position, as its type. Where a kernel
//          function's parameter is named that no signature declares, its types and names are the kernel's own: the probe is fentry or fexit
//   facts  wrappers of system calls get one argument, the registers of the caller, in which the call's arguments are

import { attachPoint, type Place } from './place.js';
import { ProbeProblem } from './problem.js';
import { scriptType } from './c-types.js';
import { constantNamed } from '../shared/constants.js';
import type { Parameter, Span } from './tree.js';
import type { Scope } from './translate.js';

export interface ScopeOptions extends Pick<Scope, 'probe' | 'stringBytes' | 'binary'> {
  readonly place: Place;
  readonly parameters: readonly Parameter[] | undefined;
  /** all names in the expressions */
  readonly used: readonly string[];
  /** names that only this tool has: text of the script */
  readonly own: Readonly<Record<string, string>>;
  /** what to do when an argument is asked for at the return */
  readonly atReturn: string;
}

export interface ProbeScope extends Scope {
  readonly attachPoint: string;
  /** argument registers of the entry, or undefined where there is none; for values that are kept until the return */
  parameter(name: string): string | undefined;
}

const ARGUMENTS = 6;
const syscallWrapper = /^__(x64|arm64|ia32|s390x?|riscv)_(compat_)?sys_/;
const wrapperRegisters: Readonly<Record<string, readonly string[]>> = {
  x64: ['di', 'si', 'dx', 'r10', 'r8', 'r9'],
  arm64: [0, 1, 2, 3, 4, 5].map((n) => `regs[${n}]`),
};

export function probeScope(options: ScopeOptions): ProbeScope {
  const { place, parameters, used, own } = options;
  const isKernel = place.type !== 't' && place.binary === undefined;
  const declared = new Map((parameters ?? []).flatMap((parameter, i) => (parameter.name === undefined ? [] : [[parameter.name, { parameter, index: i }] as const])));
  const free = used.filter((name) => !/^\$|^[A-Z][A-Z0-9_]*$|^(arg[1-9]\d*|retval|args|ctx)$/.test(name) && !declared.has(name) && constantNamed(name) === undefined && !(name in own));
  const numbered = used.some((name) => /^arg[1-9]\d*$|^ctx$/.test(name));
  const typed = isKernel && free.length > 0 && parameters === undefined && !numbered && place.offset === 0n;
  const entryOnly = (name: string, span: Span): void => {
    if (place.type === 'p' || place.type === 'u') return;
    const advice = place.type === 'r' ? `At the return the arguments are gone. ${options.atReturn}` : 'Fields of a tracepoint are args->NAME.';
    throw new ProbeProblem(`there is no ${name} in this probe`, span, advice);
  };
  const parameterText = (name: string): string | undefined => {
    const found = declared.get(name);
    if (!found) return undefined;
    const { text, user, pointer } = scriptType(found.parameter.type);
    const register = argumentText(place, found.index);
    const cast = `(${text})${register}`;
    return user || (pointer && isWrapper(place)) ? `uptr(${cast})` : `(${cast})`;
  };
  return {
    ...options,
    attachPoint: attachPoint(place, typed),
    known: [...declared.keys(), ...(place.type === 'p' ? ['arg1 to arg6'] : []), ...(place.type === 'u' ? ['arg1, arg2 and so on'] : []), ...(place.type === 'r' ? ['retval'] : []), ...(place.type === 't' ? ['args->FIELD'] : []), ...Object.keys(own)],
    parameter: parameterText,
    name(name, span) {
      if (name in own) return own[name];
      if (name === 'retval' || name === '$retval') {
        if (place.type === 'r') return 'retval';
        throw new ProbeProblem(`there is no ${name} in this probe`, span, 'A function returns in an r probe.');
      }
      if (declared.has(name)) {
        entryOnly(name, span);
        return parameterText(name);
      }
      const number = /^arg([1-9]\d*)$/.exec(name)?.[1];
      if (number !== undefined) {
        entryOnly(name, span);
        // how many a USDT probe has the compiler finds in its file
        if (place.type !== 'u' && Number(number) > ARGUMENTS) throw new ProbeProblem(`there is no ${name}: arguments are arg1 to arg${ARGUMENTS}`, span);
        const text = argumentText(place, Number(number) - 1);
        return isWrapper(place) ? `uptr(${text})` : text;
      }
      if (name === 'args') {
        if (place.type === 't') return 'args';
        throw new ProbeProblem('only tracepoints have args', span, 'Arguments of functions are arg1 to arg6 or the names of a signature.');
      }
      return typed && free.includes(name) ? `args.${name}` : undefined;
    },
  };
}

function isWrapper(place: Place): boolean {
  return place.binary === undefined && place.type !== 't' && syscallWrapper.test(place.name);
}

function argumentText(place: Place, index: number): string {
  const kind = isWrapper(place) ? syscallWrapper.exec(place.name)![1]! : undefined;
  const register = kind === undefined ? undefined : wrapperRegisters[kind]?.[index];
  return register === undefined ? `arg${index}` : `((struct pt_regs *)arg0).${register}`;
}
