// uprobe, uretprobe: functions of user-space binaries.
//
//   idea   a breakpoint in the middle of an instruction kills what runs there, so an offset is followed from the start of its function
//   facts  several places of a file are one multi link (Linux 6.6). Newer kernels let only CAP_SYS_ADMIN open a perf event for a single one;
//          multi links need CAP_PERFMON only

import type { AttachPoint } from '../../model/syntax/nodes.js';
import { type Alias, compareAliases } from '../../model/target/aliases.js';
import type { BinaryFacts, FunctionSymbol } from '../../model/target/target.js';
import { type StructType, type Type, flatMembers, sameType, spellType } from '../../model/types/types.js';
import type { ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { isForSeveral, shortPattern } from '../../model/target/pattern.js';
import { LISTED_REMARK, type ListContext, type ListedProbe, filesNamed } from '../listing.js';
import * as say from './diagnostics.js';
import { refuse, refuseMissing } from './diagnostics.js';
import { formatParameter } from '../../model/btf/format.js';
import { TbpfError } from '../../model/diagnostics/errors.js';
import type { DebugInfo } from '../../model/dwarf/debug-info.js';
import { DwarfTypes } from '../dwarf-types.js';
import { type UserFunction, describeUserFunction } from '../user-functions.js';
import { groupBy } from '../group-by.js';
import { shareProgram, sharesByCookie } from './sharing.js';

function userProbe(name: 'uprobe' | 'uretprobe', alias: string, doc: string): ProbeRecord {
  const record: ProbeRecord = {
    name, aliases: [alias], doc, syntax: `${name}:path:[cpp:]function${name === 'uprobe' ? '[+offset] or uprobe:path@file:line[:column]' : ''}`,
    programKind: 'kprobe', needs: 'uprobe', addressSpace: 'user', pidFilter: 'kernel', registers: true, isReturn: name === 'uretprobe', returnValue: 0, ofFunction: true,
    listing: { scope: name === 'uprobe' ? 'user' : 'explicit', list: (parts, c) => listUserFunctions(record, parts, c) },
    facts: 'elsewhere',
    resolve: (point, c) => resolveUser(record, point, c),
  };
  return record;
}

export const uprobe = userProbe('uprobe', 'u', 'Entry of a function in a program or library.');
export const uretprobe = userProbe('uretprobe', 'ur', 'Return from a function in a program or library.');

interface Place {
  readonly label: string;
  readonly symbol?: string;
  readonly fileOffset: bigint;
  /** in the file's own numbers */
  readonly address: bigint;
  /** one of several functions of one name: all of them are probed, or none */
  readonly isNamesake?: boolean;
}

const MOST_CHOSEN = 3;

/** What an attach point says behind its provider. */
interface Request {
  readonly target: string;
  readonly cpp: boolean;
  readonly text: string;
  /** what `text` means: an address, or a name or pattern and an offset */
  readonly address: bigint | undefined;
  readonly name: string;
  readonly offset: bigint;
}

function resolveUser(record: ProbeRecord, point: AttachPoint, c: ResolveContext): readonly ResolvedProbe[] {
  if (point.location && !isVersion(point)) return byLocation(record, point, c, point.location);
  const request = readRequest(record, point, c);
  if (request === undefined) return [];
  const { target } = request;
  const several = target.includes('*');
  if (several && request.address !== undefined) return refuse(c, point, say.patternWithAddress.with({}));
  const paths = several ? c.target.matchBinaries(target, c.pid) : [target];
  const binaries = paths.flatMap((path) => c.target.binary(path, c.pid) ?? []);
  if (binaries.length === 0) return refuseMissing(c, point, say.noBinary.with({ record: record.name, path: target }));
  const found = binaries.map((binary) => inBinary(record, point, c, binary, request)).filter((programs) => programs.length > 0);
  if (several && found.length > 1) c.report(say.severalBinaries.at(point.span, { record: record.name, path: target, count: found.length }));
  return found.flat();
}

/** undefined: refused */
function readRequest(record: ProbeRecord, point: AttachPoint, c: ResolveContext): Request | undefined {
  const wrong = (message: Message): undefined => void refuse(c, point, message);
  const ofRecord = { record: record.name, syntax: record.syntax };
  const parts = [...point.parts.slice(1)];
  if (c.pid !== undefined && (parts.length === 1 || (parts.length === 2 && parts[0] === 'cpp'))) parts.unshift(`/proc/${c.pid}/exe`);
  if (parts.length === 0 || parts[0] === '') return wrong(say.noTarget.with(ofRecord));
  if (parts.length === 1 || parts.at(-1) === '') return wrong(say.noUserFunction.with(ofRecord));
  if (parts.length > 3) return wrong(say.partCount.with({ ...ofRecord, wanted: [2, 3], found: parts.length }));
  const cpp = parts.length === 3;
  if (cpp && parts[1] !== 'cpp') return wrong(say.unknownLanguage.with({ language: parts[1]! }));
  const text = versionedName(parts.at(-1)!, point);
  const [name, offset] = splitOffset(text, c);
  if (offset !== 0n && record.isReturn) return wrong(say.userReturnWithOffset.with({ place: undefined }));
  if (offset !== 0n && isForSeveral(name)) return wrong(say.patternWithOffset.with({}));
  return { target: parts[0]!, cpp, text, address: c.parseNumber(text), name, offset };
}

/** `name@VERSION`, and `name@@VERSION` of the version that is linked against; what stands behind a path and an at sign alone is a source line. */
function isVersion({ parts, location }: AttachPoint): boolean {
  return location?.length === 1 && parts.length > 2;
}

function versionedName(name: string, point: AttachPoint): string {
  return isVersion(point) ? `${name}@${point.location![0]!}` : name;
}

function byLocation(record: ProbeRecord, point: AttachPoint, c: ResolveContext, location: readonly string[]): readonly ResolvedProbe[] {
  if (record.isReturn) return refuse(c, point, say.locationOfReturn.with({}));
  const [file, ...numbers] = location;
  if (file === '' || numbers.length < 1 || numbers.length > 2 || !numbers.every((text) => /^\d+$/.test(text))) {
    return refuse(c, point, say.badLocation.with({}));
  }
  const target = point.parts[1] ?? '';
  const binary = c.target.binary(target, c.pid);
  if (binary === undefined) return refuseMissing(c, point, say.noBinary.with({ record: record.name, path: target }));
  const [line, column] = numbers.map(Number) as [number, number | undefined];
  const found = reading(c, point, () => {
    const info = binary.debugInfo();
    return 'lookedFor' in info ? info : info.placesOf(file!, line, column);
  });
  if (found === 'refused') return [];
  if (found !== undefined && 'lookedFor' in found) return refuse(c, point, say.noLines.with({ path: target, lookedFor: found.lookedFor }));
  if (found === undefined) return refuse(c, point, say.noSourceFile.with({ path: binary.path, file: file! }));
  const places = found.places.flatMap(({ address }): Place[] => {
    const fileOffset = binary.fileOffsetOf(BigInt(address));
    return fileOffset === undefined ? [] : [{ label: `${address}`, fileOffset, address: BigInt(address) }];
  });
  if (places.length === 0) return refuse(c, point, say.noCodeOfLine.with({ file: file!, line, column, near: nearestLine(found.lines, line) }));
  return atPlaces(record, point, c, binary, places, { cpp: false, text: `${file}:${line}` });
}

/** What `read` gives; a file that cannot be read is reported. */
function reading<T>(c: ResolveContext, point: AttachPoint, read: () => T): T | 'refused' {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TbpfError)) throw error;
    refuse(c, point, say.unreadableDebugInfo.with({ text: error.message }));
    return 'refused';
  }
}

