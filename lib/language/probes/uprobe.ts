// uprobe, uretprobe: functions of user-space binaries.
//
//   facts  several places of a file are one multi link (Linux 6.6). Newer kernels let only CAP_SYS_ADMIN open a perf event for a single one;
//          multi links ask for CAP_PERFMON

import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { BinaryFacts, FunctionSymbol } from '../../model/target/target.js';
import type { ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { attachWarning, refuse } from './diagnostics.js';
import { shareProgram, sharesByCookie } from './sharing.js';

function userProbe(name: 'uprobe' | 'uretprobe', alias: string, doc: string): ProbeRecord {
  const record: ProbeRecord = {
    name, aliases: [alias], doc, syntax: `${name}:path:[cpp:]function${name === 'uprobe' ? '[+offset]' : ''}`,
    programKind: 'kprobe', addressSpace: 'user', attachOrder: 'reverse', pidFilter: 'kernel', registers: true, isReturn: name === 'uretprobe', returnValue: 0,
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
}

function resolveUser(record: ProbeRecord, point: AttachPoint, c: ResolveContext): readonly ResolvedProbe[] {
  if (point.location) {
    if (record.isReturn) return refuse(c, point, 'Source code location not allowed');
    return refuse(c, point, `No DWARF debug info found for '${point.parts[1] ?? ''}', cannot attach by source code location.`);
  }
  const parts = [...point.parts.slice(1)];
  if (parts.length === 1 && c.pid !== undefined) parts.unshift(`/proc/${c.pid}/exe`);
  if (parts.length === 0 || parts[0] === '') return refuse(c, point, `${record.name} should have a target`, `The form is ${record.syntax}`);
  if (parts.length === 1) return refuse(c, point, `${record.name} should be attached to a function and/or address`, `The form is ${record.syntax}`);
  if (parts.length > 3) return refuse(c, point, `${record.name} probe type requires 2 or 3 arguments, found ${parts.length}`, `The form is ${record.syntax}`);
  const cpp = parts.length === 3;
  if (cpp && parts[1] !== 'cpp') return refuse(c, point, `unsupported language type: ${parts[1]}`);
  const target = parts[0]!;
  const paths = target.includes('*') ? c.target.matchBinaries(target, c.pid) : [target];
  const binaries = paths.flatMap((path) => c.target.binary(path, c.pid) ?? []);
  if (binaries.length === 0) return refuse(c, point, `${record.name} target file '${target}' does not exist or is not executable`);
  if (target.includes('*') && binaries.length > 1) c.report(attachWarning.at(point.span, { text: `attaching to ${record.name} target file '${target}' but matched ${binaries.length} binaries` }));
  return binaries.flatMap((binary) => inBinary(record, point, c, binary, parts.at(-1)!, cpp));
}

function inBinary(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, text: string, cpp: boolean): readonly ResolvedProbe[] {
  const places = findPlaces(record, point, c, binary, text, cpp);
  const pid = c.pid === undefined ? {} : { pid: c.pid };
  const base = (place: Place): string => point.label ?? `${record.name}:${binary.path}:${cpp ? 'cpp:' : ''}${place.label}`;
  const byCookie = sharesByCookie(point, c);
  // libbpf 1.1 knows no section for multi links: the attach type is set when the program is loaded
  const several = places.length > 1 && byCookie !== false;
  if ((several || (places.length === 1 && !c.target.has('cap:CAP_SYS_ADMIN'))) && c.target.has('uprobe_multi')) {
    return [{
      record, point, section: record.name, binary: binary.path,
      matches: [{ probe: base(places[0]!), attach: { kind: 'uprobe_multi', path: binary.path, fileOffsets: places.map((p) => p.fileOffset), return: record.isReturn ?? false, ...pid } }],
      ...(several && byCookie === 'cookie' ? { selector: 'cookie', names: places.map(base) } : {}),
    }];
  }
  const matches = places.map((place) => ({
    probe: base(place),
    attach: { kind: 'uprobe', path: binary.path, symbol: place.symbol, fileOffset: place.fileOffset, return: record.isReturn ?? false, ...pid } as const,
  }));
  return shareProgram({ record, point, section: record.name, binary: binary.path }, matches, c);
}

function findPlaces(record: ProbeRecord, point: AttachPoint, c: ResolveContext, binary: BinaryFacts, text: string, cpp: boolean): Place[] {
  const address = c.parseNumber(text);
  if (address !== undefined) {
    const fileOffset = binary.fileOffsetOf(address);
    if (fileOffset === undefined) refuse(c, point, `Could not resolve address: ${binary.path}:0x${address.toString(16)}`);
    return fileOffset === undefined ? [] : [{ label: address.toString(), fileOffset }];
  }
  const plus = /^(.*)\+([^+]+)$/.exec(text);
  const name = plus && c.parseNumber(plus[2]!) !== undefined ? plus[1]! : text;
  const offset = name === text ? 0n : c.parseNumber(plus![2]!)!;
  if (offset !== 0n && record.isReturn) {
    refuse(c, point, 'uretprobes can not be attached to a function offset');
    return [];
  }
  const place = (symbol: FunctionSymbol): Place => ({ label: offset === 0n ? symbol.name : `${symbol.name}+${offset}`, symbol: symbol.name, fileOffset: symbol.fileOffset + offset });
  if (cpp || name.includes('*')) return uniqueByOffset(binary.matchFunctions(name, { cpp }).map(place));
  const symbol = binary.findSymbol(name);
  if (!symbol) {
    const near = nearest(name, binary.matchFunctions(`${name.slice(0, 2)}*`).map((f) => f.name));
    refuse(c, point, `Could not resolve symbol: ${binary.path}:${name}`, near === undefined ? `tbpf -l 'uprobe:${binary.path}:*' lists its functions.` : `Did you mean ${near}?`);
    return [];
  }
  if (offset > 0n && !c.unsafe) {
    if (symbol.size === 0) refuse(c, point, `Could not determine boundary for ${name} (symbol has size 0).`, 'Use --unsafe to force attachment. WARNING: This option could lead to data corruption in the target process.');
    else if (offset >= BigInt(symbol.size)) refuse(c, point, `Offset outside the function bounds ('${name}' size is ${symbol.size})`);
    else return [place(symbol)];
    return [];
  }
  return [place(symbol)];
}

function uniqueByOffset(places: readonly Place[]): Place[] {
  const seen = new Map<bigint, Place>();
  for (const place of places) if (!seen.has(place.fileOffset)) seen.set(place.fileOffset, place);
  return [...seen.values()];
}
