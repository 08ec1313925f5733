// kprobe, kretprobe: entry of (or a place in) kernel functions, and return from them.
//
//   idea   all matches of a wildcard share one program. A kernel with multi links attaches it by one link; without, each match has a link
//          of its own. A body that uses `probe` reads the cookie of the link, which numbers the match
//   facts  the target knows what wildcards may match (tracefs' available_filter_functions without what cannot be probed). Multi links take
//          names without module, so functions of a named module are attached one by one, and so are those that a program overrides. On one function the kernel keeps no order
//          between a multi link and a single kprobe: a function that some block attaches singly is taken out of every block's multi link

import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { AttachSpec } from '../../model/layout/manifest.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { isForSeveral, shortPattern } from '../../model/target/pattern.js';
import type { ProbeMatch, ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import { type ListContext, type ListedProbe, moduleAndName, sorted } from '../listing.js';
import { declaredParameters } from './declarations.js';
import * as say from './diagnostics.js';
import { functionFacts, functionModules, withoutOffset } from './facts.js';
import { expectParts, refuse, refuseMissing } from './diagnostics.js';
import { shareProgram, sharesByCookie } from './sharing.js';

/** a symbol that every kernel has: the beginning of its code */
const FIRST_SYMBOL = '_stext';

function kernelProbe(name: 'kprobe' | 'kretprobe', alias: string, doc: string): ProbeRecord {
  const record: ProbeRecord = {
    name, aliases: [alias], doc, syntax: name === 'kprobe' ? 'kprobe[:module]:function[+offset]' : 'kretprobe[:module]:function',
    programKind: 'kprobe', needs: 'kprobe', addressSpace: 'kernel', pidFilter: 'program', registers: true,
    isReturn: name === 'kretprobe', returnValue: 0, ofFunction: true,
    listing: { scope: name === 'kprobe' ? 'kernel' : 'explicit', list: (parts, c) => listFunctions(record, parts, c) },
    facts: functionFacts,
    modules: functionModules,
    resolve: (point, c) => resolveKernel(record, point, c),
    similar: (point, c) => {
      const near = similarFunction(c, withoutOffset(point.parts.at(-1)!));
      return near && `${name}:${near}`;
    },
  };
  return record;
}

export const kprobe = kernelProbe('kprobe', 'k', 'Entry of a kernel function.');
export const kretprobe = kernelProbe('kretprobe', 'kr', 'Return from a kernel function.');

function resolveKernel(record: ProbeRecord, point: AttachPoint, c: ResolveContext): readonly ResolvedProbe[] {
  if (!expectParts(c, point, record, [1, 2])) return [];
  const module = point.parts.length === 3 ? point.parts[1]! : undefined;
  const text = point.parts.at(-1)!;
  const address = c.parseNumber(text);
  if (address !== undefined) return module === undefined ? byAddress(record, point, c, address) : refuse(c, point, say.addressWithModule.with({ record: record.name, syntax: `${record.name}:address` }));
  const [name, offset] = splitOffset(record, point, c, text);
  if (offset === undefined) return [];
  if (name === '') return refuse(c, point, say.noFunction.with({ record: record.name, syntax: record.syntax }));
  if (isForSeveral(name) || module?.includes('*')) {
    if (offset !== 0) return refuse(c, point, say.patternWithOffset.with({}));
    return byPattern(record, point, c, module, name);
  }
  return byName(record, point, c, module, name, offset);
}

/** offset undefined: refused */
function splitOffset(record: ProbeRecord, point: AttachPoint, c: ResolveContext, text: string): [name: string, offset: number | undefined] {
  const [name, offset, ...more] = text.split('+') as [string, ...string[]];
  const wrong = (message: Message): [string, undefined] => {
    refuse(c, point, message);
    return [name, undefined];
  };
  const { syntax } = record;
  if (offset === undefined) return [name, 0];
  if (record.isReturn) return wrong(say.offsetOfReturn.with({ syntax }));
  if (more.length > 0) return wrong(say.severalOffsets.with({ syntax }));
  const value = c.parseNumber(offset);
  return value === undefined || value < 0n ? wrong(say.badOffset.with({ offset, syntax })) : [name, Number(value)];
}

function byAddress(record: ProbeRecord, point: AttachPoint, c: ResolveContext, address: bigint): readonly ResolvedProbe[] {
  if (!c.unsafe) return refuse(c, point, say.addressIsUnsafe.with({}));
  const attach: AttachSpec = { kind: 'kprobe', address, offset: 0, return: record.isReturn ?? false };
  return [{ record, point, section: record.name, matches: [{ probe: point.label ?? `${record.name}:${address}`, attach }] }];
}

function byName(record: ProbeRecord, point: AttachPoint, c: ResolveContext, module: string | undefined, name: string, offset: number): readonly ResolvedProbe[] {
  if (module !== undefined && !c.target.isModuleLoaded(module)) return refuseMissing(c, point, say.moduleNotLoaded.with({ module, probe: point.raw }));
  if (!c.target.isTraceable(name)) {
    if (isMissing(c, name)) return [];
    // On a kernel without kprobes loading the program fails with a message that says so.
    if (c.target.has('kprobe') && c.config.text('missing_probes') !== 'ignore') c.report(say.notTraceable.at(point.span, { name, near: similarFunction(c, name) }));
  } else if (offset > 0 && !c.unsafe) {
    const size = c.target.kernelFunctionSize(name);
    if (size !== undefined && offset >= size) return refuse(c, point, say.offsetOutside.with({ name, size }));
  }
  return [{ record, point, section: record.name, matches: [traced(single(record, point, module, name, offset), c)] }];
}

/** Marks a function whose entry and return one link may have: the kernel traces it, and the program wants no register but those of a call. */
function traced(match: ProbeMatch, { target, uses }: ResolveContext): ProbeMatch {
  const { attach } = match;
  if (attach.kind !== 'kprobe' || attach.module !== undefined || attach.offset !== 0 || !target.isTraceable(attach.symbol!)) return match;
  return ['reg', 'ctx', 'override'].some((name) => uses.calls.has(name)) ? match : { ...match, attach: { ...attach, traced: true } };
}

/** Whether the kernel has no such function. False as well where addresses are hidden, since the symbols are not known then. */
export function isMissing({ target }: Pick<ResolveContext, 'target'>, name: string): boolean {
  return target.kernelSymbol(name) === undefined && target.kernelSymbol(FIRST_SYMBOL) !== undefined;
}

/** Of a function that the kernel has not: the traceable one that is spelled alike. One whose arguments or body the compiler changed has a suffix: `.isra.0`. */
export function similarFunction(c: Pick<ResolveContext, 'target'>, name: string): string | undefined {
  if (c.target.kernelSymbol(name) !== undefined) return undefined;
  const names = c.target.matchKernelFunctions('*', `${name.slice(0, 1)}*`).map((f) => f.name);
  return (name === '' ? undefined : names.find((each) => each.startsWith(`${name}.`))) ?? nearest(name, names);
}

function single(record: ProbeRecord, point: AttachPoint, module: string | undefined, name: string, offset: number): ProbeMatch {
  const probe = point.label ?? `${record.name}:${module === undefined ? '' : `${module}:`}${name}${offset > 0 ? `+${offset}` : ''}`;
  return { probe, attach: { kind: 'kprobe', symbol: name, ...(module === undefined ? {} : { module }), offset, return: record.isReturn ?? false } };
}

/** Marks one of several matches: when the kernel refuses it, the others are attached without it. */
function ofPattern(match: ProbeMatch, _: number, { length }: readonly ProbeMatch[]): ProbeMatch {
  return length > 1 && match.attach.kind === 'kprobe' ? { ...match, attach: { ...match.attach, ofPattern: true } } : match;
}

function byPattern(record: ProbeRecord, point: AttachPoint, c: ResolveContext, module: string | undefined, pattern: string): readonly ResolvedProbe[] {
  if (module !== undefined && !module.includes('*') && !c.target.isModuleLoaded(module)) return refuseMissing(c, point, say.moduleNotLoaded.with({ module, probe: point.raw }));
  const found = c.target.matchKernelFunctions(module ?? '*', pattern);
  if (found.length === 0 && !c.target.has('kprobe')) return refuseMissing(c, point, say.noKprobes.with({}));
  if (found.length === 0) return [];
  const matches = found.map((f) => single(record, point, module === undefined ? undefined : f.module, f.name, 0));
  // Without a module in the attach point, a name that several modules have is probed once.
  const unique = [...new Map(matches.map((match) => [match.probe, match])).values()];
  const distinct = (point.label === undefined ? unique : matches).map(ofPattern);
  if (module !== undefined || distinct.length === 1 || !c.target.has('kprobe_multi') || c.uses.calls.has('override')) return shareProgram({ record, point, section: record.name }, distinct, c);
  const symbols = [...new Set(found.map((f) => f.name))];
  const byCookie = sharesByCookie(point, c);
  if (byCookie === false) return distinct.map((match) => ({ record, point, section: record.name, matches: [match] }));
  return [{
    record, point, section: `${record.name}.multi`,
    matches: [{ probe: point.label ?? `${record.name}:${shortPattern(pattern)}`, attach: { kind: 'kprobe_multi', symbols, return: record.isReturn ?? false } }],
    ...(byCookie === 'cookie' ? { selector: 'cookie', names: symbols.map((symbol) => `${record.name}:${symbol}`) } : {}),
  }];
}

/** Functions that are attached one by one: what `apartFromSingles` needs to know of all blocks. */
export interface SingleFunctions {
  /** `kprobe NAME` or `kretprobe NAME` */
  readonly names: ReadonlySet<string>;
  readonly addresses: ReadonlySet<bigint>;
}

export function singleFunctions(programs: readonly ResolvedProbe[]): SingleFunctions {
  const names = new Set<string>();
  const addresses = new Set<bigint>();
  for (const { record, matches } of programs) {
    for (const { attach } of matches) {
      if (attach.kind !== 'kprobe' || attach.offset !== 0) continue;
      if (attach.symbol !== undefined) names.add(`${record.name} ${attach.symbol}`);
      else addresses.add(attach.address!);
    }
  }
  return { names, addresses };
}

/** The programs of one block, with functions taken out of multi links that some block attaches singly, so that all blocks on them fire in
 * source order. */
export function apartFromSingles(programs: readonly ResolvedProbe[], singles: SingleFunctions, c: ResolveContext): readonly ResolvedProbe[] {
  return programs.flatMap((program) => {
    const { record, point } = program;
    const [match] = program.matches;
    if (match?.attach.kind !== 'kprobe_multi') return [program];
    const isSingle = (name: string): boolean =>
      singles.names.has(`${record.name} ${name}`) || (singles.addresses.size > 0 && singles.addresses.has(c.target.kernelSymbol(name) ?? 0n));
    const { attach } = match;
    const taken = attach.symbols.filter(isSingle);
    if (taken.length === 0) return [program];
    const left = attach.symbols.filter((name) => !isSingle(name));
    const names = program.names && { names: left.map((name) => `${record.name}:${name}`) };
    return [
      ...(left.length > 0 ? [{ ...program, ...names, matches: [{ ...match, attach: { ...attach, symbols: left } }] }] : []),
      ...shareProgram({ record, point, section: record.name }, taken.map((name) => single(record, point, undefined, name, 0)), c),
    ];
  });
}

function listFunctions({ name, isReturn }: ProbeRecord, parts: readonly string[], { target }: ListContext): readonly ListedProbe[] | undefined {
  const pattern = moduleAndName(parts);
  if (pattern === undefined) return undefined;
  const show = { parameters: !isReturn, returns: isReturn ?? false };
  // Of several functions with one name, -v shows the kernel's own, which comes first.
  const byLine = new Map(target.matchKernelFunctions(...pattern).toReversed().map((f) => [parts.length === 1 ? `${name}:${f.name}` : `${name}:${f.module}:${f.name}`, f]));
  return sorted(byLine.keys()).map((line) => ({ line, arguments: () => declaredParameters(target, byLine.get(line)!.module, byLine.get(line)!.name, show) }));
}