function nearestLine(lines: readonly number[], wanted: number): number | undefined {
  return lines.reduce<number | undefined>((best, line) => (best === undefined || Math.abs(line - wanted) < Math.abs(best - wanted) ? line : best), undefined);
}

function usesArgs({ uses: { fields } }: ResolveContext): boolean {
  return fields === undefined || fields.length > 0;
}

type Typed = Pick<ResolvedProbe, 'arguments' | 'argumentsName' | 'returnType' | 'returnSource' | 'returnUnreadable'>;

/** Arguments of the function that begins at a place, as far as the script uses them. */
function argumentsAt(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, place: Place): Typed | 'refused' {
  const probe = `${record.name}:${binary.path}:${place.label}`;
  const which = place.isNamesake === true ? ` at 0x${place.address.toString(16)}` : '';
  const no = (message: Message): 'refused' => {
    refuse(c, point, message);
    return 'refused';
  };
  const found = reading(c, point, () => functionAt(binary, place, c));
  if (found === 'refused') return found;
  if ('lookedFor' in found) return no(say.noUserTypes.with({ probe: probe + which, path: binary.path, lookedFor: found.lookedFor }));
  if ('reason' in found) return no(say.noUserArguments.with({ probe: probe + which, reason: found.reason }));
  const { fields } = c.uses;
  const hidden = found.unreadable.find(({ name }) => fields === undefined || fields.includes(name));
  if (hidden) return no(say.noUserArguments.with({ probe: probe + which, reason: `${hidden.name} ${hidden.reason}` }));
  return { arguments: found.arguments, argumentsName: `struct ${probe}_args${which}` };
}

