// uprobe, uretprobe: functions of user-space binaries.
//
//   idea   a breakpoint in the middle of an instruction kills what runs there, so an offset is followed from the start of its function
//   facts  several places of a file are one multi link (Linux 6.6). Newer kernels let only CAP_SYS_ADMIN open a perf event for a single one;
//          multi links need CAP_PERFMON only

import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { BinaryFacts, FunctionSymbol } from '../../model/target/target.js';
import type { ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { isForSeveral, shortPattern } from '../../model/target/pattern.js';
import { type ListContext, type ListedProbe, filesNamed } from '../listing.js';
import * as say from './diagnostics.js';
import { refuse, refuseMissing } from './diagnostics.js';
import { dwarfNotYet } from '../not-yet.js';
import { shareProgram, sharesByCookie } from './sharing.js';

function userProbe(name: 'uprobe' | 'uretprobe', alias: string, doc: string): ProbeRecord {
  const record: ProbeRecord = {
    name, aliases: [alias], doc, syntax: `${name}:path:[cpp:]function${name === 'uprobe' ? '[+offset]' : ''}`,
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
}

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
  if (point.location) return byLocation(record, point, c, point.location);
  const request = readRequest(record, point, c);
  if (request === undefined) return [];
  const { target, text } = request;
  const several = target.includes('*');
  if (several && request.address !== undefined) return refuse(c, point, say.patternWithAddress.with({}));
  const paths = several ? c.target.matchBinaries(target, c.pid) : [target];
  const binaries = paths.flatMap((path) => c.target.binary(path, c.pid) ?? []);
  if (binaries.length === 0) return refuseMissing(c, point, say.noBinary.with({ record: record.name, path: target }));
  if (usesArgs(c) && !record.isReturn) {
    const { path, hasDebugInfo } = binaries[0]!;
    return refuse(c, point, say.noUserTypes.with({ probe: `${record.name}:${path}:${text}`, path, unread: hasDebugInfo }));
  }
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
  const text = parts.at(-1)!;
  const [name, offset] = splitOffset(text, c);
  if (offset !== 0n && record.isReturn) return wrong(say.userReturnWithOffset.with({ place: undefined }));
  if (offset !== 0n && isForSeveral(name)) return wrong(say.patternWithOffset.with({}));
  return { target: parts[0]!, cpp, text, address: c.parseNumber(text), name, offset };
}

function byLocation(record: ProbeRecord, point: AttachPoint, c: ResolveContext, location: readonly string[]): readonly ResolvedProbe[] {
  if (record.isReturn) return refuse(c, point, say.locationOfReturn.with({}));
  const [file, ...numbers] = location;
  if (file === '' || numbers.length < 1 || numbers.length > 2 || !numbers.every((text) => /^\d+$/.test(text))) {
    return refuse(c, point, say.badLocation.with({}));
  }
  const target = point.parts[1] ?? '';
  if (c.target.binary(target, c.pid)?.hasDebugInfo === true) return refuse(c, point, say.locationNotYet.with({}));
  return refuse(c, point, say.noLines.with({ path: target }));
}

function usesArgs({ uses: { fields } }: ResolveContext): boolean {
  return fields === undefined || fields.length > 0;
}

function inBinary(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, request: Request): readonly ResolvedProbe[] {
  const places = findPlaces(record, point, c, binary, request);
  const pid = c.pid === undefined ? {} : { pid: c.pid };
  const named = (what: string): string => point.label ?? `${record.name}:${binary.path}:${request.cpp ? 'cpp:' : ''}${what}`;
  const base = (place: Place): string => named(place.label);
  const byCookie = sharesByCookie(point, c);
  const file = { path: binary.path, places: places.map((place) => place.address) };
  // libbpf 1.1 knows no section for multi links: the attach type is set when the program is loaded
  const several = places.length > 1 && byCookie !== false;
  if ((several || (places.length === 1 && !c.target.has('cap:CAP_SYS_ADMIN'))) && c.target.has('uprobe_multi')) {
    return [{
      record, point, section: record.name, binary: file,
      matches: [{ probe: several ? named(shortPattern(request.text)) : base(places[0]!), attach: { kind: 'uprobe_multi', path: binary.path, fileOffsets: places.map((p) => p.fileOffset), labels: places.map((p) => `${request.cpp ? 'cpp:' : ''}${p.label}`), return: record.isReturn ?? false, ...pid } }],
      ...(several && byCookie === 'cookie' ? { selector: 'cookie', names: places.map(base) } : {}),
    }];
  }
  const matches = places.map((place) => ({
    probe: base(place),
    attach: { kind: 'uprobe', path: binary.path, symbol: place.symbol, fileOffset: place.fileOffset, return: record.isReturn ?? false, ...pid, ...(places.length > 1 ? { ofPattern: true as const } : {}) } as const,
  }));
  return shareProgram({ record, point, section: record.name, binary: file }, matches, c);
}

function findPlaces(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, { target, cpp, address, name, offset }: Request): readonly Place[] {
  if (address !== undefined) return placeOfAddress(record, point, c, binary, address);
  const place = (symbol: FunctionSymbol): Place => ({ label: offset === 0n ? symbol.name : `${symbol.name}+${offset}`, symbol: symbol.name, fileOffset: symbol.fileOffset + offset, address: symbol.address + offset });
  const isPattern = cpp || isForSeveral(name);
  const symbols = isPattern ? binary.matchFunctions(name, { cpp }) : [binary.findSymbol(name) ?? []].flat().filter((symbol) => symbol.fileOffset >= 0n);
  // When the target is a pattern, files without the function are passed over silently.
  if (symbols.length === 0 && !isPattern && !target.includes('*')) {
    const near = nearest(name, binary.matchFunctions(`${name.slice(0, 2)}*`).map((f) => f.name));
    return refuseMissing(c, point, say.noUserSymbol.with({ record: record.name, path: binary.path, name, near }));
  }
  const inCode = symbols.filter((symbol) => c.unsafe || binary.fileOffsetOf(symbol.address) !== undefined);
  if (!isPattern && inCode.length < symbols.length) return refuse(c, point, say.outsideCode.with({ name, path: binary.path }));
  if (!isPattern && offset === 0n && inCode[0]?.size === 0) c.report(say.withoutSize.at(point.span, { name }));
  return uniqueByOffset(inCode.filter((symbol) => offset === 0n || mayProbe(point, c, binary, symbol, offset)).map(place));
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
function mayProbe(point: AttachPoint, c: ResolveContext, binary: BinaryFacts, symbol: FunctionSymbol, offset: bigint): boolean {
  if (c.unsafe) return true;
  if (symbol.size === 0) refuse(c, point, say.noBounds.with({ name: symbol.name }));
  else if (offset >= BigInt(symbol.size)) refuse(c, point, say.offsetOutside.with({ name: symbol.name, size: symbol.size }));
  else if (binary.beginsInstruction(symbol, offset) === false) refuse(c, point, say.insideInstruction.with({}));
  else return true;
  return false;
}

function uniqueByOffset(places: readonly Place[]): Place[] {
  const seen = new Map<bigint, Place>();
  for (const place of places) if (!seen.has(place.fileOffset)) seen.set(place.fileOffset, place);
  return [...seen.values()];
}

function listUserFunctions({ name }: ProbeRecord, parts: readonly string[], c: ListContext): Iterable<ListedProbe> | undefined {
  const withTarget = c.pid !== undefined && (parts.length === 1 || (parts.length === 2 && parts[0] === 'cpp')) ? [`/proc/${c.pid}/exe`, ...parts] : parts;
  if (withTarget.length < 2 || withTarget.length > 3 || (withTarget.length === 3 && withTarget[1] !== 'cpp')) return undefined;
  return functionsOf(name, withTarget[0]!, withTarget.at(-1)!, withTarget.length === 3, c);
}

function* functionsOf(provider: string, target: string, pattern: string, cpp: boolean, c: ListContext): Generator<ListedProbe> {
  for (const path of filesNamed(provider, target, c)) {
    const names = new Set(c.target.binary(path)?.matchFunctions(pattern, { cpp }).map((symbol) => symbol.name));
    for (const name of names) yield { line: `${provider}:${path}:${name}`, arguments: () => withoutDwarf(path, c) };
  }
}

/** Parameters of user functions would have to come from DWARF. */
function withoutDwarf(path: string, c: ListContext): readonly string[] {
  c.warn(c.target.binary(path)?.hasDebugInfo === true ? `${dwarfNotYet}, cannot show parameter info of "${path}"` : `No DWARF found for "${path}", cannot show parameter info`);
  return [];
}
