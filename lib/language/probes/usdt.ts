// usdt: places that a program's authors marked, with arguments (`DTRACE_PROBE1(app, start, id)`).
//
//   idea   a probe that the compiler inlined has several places, and each may have its arguments elsewhere. Places whose operands are the same, as
//          far as the script uses them, share a program; the cookie of a link says which probe it was
//   facts  usdt-arguments.ts. Programs that test a semaphore before they make up arguments fire only while it is above 0: the kernel
//          counts it up in every process that maps the file (ref_ctr_offset, Linux 4.20). Symbols in operands are addresses of the file: where it
//          is mapped shows at run time, by the address of the probe

import { type ListContext, type ListedProbe, filesNamed } from '../listing.js';
import type { ProbeArgument, ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import { instructionPointer } from '../registers.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { type UsdtPlace, type UsdtSum, usdtCookie } from '../../model/layout/usdt.js';
import type { AttachPoint } from '../../model/syntax/nodes.js';
import { alternatives, hasWildcard, isForSeveral, matcher, shortPattern } from '../../model/target/pattern.js';
import type { Arch, BinaryFacts, Target } from '../../model/target/target.js';
import type { UsdtNote } from '../../model/target/usdt-note.js';
import { type Type, spellType } from '../../model/types/types.js';
import * as say from './diagnostics.js';
import { refuse, refuseMissing } from './diagnostics.js';
import { groupBy } from '../group-by.js';
import { sharesByCookie } from './sharing.js';
import { type UnreadableArgument, type UsdtArgument, parseUsdtArguments } from './usdt-arguments.js';

export const usdt: ProbeRecord = {
  name: 'usdt', aliases: ['U'], doc: 'A place that a program or library marks, with arguments.', syntax: 'usdt:path:[provider:]name',
  programKind: 'kprobe', needs: 'uprobe', addressSpace: 'user', pidFilter: 'kernel', registers: true, numberedArguments: true, returnValue: 0,
  listing: { scope: 'user', list: listUsdt },
  facts: 'elsewhere',
  resolve: resolveUsdt,
};

/** What an attach point says behind its provider; patterns. */
interface Request {
  readonly target: string;
  readonly provider: string;
  readonly name: string;
  /** the script did not say it: `provider` is `*` */
  readonly anyProvider: boolean;
}

interface Argument {
  readonly name: string;
  readonly read: ProbeArgument | UnreadableArgument;
}

interface Place {
  /** `provider:name` */
  readonly label: string;
  readonly address: bigint;
  readonly fileOffset: bigint;
  readonly semaphoreOffset?: bigint;
  readonly arguments: readonly Argument[];
}

// ---- what is meant

/** The ways to understand the parts, the likelier first: with a pid the path may be left out, and `a:b` may be a provider and a name. */
function requestsOf(parts: readonly string[], pid: number | undefined): readonly Request[] {
  const [first = '', second, third] = parts;
  const ofFile: Request = { target: first, provider: third === undefined ? '*' : second!, name: third ?? second ?? '*', anyProvider: third === undefined };
  if (pid === undefined || parts.length > 2 || first.includes('/') || first === '*') return [ofFile];
  const ofProcess: Request = second === undefined ? { target: '*', provider: '*', name: first, anyProvider: true } : { target: '*', provider: first, name: second, anyProvider: false };
  return parts.length === 1 ? [ofProcess] : [ofProcess, ofFile];
}

function notesOf(binary: BinaryFacts, { provider, name }: Request): readonly UsdtNote[] {
  const wantedProvider = matcher(provider);
  const wantedName = alternatives(name);
  return binary.usdtNotes().filter((note) => wantedProvider(note.provider) && wantedName(note.name));
}

// ---- attach points

function resolveUsdt(point: AttachPoint, c: ResolveContext): readonly ResolvedProbe[] {
  const parts = point.parts.slice(1);
  const wrong = (message: Message): readonly never[] => refuse(c, point, message);
  const [first = ''] = parts;
  if (first === '') return wrong(c.pid === undefined ? say.noPathOrPid.with({ syntax: usdt.syntax }) : say.noUsdtName.with({ syntax: usdt.syntax }));
  if (parts.length > 3) return wrong(say.partCount.with({ record: usdt.name, syntax: usdt.syntax, wanted: [2, 3], found: parts.length }));
  if ((parts.length === 1 && (c.pid === undefined || first.includes('/') || first === '*')) || parts.at(-1) === '') return wrong(say.noUsdtName.with({ syntax: usdt.syntax }));
  const requests = requestsOf(parts, c.pid);
  for (const request of requests) {
    const found = binariesOf(request.target, c).map((binary) => ({ binary, notes: notesOf(binary, request) })).filter(({ notes }) => notes.length > 0);
    if (found.length === 0) continue;
    const providers = new Set(found.flatMap(({ notes }) => notes.map((note) => note.provider)));
    if (request.anyProvider && providers.size > 1 && !isForSeveral(request.name)) return wrong(say.severalProviders.with({ name: request.name, path: request.target, providers: [...providers] }));
    if (hasWildcard(request.target) && found.length > 1) c.report(say.severalBinaries.at(point.span, { record: usdt.name, path: request.target, count: found.length }));
    return found.flatMap(({ binary, notes }) => inBinary(point, c, binary, request, notes));
  }
  return notFound(point, c, requests);
}

function binariesOf(target: string, { target: machine, pid }: Pick<ResolveContext, 'target' | 'pid'>): readonly BinaryFacts[] {
  const paths = hasWildcard(target) ? machine.matchBinaries(target, pid) : [target];
  return paths.flatMap((path) => machine.binary(path, pid) ?? []);
}

function notFound(point: AttachPoint, c: ResolveContext, requests: readonly Request[]): readonly ResolvedProbe[] {
  const { target, name } = requests.at(-1)!;
  const binaries = requests.flatMap((request) => binariesOf(request.target, c));
  if (binaries.length === 0) return refuseMissing(c, point, say.noBinary.with({ record: usdt.name, path: target }));
  // A wildcard that matches nothing is no mistake by itself: the caller says what becomes of the block.
  if (point.raw.includes('*')) return [];
  const notes = binaries.flatMap((binary) => binary.usdtNotes());
  const near = nearest(name, notes.map((note) => note.name));
  const what = requests.length > 1 || requests[0]!.target === '*' ? `PID ${c.pid}` : binaries[0]!.path;
  return refuseMissing(c, point, say.noUsdtProbe.with({ what, name: point.parts.slice(1).at(-1)!, near, any: notes.length > 0, path: binaries[0]!.path }));
}

function inBinary(point: AttachPoint, c: ResolveContext, binary: BinaryFacts, request: Request, notes: readonly UsdtNote[]): readonly ResolvedProbe[] {
  const places = notes.filter((note) => note.fileOffset >= 0).map((note): Place => ({
    label: `${note.provider}:${note.name}`, address: BigInt(note.address), fileOffset: BigInt(note.fileOffset), arguments: argumentsOf(note, binary, c.target),
    ...(note.semaphoreAddress === 0 ? {} : { semaphoreOffset: BigInt(note.semaphoreOffset) }),
  }));
  if (places.length === 0) return refuseMissing(c, point, say.usdtOutsideCode.with({ path: binary.path, name: request.name }));
  const outside = places.find((place) => place.semaphoreOffset === -1n);
  if (outside) return refuse(c, point, say.semaphoreOutsideFile.with({ path: binary.path, label: outside.label }));
  const hasCookies = c.target.has('helper:get_attach_cookie');
  const byCookie = sharesByCookie(point, c);
  const groups = groupBy(uniquePlaces(places), (place) => shapeOf(place, c, { byLabel: byCookie === false, byNumber: !hasCookies }));
  const counted = new Set<string>();
  return [...groups.values()].map((group): ResolvedProbe => {
    const labels = [...new Set(group.map((place) => place.label))];
    const full = (label: string): string => point.label ?? `usdt:${binary.path}:${label}`;
    const count = labels.filter((label) => !counted.has(label)).length;
    for (const label of labels) counted.add(label);
    const together = c.target.has('uprobe_multi') && (group.length > 1 || !c.target.has('cap:CAP_SYS_ADMIN'));
    const { list, numbers } = withNumbers(group, c);
    const isNamed = labels.length > 1 && byCookie === 'cookie';
    const manifested = group.map(({ label, fileOffset, semaphoreOffset }, row): UsdtPlace => {
      const probe = labels.indexOf(label);
      const cookie = BigInt(isNamed ? probe : 0) | (numbers === undefined ? 0n : BigInt(row) << BigInt(usdtCookie.rowShift));
      return { fileOffset, probe, cookie, ...(semaphoreOffset === undefined ? {} : { semaphoreOffset }) };
    });
    return {
      record: usdt, point, section: 'uprobe', binary: { path: binary.path, places: group.map((place) => place.address) },
      matches: [{
        probe: full(labels.length > 1 ? `${request.provider}:${shortPattern(request.name)}` : labels[0]!), count,
        attach: { kind: 'usdt', path: binary.path, places: manifested, labels, together, ...(c.pid === undefined ? {} : { pid: c.pid }) },
      }],
      ...(isNamed ? { selector: 'cookie', names: labels.map(full) } : {}),
      ...(numbers === undefined ? {} : { numbers }),
      arguments: list.flatMap(({ read }) => ('unreadable' in read ? [] : [read])),
      unreadable: list.flatMap(({ name, read }) => ('unreadable' in read ? [{ name, reason: read.unreadable }] : [])),
      argumentsName: `usdt:${binary.path}:${labels[0]!}`,
    };
  });
}

/** Two notes may say the same. */
function uniquePlaces(places: readonly Place[]): readonly Place[] {
  const seen = new Set<string>();
  return places.filter(({ label, fileOffset }) => {
    const key = `${label} ${fileOffset}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** Places with equal shapes share a program: what the script uses of them differs in numbers at most, which stand in a table then. */
function shapeOf({ label, address, arguments: list }: Place, { uses }: Pick<ResolveContext, 'uses'>, apart: { readonly byLabel: boolean; readonly byNumber: boolean }): string {
  const used = list.filter(({ name }) => isUsed(name, uses)).map(({ name, read }) => (
    'unreadable' in read ? [name, read.unreadable] : [name, spellType(read.type), read.source, apart.byNumber ? numberIn(read) : '']));
  // What the script asks for and this place does not have is reported of this place.
  const lacks = [...uses.calls, ...uses.fields ?? []].some((name) => /^arg\d+$/.test(name) && !list.some((each) => each.name === name));
  const ofPlace = apart.byNumber && uses.calls.has('uaddr') ? `${address}` : '';
  return JSON.stringify([apart.byLabel || lacks ? label : '', ofPlace, used], (key, value: unknown) => (key === 'displacement' ? undefined : value));
}

function numberIn(read: ProbeArgument): string {
  const number = sumOf(read)?.displacement;
  return typeof number === 'bigint' ? `${number}` : '';
}

function isUsed(name: string, uses: ResolveContext['uses']): boolean {
  return uses.fields === undefined || uses.fields.includes(name) || uses.calls.has(name);
}

/** The arguments of a group of places; numbers in which its operands differ are in the table, a row for each place. */
function withNumbers(group: readonly Place[], { uses }: Pick<ResolveContext, 'uses'>): { readonly list: readonly Argument[]; readonly numbers: readonly (readonly bigint[])[] | undefined } {
  const columns: bigint[][] = [];
  const list = group[0]!.arguments.map((argument, index): Argument => {
    const { name, read } = argument;
    const sum = isUsed(name, uses) ? sumOf(read) : undefined;
    const values = group.map((place) => sumOf(place.arguments[index]?.read)?.displacement);
    if ('unreadable' in read || sum === undefined || values.every((value) => value === sum.displacement)) return argument;
    const column = columns.push(values.map((value) => value as bigint)) - 1;
    return { name, read: withSum(read, { ...sum, displacement: { column } }) };
  });
  // uaddr() has a table of the places themselves, with the same rows.
  const needsRows = columns.length > 0 || (group.length > 1 && uses.calls.has('uaddr'));
  return { list, numbers: !needsRows ? undefined : group.map((_, row) => columns.map((column) => column[row]!)) };
}

function sumOf(read: Argument['read'] | undefined): UsdtSum | undefined {
  if (read === undefined || 'unreadable' in read || read.source.kind !== 'usdt' || read.source.operand.kind === 'register') return undefined;
  return read.source.operand.sum;
}

function withSum(read: ProbeArgument, sum: UsdtSum): ProbeArgument {
  const { source } = read;
  if (source.kind !== 'usdt' || source.operand.kind === 'register') return read;
  return { ...read, source: { ...source, operand: { ...source.operand, sum } } };
}

// ---- arguments

function argumentsOf(note: UsdtNote, binary: BinaryFacts, { arch }: Pick<Target, 'arch'>): readonly Argument[] {
  return parseUsdtArguments(note.arguments, arch).map((argument, index) => {
    const name = `arg${index}`;
    return { name, read: 'unreadable' in argument ? argument : readable(name, argument, note, binary, arch) };
  });
}

function readable(name: string, argument: UsdtArgument, note: UsdtNote, binary: BinaryFacts, arch: Arch): ProbeArgument | UnreadableArgument {
  const { sizeBytes, signed, text } = argument;
  const operand = withSymbol(argument, note, binary, arch);
  if (operand === undefined) {
    const { name: wanted } = argument.symbol!;
    return { text, unreadable: `is at ${wanted}, and ${binary.path} has ${binary.findData(wanted).length > 1 ? 'several symbols' : 'no symbol'} of that name` };
  }
  return { name, type: typeOf(sizeBytes, signed), source: { kind: 'usdt', operand, sizeBytes, signed } };
}

/** The smallest integer of C that has so many bytes. */
function typeOf(sizeBytes: number, signed: boolean): Type {
  const bits = ([8, 16, 32, 64] as const).find((each) => each >= sizeBytes * 8)!;
  return { kind: 'int', bits, signed, space: 'user' };
}

function withSymbol({ operand, symbol }: UsdtArgument, note: UsdtNote, binary: BinaryFacts, arch: Arch): UsdtArgument['operand'] | undefined {
  if (symbol === undefined || operand.kind === 'register') return operand;
  const [found, ...others] = binary.findData(symbol.name);
  if (found === undefined || others.length > 0) return undefined;
  const { displacement, terms, bits } = operand.sum;
  if (typeof displacement !== 'bigint') return operand;
  if (symbol.part === 'low 12 bits') return { ...operand, sum: { displacement: displacement + (found.address & 0xfffn), terms, bits } };
  const address = displacement + found.address;
  if (!binary.isPie) return { ...operand, sum: { displacement: address, terms, bits } };
  const here = { register: instructionPointer[arch], bits: 64, signed: false, shift: 0 } as const;
  return { ...operand, sum: { displacement: address - BigInt(note.address), terms: [here, ...terms], bits } };
}

// ---- listing

function listUsdt(parts: readonly string[], c: ListContext): Iterable<ListedProbe> | undefined {
  return parts.length < 1 || parts.length > 3 ? undefined : listRequests(requestsOf(parts, c.pid), c);
}

function* listRequests(requests: readonly Request[], c: ListContext): Generator<ListedProbe> {
  let any = false;
  for (const [index, request] of requests.entries()) {
    if (any) return;
    if (index > 0 && c.target.matchBinaries(request.target, c.pid).length === 0) return;
    for (const path of filesNamed(usdt.name, request.target, c)) {
      const binary = c.target.binary(path, c.pid);
      const byLine = groupBy(binary === undefined ? [] : notesOf(binary, request), (note) => `usdt:${path}:${note.provider}:${note.name}`);
      for (const [line, notes] of [...byLine].sort(([a], [b]) => (a < b ? -1 : 1))) {
        any = true;
        yield { line, arguments: () => declarationsOf(notes.map((note) => argumentsOf(note, binary!, c.target))) };
      }
    }
  }
}

/** `int32 arg0`; where places differ, all of their types. */
function declarationsOf(places: readonly (readonly Argument[])[]): readonly string[] {
  const most = Math.max(...places.map((list) => list.length));
  return Array.from({ length: most }, (_, index) => {
    const spelled = new Set(places.flatMap((list) => (list[index] === undefined ? [] : [spell(list[index].read)])));
    return `${[...spelled].join(' or ')} arg${index}`;
  });
}

function spell(read: Argument['read']): string {
  return 'unreadable' in read ? `(it ${read.unreadable})` : spellType(read.type);
}