/** The type of what the function returns that begins there; nothing where no debug information says it. */
function resultAt(point: AttachPoint, c: ResolveContext, binary: BinaryFacts, place: Place): Typed | 'refused' {
  const found = reading(c, point, () => functionAt(binary, place, c));
  if (found === 'refused') return found;
  if ('lookedFor' in found || 'reason' in found || found.returns === undefined) return {};
  return 'unreadable' in found.returns ? { returnUnreadable: found.returns.unreadable } : { returnType: found.returns.type, returnSource: found.returns.source };
}

/** reason: a clause that says why its arguments are not known */
function functionAt(binary: BinaryFacts, { address, symbol, label }: Place, { target: { arch } }: Pick<ResolveContext, 'target'>): UserFunction | { readonly lookedFor: readonly string[] } | { readonly reason: string } {
  const info = binary.debugInfo();
  if ('lookedFor' in info) return info;
  const name = symbol ?? binary.functionAt(address)?.name;
  const clone = name === undefined ? undefined : /\.(?:isra|constprop|part)\b/.exec(name)?.[0];
  if (clone !== undefined) return { reason: `${name} is a copy of a function whose parameters the compiler changed (${clone})` };
  const found = info.functionAt(Number(address));
  if (found === undefined) return { reason: `the debug information in ${info.path} has no function that begins at ${label}` };
  if (found.isBare) return { reason: `the debug information in ${info.path} has no parameters of functions, as with -g1` };
  return describeUserFunction(found, DwarfTypes.of(info), arch);
}

function inBinary(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, request: Request): readonly ResolvedProbe[] {
  return atPlaces(record, point, c, binary, findPlaces(record, point, c, binary, request), request);
}

function atPlaces(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, places: readonly Place[], request: Pick<Request, 'cpp' | 'text'>): readonly ResolvedProbe[] {
  const readsResult = record.isReturn === true && c.uses.calls.has('retval');
  // functions have their own arguments each
  if ((usesArgs(c) && !record.isReturn) || (readsResult && places.some(({ isNamesake }) => isNamesake))) {
    const found: ResolvedProbe[] = [];
    for (const place of places) {
      const typed = record.isReturn ? resultAt(point, c, binary, place) : argumentsAt(record, point, c, binary, place);
      if (typed === 'refused') return [];
      found.push(...programsFor(record, point, c, binary, [place], request, typed));
    }
    return found;
  }
  const typed = readsResult ? commonResult(point, c, binary, places) : {};
  return typed === 'refused' ? [] : programsFor(record, point, c, binary, places, request, typed);
}

function isSameResult(a: Typed, b: Typed): boolean {
  if (a.returnType === undefined || b.returnType === undefined) return a.returnType === b.returnType && a.returnUnreadable === b.returnUnreadable;
  return isSameDefinition(a.returnType, b.returnType);
}

/** Whether types of two sources of a program are one: structs by their members, too. */
function isSameDefinition(a: Type, b: Type): boolean {
  if (a.kind === 'pointer' && b.kind === 'pointer') return isSameDefinition(a.to, b.to);
  if (a === b || a.kind !== 'struct' || b.kind !== 'struct') return sameType(a, b);
  const membersOf = (struct: StructType): string => JSON.stringify(flatMembers(struct).map(({ name, offset, type }) => [name, offset, spellType(type)]));
  return sameType(a, b) && a.size === b.size && membersOf(a) === membersOf(b);
}

/** The type of what all of the functions return; nothing where they differ. */
function commonResult(point: AttachPoint, c: ResolveContext, binary: BinaryFacts, places: readonly Place[]): Typed | 'refused' {
  let common: Typed | undefined;
  for (const place of places) {
    const typed = resultAt(point, c, binary, place);
    if (typed === 'refused') return typed;
    if (common !== undefined && !isSameResult(typed, common)) return {};
    common ??= typed;
  }
  return common ?? {};
}

function programsFor(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, places: readonly Place[], request: Pick<Request, 'cpp' | 'text'>, typed: Typed): readonly ResolvedProbe[] {
  const pid = c.pid === undefined ? {} : { pid: c.pid };
  const named = (what: string): string => point.label ?? `${record.name}:${binary.path}:${request.cpp ? 'cpp:' : ''}${what}`;
  const base = (place: Place): string => named(place.label);
  const byCookie = sharesByCookie(point, c);
  const file = { path: binary.path, places: places.map((place) => place.address) };
  // libbpf 1.1 knows no section for multi links: the attach type is set when the program is loaded
  const several = places.length > 1 && byCookie !== false;
  if ((several || (places.length === 1 && !c.target.has('cap:CAP_SYS_ADMIN'))) && c.target.has('uprobe_multi')) {
    return [{
      record, point, section: record.name, binary: file, ...typed,
      matches: [{ probe: several ? named(shortPattern(request.text)) : base(places[0]!), attach: { kind: 'uprobe_multi', path: binary.path, fileOffsets: places.map((p) => p.fileOffset), labels: places.map((p) => `${request.cpp ? 'cpp:' : ''}${p.label}`), return: record.isReturn ?? false, ...pid } }],
      ...(several && byCookie === 'cookie' ? { selector: 'cookie', names: places.map(base) } : {}),
    }];
  }
  const matches = places.map((place) => ({
    probe: base(place),
    attach: { kind: 'uprobe', path: binary.path, symbol: place.symbol, fileOffset: place.fileOffset, return: record.isReturn ?? false, ...pid, ...(places.length > 1 && place.isNamesake !== true ? { ofPattern: true as const } : {}) } as const,
  }));
  return shareProgram({ record, point, section: record.name, binary: file, ...typed }, matches, c);
}

function findPlaces(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, { target, cpp, address, name, offset }: Request): readonly Place[] {
  if (address !== undefined) return placeOfAddress(record, point, c, binary, address);
  const place = (symbol: FunctionSymbol): Place => ({ label: offset === 0n ? symbol.name : `${symbol.name}+${offset}`, symbol: symbol.name, fileOffset: symbol.fileOffset + offset, address: symbol.address + offset });
  const isPattern = cpp || isForSeveral(name);
  const symbols = functionsNamed(binary, name, { cpp, isPattern });
  // When the target is a pattern, files without the function are passed over silently.
  if (symbols.length === 0 && !isPattern && !target.includes('*')) {
    const near = nearest(name, binary.matchFunctions(`${name.slice(0, 1)}*`).map((f) => f.name));
    const imported = [name, name.replace(/@.*$/, '')].find((each) => binary.importsFunction(each));
    const libc = c.target.binary('libc', c.pid);
    const inLibc = libc !== undefined && libc.path !== binary.path && libc.findFunctions(imported ?? name).length > 0;
    return refuseMissing(c, point, say.noUserSymbol.with({ record: record.name, path: binary.path, name, imported, inLibc, near }));
  }
  const chooser = symbols.find(({ isChooser }) => isChooser);
  if (!c.unsafe && !isPattern && chooser !== undefined) return refuse(c, point, say.choosesFunction.with({ record: record.name, path: binary.path, name, chosen: chosenBy(chooser, binary).slice(0, MOST_CHOSEN) }));
  const inCode = symbols.filter((symbol) => c.unsafe || binary.fileOffsetOf(symbol.address) !== undefined);
  if (!isPattern && inCode.length < symbols.length) return refuse(c, point, say.outsideCode.with({ name, path: binary.path }));
  if (!isPattern && offset === 0n && inCode[0]?.size === 0) c.report(say.withoutSize.at(point.span, { name }));
  const probed = oneName(inCode.filter((symbol) => offset === 0n || mayProbe(point, c, binary, symbol, offset, inCode.length > 1))).map(place);
  return isPattern ? probed : namesakes(probed);
}

function functionsNamed(binary: BinaryFacts, name: string, { cpp, isPattern }: { readonly cpp: boolean; readonly isPattern: boolean }): readonly FunctionSymbol[] {
  const symbols = isPattern ? binary.matchFunctions(name, { cpp }) : binary.findFunctions(name);
  return symbols.filter(({ fileOffset, isChooser }) => fileOffset >= 0n && !(isPattern && isChooser));
}

/** Names of what an IFUNC chooses from: they hold its own, or another that it has. */
function chosenBy({ name, address }: FunctionSymbol, binary: BinaryFacts): readonly string[] {
  const functions = binary.matchFunctions('*');
  const stems = [name.replace(/@.*$/, ''), ...functions.filter((symbol) => symbol.address === address).map((symbol) => symbol.name)];
  const others = functions.filter((symbol) => symbol.address !== address && symbol.isChooser !== true).map((symbol) => symbol.name);
  return stems.map((stem) => others.filter((other) => other.includes(`${stem}_`))).find((names) => names.length > 0) ?? [];
}

function namesakes(places: readonly Place[]): readonly Place[] {
  return places.length > 1 ? places.map((place) => ({ ...place, isNamesake: true })) : places;
}

/** `name+offset`; what stands behind a plus and is no number belongs to the name (`operator+`). */
function splitOffset(text: string, c: ResolveContext): readonly [name: string, offset: bigint] {
  const [, name, digits] = /^(.*)\+([^+]+)$/.exec(text) ?? [];
  const offset = digits === undefined ? undefined : c.parseNumber(digits);
  return offset === undefined || offset < 0n ? [text, 0n] : [name!, offset];
}

function placeOfAddress(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, address: bigint): readonly Place[] {
  // --unsafe: where the file is no ELF file or has no code at the address, the address is taken for the offset in the file.
  const fileOffset = binary.fileOffsetOf(address) ?? (c.unsafe && address >= 0n ? address : undefined);
  if (fileOffset === undefined) return refuseMissing(c, point, say.noCodeAtAddress.with({ path: binary.path, address }));
  const symbol = c.unsafe ? undefined : binary.functionAt(address);
  const offset = symbol === undefined ? 0n : address - symbol.address;
  if (offset !== 0n && record.isReturn) return refuse(c, point, say.userReturnWithOffset.with({ place: `${symbol!.name}+${offset}` }));
  return offset === 0n || mayProbe(point, c, binary, symbol!, offset) ? [{ label: address.toString(), fileOffset, address }] : [];
}

/** Whether a breakpoint may be put there. In the middle of an instruction it would change what the instruction does. */
function mayProbe(point: AttachPoint, c: ResolveContext, binary: BinaryFacts, symbol: FunctionSymbol, offset: bigint, isOneOfSeveral = false): boolean {
  if (c.unsafe) return true;
  const which = isOneOfSeveral ? { name: symbol.name, address: symbol.address } : {};
  if (symbol.size === 0) refuse(c, point, say.noBounds.with({ name: symbol.name }));
  else if (offset >= BigInt(symbol.size)) refuse(c, point, say.offsetOutside.with({ ...which, name: symbol.name, size: symbol.size }));
  else if (binary.beginsInstruction(symbol, offset) === false) refuse(c, point, say.insideInstruction.with(which));
  else return true;
  return false;
}

/** Each function once: of several names that a pattern fits, by the one that reads best. */
function oneName(symbols: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  const alias = ({ name, isLocal }: FunctionSymbol): Alias => ({ name, isLocal: isLocal === true });
  const kept = new Map<bigint, FunctionSymbol>();
  for (const symbol of symbols) {
    const known = kept.get(symbol.fileOffset);
    if (known === undefined || compareAliases(alias(symbol), alias(known)) < 0) kept.set(symbol.fileOffset, symbol);
  }
  return [...kept.values()];
}

function listUserFunctions({ name }: ProbeRecord, parts: readonly string[], c: ListContext): Iterable<ListedProbe> | undefined {
  const withTarget = c.pid !== undefined && (parts.length === 1 || (parts.length === 2 && parts[0] === 'cpp')) ? [`/proc/${c.pid}/exe`, ...parts] : parts;
  if (withTarget.length < 2 || withTarget.length > 3 || (withTarget.length === 3 && withTarget[1] !== 'cpp')) return undefined;
  return functionsOf(name, withTarget[0]!, withTarget.at(-1)!, withTarget.length === 3, c);
}

function* functionsOf(provider: string, target: string, pattern: string, cpp: boolean, c: ListContext): Generator<ListedProbe> {
  for (const path of filesNamed(provider, target, c)) {
    const binary = c.target.binary(path);
    const symbols = groupBy(binary === undefined ? [] : functionsNamed(binary, pattern, { cpp, isPattern: true }), ({ name }) => name);
    for (const [name, namesakes] of symbols) yield { line: `${provider}:${path}:${name}`, arguments: () => declaredArguments(provider, binary!, namesakes, c) };
  }
}

/** Parameters as C declarations, of functions of one name those of all; at a return what is returned. */
function declaredArguments(provider: string, binary: BinaryFacts, namesakes: readonly FunctionSymbol[], c: ListContext): readonly string[] {
  const functions = namesakes.filter(({ address }, index) => namesakes.findIndex((other) => other.address === address) === index);
  const listed = functions.map((symbol) => declarationsOf(provider, binary, symbol, c));
  const most = Math.max(...listed.map((each) => each.length));
  const alternatives = Array.from({ length: most }, (_, index) => [...new Set(listed.flatMap((each) => each[index] ?? []))].join(' or '));
  return [...(functions.length > 1 ? [`${LISTED_REMARK}${functions.length} functions of this name`] : []), ...alternatives];
}

function declarationsOf(provider: string, binary: BinaryFacts, symbol: FunctionSymbol, c: ListContext): readonly string[] {
  let info: ReturnType<BinaryFacts['debugInfo']>;
  let found: ReturnType<DebugInfo['functionAt']>;
  try {
    info = binary.debugInfo();
    found = 'lookedFor' in info ? undefined : info.functionAt(Number(symbol.address));
  } catch (error) {
    if (!(error instanceof TbpfError)) throw error;
    c.warn(error.message);
    return [];
  }
  if ('lookedFor' in info) {
    c.warn(`No DWARF found for "${binary.path}", cannot show parameter info`);
    return [];
  }
  if (found === undefined) return [];
  const { types } = info;
  if (provider === 'uretprobe') return types.resolve(found.returns).kind === 'void' ? [] : [formatParameter(types, found.returns, 'retval')];
  return [...found.parameters.map(({ name, type }, index) => formatParameter(types, type, name || `arg${index}`)), ...(found.isVariadic ? ['...'] : [])];
}
