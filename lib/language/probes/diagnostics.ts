// What is reported about attach points (language.md 3): A codes.

import { type Message, diagnostic } from '../../model/diagnostics/diagnostic.js';
import { onlyCommand, setting } from '../../model/diagnostics/faces.js';
import { type Span, textOf } from '../../model/source/source.js';
import type { AttachPoint } from '../../model/syntax/nodes.js';
import { namesListed } from '../diagnostics.js';
import type { ResolveContext } from '../record.js';

/** record: the name of the probe kind; syntax: its form, for the hint */
type OfRecord = { record: string; syntax: string };
const form = (a: { syntax: string }): string => `The form is ${a.syntax}`;
const unsafe = setting('unsafe', '--unsafe', '{ unsafe: true }');
const corrupts = 'WARNING: This option could lead to data corruption in the target process.';
const forced = (): string => `Use ${unsafe} to force attachment. ${corrupts}`;

// ---- parts of an attach point

export const partCount = diagnostic<OfRecord & { wanted: readonly number[]; found: number }>('A0102', {
  message: (a) => `${a.record} probe type requires ${a.wanted.join(' or ')} ${a.wanted.length === 1 && a.wanted[0] === 1 ? 'argument' : 'arguments'}, found ${a.found}`,
  hint: form,
});
export const noFunction = diagnostic<OfRecord>('A0110', { message: (a) => `${a.record} should be attached to a function`, hint: form });
export const patternWithOffset = diagnostic('A0111', { message: () => 'Cannot use wildcards with an offset' });
/** Which of several functions of one name is meant. */
const atAddress = (a: { address?: bigint }): string => (a.address === undefined ? '' : ` at 0x${a.address.toString(16)}`);
export const offsetOutside = diagnostic<{ name: string; size: number; address?: bigint }>('A0112', { message: (a) => `Offset outside the function bounds ('${a.name}'${atAddress(a)} size is ${a.size})` });
export const noTypes = diagnostic<{ name: string; needed: boolean }>('A0113', {
  message: (a) => `No BTF found for ${a.name}.`, feature: (a) => (a.needed ? 'btf' : undefined), hint: (a) => a.needed && 'The kernel must be built with CONFIG_DEBUG_INFO_BTF; a kprobe needs no types.',
});

// ---- begin, end, self, test, bench

export const edgeWithTarget = diagnostic('A0120', { message: () => 'begin/end probes should not have a target' });
export const unknownTrigger = diagnostic<{ trigger: string; syntax: string }>('A0121', { message: (a) => `${a.trigger} is not a supported trigger`, hint: form });
export const unknownSignal = diagnostic<{ signal: string; syntax: string }>('A0122', { message: (a) => `${a.signal} is not a supported signal`, hint: form });
export const testWithoutName = diagnostic<OfRecord>('A0123', { message: (a) => `${a.record} probes must have a name`, hint: form });

// ---- kprobe, kretprobe

export const addressWithModule = diagnostic<OfRecord>('A0130', { message: () => 'An address has no module', hint: form });
export const offsetOfReturn = diagnostic<{ syntax: string }>('A0131', { message: () => 'Offset not allowed', hint: form });
export const severalOffsets = diagnostic<{ syntax: string }>('A0132', { message: () => 'Cannot take more than one offset', hint: form });
export const badOffset = diagnostic<{ offset: string; syntax: string }>('A0133', { message: (a) => `Invalid offset: ${a.offset}`, hint: form });
export const addressIsUnsafe = diagnostic('A0134', { message: () => `Probing by address requires ${unsafe}` });
export const moduleNotLoaded = diagnostic<{ module: string; probe: string }>('A0135', { message: (a) => `specified module ${a.module} in probe ${a.probe} is not loaded.` });
export const noKprobes = diagnostic('A0136', { message: () => 'kprobe probes are not supported by this kernel', feature: () => 'kprobe', hint: () => onlyCommand('See what it supports: tbpf doctor') });
export const notTraceable = diagnostic<{ name: string; near: string | undefined }>('A0137', {
  severity: 'warning',
  message: (a) => `${a.name} is not traceable (either non-existing, inlined, or marked as "notrace"); attaching to it will likely fail`,
  hint: (a) => a.near !== undefined && `Did you mean ${a.near}?`,
});

// ---- fentry, fexit

export const tooManyTracingParts = diagnostic<{ syntax: string }>('A0140', { message: () => "Only the 'bpf' variant of this probe supports 4 arguments", hint: form });
export const ambiguousFunction = diagnostic<{ name: string; modules: readonly string[] }>('A0141', {
  message: (a) => `ambiguous attach point, please specify module containing the function '${a.name}'`, hint: (a) => `It is in ${a.modules.join(', ')}.`,
});
export const hiddenByKernel = diagnostic<{ name: string; module: string }>('A0142', {
  message: (a) => `'${a.name}' of module ${a.module} cannot be told from the function of that name in the kernel itself`, hint: (a) => `kprobe:${a.module}:${a.name} can.`,
});
export const noTrampoline = diagnostic<{ name: string; functions: string }>('A0143', { message: (a) => `${a.name}: ${a.functions} are not supported.`, hint: () => 'A kprobe can be attached to it.' });
export const badProgramId = diagnostic('A0144', { message: () => "bpf program id must be a number or '*'" });
export const dangerousFunction = diagnostic<{ name: string; module: string }>('A0145', {
  severity: 'warning',
  message: (a) => `Attaching to dangerous function: ${a.module}:${a.name}. tbpf has added mitigations to prevent a kernel deadlock but they may result in some lost events.`,
});

// ---- uprobe, uretprobe

export const patternWithAddress = diagnostic('A0150', { message: () => 'Cannot use wildcards with absolute address' });
export const noBinary = diagnostic<{ record: string; path: string }>('A0151', { message: (a) => `${a.record} target file '${a.path}' does not exist or is not executable` });
/** Which files could have had debug information. */
const lookedIn = (files: readonly string[]): string => `Debug information was looked for in ${files.join(', ')}.`;
export const noUserTypes = diagnostic<{ probe: string; path: string; lookedFor: readonly string[] }>('A0152', {
  message: (a) => `Could not parse arguments of "${a.probe}": no debuginfo found for ${a.path}`,
  hint: (a) => `The registers of the first arguments are arg0, arg1 and so on. ${lookedIn(a.lookedFor)}`,
});
export const noUserArguments = diagnostic<{ probe: string; reason: string }>('A0160', {
  message: (a) => `Could not parse arguments of "${a.probe}": ${a.reason}`, hint: () => 'The registers of the first arguments are arg0, arg1 and so on.',
});
export const severalBinaries = diagnostic<{ record: string; path: string; count: number }>('A0153', {
  severity: 'warning', message: (a) => `attaching to ${a.record} target file '${a.path}' but matched ${a.count} binaries`,
});
export const noTarget = diagnostic<OfRecord>('A0154', { message: (a) => `${a.record} should have a target`, hint: form });
export const noUserFunction = diagnostic<OfRecord>('A0155', { message: (a) => `${a.record} should be attached to a function and/or address`, hint: form });
export const unknownLanguage = diagnostic<{ language: string }>('A0156', {
  message: (a) => `unsupported language type: ${a.language}`, hint: () => 'It may be cpp. Names with colons stand in quotes: "ns::f".',
});
export const userReturnWithOffset = diagnostic<{ place: string | undefined }>('A0157', {
  message: () => 'uretprobes can not be attached to a function offset', hint: (a) => a.place !== undefined && `It is ${a.place}.`,
});
export const locationOfReturn = diagnostic('A0158', { message: () => 'Source code location not allowed' });
export const badLocation = diagnostic('A0159', { message: () => 'Invalid uprobe arguments, expected format: uprobe:TARGET@FILE:LINE[:COL]' });
export const noLines = diagnostic<{ path: string; lookedFor: readonly string[] }>('A0161', {
  message: (a) => `No DWARF debug info found for '${a.path}', cannot attach by source code location.`, hint: (a) => lookedIn(a.lookedFor),
});
export const noSourceFile = diagnostic<{ path: string; file: string }>('A0168', {
  message: (a) => `No source file of ${a.path} is called ${a.file}`, hint: () => 'A file is named by its path when it was compiled, or by the last parts of that path.',
});
export const noCodeOfLine = diagnostic<{ file: string; line: number; column: number | undefined; near: number | undefined }>('A0169', {
  message: (a) => `Line ${a.line}${a.column === undefined ? '' : `, column ${a.column}`} of ${a.file} has no code`,
  hint: (a) => a.near !== undefined && (a.near === a.line ? 'The line has code in other columns.' : `The nearest line with code is ${a.near}.`),
});
export const unreadableDebugInfo = diagnostic<{ text: string }>('A0174', { message: (a) => a.text, hint: () => 'Probes that use neither args, source lines nor types of the program need no debug information.' });
/** imported: the function of a library that the file calls by this name, or by the name of its stub;  inLibc: whether libc has it */
export const noUserSymbol = diagnostic<{ record: string; path: string; name: string; imported: string | undefined; inLibc: boolean; near: string | undefined }>('A0162', {
  message: (a) => `No matches for ${a.record} ${a.path}:${a.name}.`,
  hint: (a) => {
    if (a.inLibc) return `It lies in libc: ${a.record}:libc:${a.imported ?? a.name}`;
    if (a.imported !== undefined) return `${a.path} calls ${a.imported}, which lies in one of its libraries: probe it there, as ${a.record}:LIBRARY:${a.imported}.`;
    return `Could not resolve symbol: ${a.path}:${a.name}. ${a.near === undefined ? onlyCommand(`tbpf -l 'uprobe:${a.path}:*' lists its functions.`) : `Did you mean ${a.near}?`}`;
  },
});
/** chosen: names of functions that it may choose */
export const choosesFunction = diagnostic<{ record: string; path: string; name: string; chosen: readonly string[] }>('A0226', {
  message: (a) => `${a.name} of ${a.path} is no function that programs call: it chooses one when a program starts (IFUNC), and a probe on it would count the choices`,
  hint: (a) => (a.chosen.length > 0 ? `Probe what it chooses, such as ${a.chosen.join(', ')}.` : 'What it chooses has no name in the file; separate debug information, where it is installed, has the names.'),
});
export const outsideCode = diagnostic<{ name: string; path: string }>('A0163', { message: (a) => `${a.name} lies outside the code of ${a.path}: a probe there would never fire` });
export const withoutSize = diagnostic<{ name: string }>('A0164', {
  severity: 'warning',
  message: (a) => `${a.name} has size 0: the probe fires when what stands at its address is run, which may be another function or nothing`,
  hint: () => 'Symbols of assembly code and emptied .cold parts of functions have no size.',
});
export const noCodeAtAddress = diagnostic<{ path: string; address: bigint }>('A0165', { message: (a) => `Could not resolve address: ${a.path}:0x${a.address.toString(16)}` });
export const noBounds = diagnostic<{ name: string }>('A0166', { message: (a) => `Could not determine boundary for ${a.name} (symbol has size 0).`, hint: forced });
/** name, address: the function, where several have the name */
export const insideInstruction = diagnostic<{ name?: string; address?: bigint }>('A0167', {
  message: (a) => `Possible attachment attempt in the middle of an instruction${a.name === undefined ? '' : ` of ${a.name}${atAddress(a)}`}, try a different offset.`, hint: forced,
});

// ---- usdt

export const noPathOrPid = diagnostic<{ syntax: string }>('A0220', {
  message: () => "usdt probe must specify at least path or pid to probe. To target all paths/pids set the path to '*'.", hint: form,
});
export const noUsdtName = diagnostic<{ syntax: string }>('A0221', { message: () => 'usdt probe must have a target function or wildcard', hint: form });
export const severalProviders = diagnostic<{ name: string; path: string; providers: readonly string[] }>('A0222', {
  message: (a) => `${a.name} is a probe of several providers: ${a.providers.join(', ')}`,
  hint: (a) => `Say which: usdt:${a.path}:${a.providers[0]}:${a.name}, or all of them: usdt:${a.path}:*:${a.name}`,
});
export const noUsdtProbe = diagnostic<{ what: string; name: string; near: string | undefined; any: boolean; path: string }>('A0223', {
  message: (a) => `No matches for usdt probe ${a.name} in ${a.what}.`,
  hint: (a) => (a.near !== undefined ? `Did you mean ${a.near}?` : a.any ? onlyCommand(`tbpf -l 'usdt:${a.path}' lists the probes of a file.`) : 'It has no USDT probes: it was built without them, or they lie in one of its libraries.'),
});
export const usdtOutsideCode = diagnostic<{ name: string; path: string }>('A0224', {
  message: (a) => `${a.name} lies outside the code of ${a.path}: a probe there would never fire`, hint: () => 'The file is damaged, or its notes belong to another build.',
});
export const semaphoreOutsideFile = diagnostic<{ label: string; path: string }>('A0225', {
  message: (a) => `The semaphore of ${a.label} lies in no part of ${a.path} that is mapped into memory: the kernel cannot count it up`, hint: () => 'A uprobe on the function around the probe works without it.',
});

// ---- tracepoint, rawtracepoint

export const noEvent = diagnostic('A0170', { message: () => 'tracepoint probe must have a target', hint: () => 'For example tracepoint:syscalls:sys_enter_openat' });
export const noCategory = diagnostic<{ near: string }>('A0171', { message: () => 'tracepoint probe type requires 2 arguments, found 1', hint: (a) => `Did you mean ${a.near}?` });
export const rawNeedsTypes = diagnostic('A0172', { message: () => "rawtracepoints require kernel BTF. Try using a 'tracepoint' instead.", feature: () => 'btf' });
export const noRawArgument = diagnostic<{ module: string; event: string; count: number; index: number }>('A0173', {
  message: (a) => `rawtracepoint:${a.module}:${a.event} has ${a.count} argument${a.count === 1 ? '' : 's'}: there is no arg${a.index}`,
  hint: () => `The arguments have names too: args.NAME${namesListed}.`,
});

// ---- profile, interval, software, hardware

export const badRate = diagnostic<{ record: string; rate: string }>('A0180', {
  message: (a) => `Invalid rate of ${a.record} probe: ${a.rate}`, hint: (a) => `For example ${a.record}:1s or ${a.record}:hz:99`,
});
export const rateTooLong = diagnostic<{ record: string; rate: string; longest: bigint }>('A0181', {
  message: (a) => `Invalid rate of ${a.record} probe: ${a.rate}`, hint: (a) => `The longest period is ${a.longest} nanoseconds, 292 years.`,
});
export const rateTooFast = diagnostic<{ record: string; rate: string }>('A0182', {
  message: (a) => `Invalid rate of ${a.record} probe: ${a.rate}`, hint: () => 'The fastest is what /proc/sys/kernel/perf_event_max_sample_rate says.',
});
/** near: what somebody meant who wrote a small number without a unit */
export const rateTooShort = diagnostic<{ record: string; ns: bigint; near: string | undefined }>('A0183', {
  message: (a) => `Invalid rate of ${a.record} probe. Minimum is 1000 or 1us. Found: ${a.ns} nanoseconds`, hint: (a) => a.near !== undefined && `Did you mean ${a.near}?`,
});
export const noFrequency = diagnostic<{ record: string }>('A0184', { message: (a) => `${a.record} probe must have an integer frequency` });
export const frequencyNotPositive = diagnostic<{ record: string }>('A0185', { message: (a) => `${a.record} frequency should be a positive integer` });
export const unknownUnit = diagnostic<{ unit: string }>('A0186', { message: (a) => `${a.unit} is not an accepted unit of time`, hint: () => 'Units are s, ms, us and hz.' });
export const counterPattern = diagnostic<{ record: string }>('A0187', { message: (a) => `wildcards are not allowed for ${a.record} probe type` });
export const unknownCounter = diagnostic<{ record: string; event: string; near: string | undefined; known: readonly string[] }>('A0188', {
  message: (a) => `${a.event} is not a ${a.record} probe`, hint: (a) => (a.near === undefined ? `Known are ${a.known.join(' ')}.` : `Did you mean ${a.near}?`),
});
export const noCount = diagnostic<{ record: string }>('A0189', { message: (a) => `${a.record} probe can only have an integer count` });
export const badCount = diagnostic<{ record: string; most: bigint | undefined }>('A0190', {
  message: (a) => `${a.record} count should be a positive integer`, hint: (a) => a.most !== undefined && `The largest is ${a.most}.`,
});
/** calmer: the same probe at a rate that a machine bears */
export const fasterThanClock = diagnostic<{ probe: string; shortest: bigint; perSecond: bigint; calmer: string }>('A0191', {
  severity: 'warning',
  message: (a) => `${a.probe} fires each ${a.shortest} nanoseconds, the shortest period that Linux has: ${a.perSecond} times a second, which may take all of a CPU`,
  hint: (a) => `${a.calmer} fires each millisecond.`,
});

// ---- watchpoint

export const badAddress = diagnostic<{ address: string; syntax: string }>('A0200', { message: (a) => `Invalid address: ${a.address}`, hint: form });
export const zeroAddress = diagnostic('A0201', { message: () => 'watchpoint must be attached to a non-zero address' });
export const badWatchLength = diagnostic('A0202', { message: () => 'watchpoint length must be one of (1,2,4,8)' });
export const badWatchMode = diagnostic('A0203', { message: () => 'watchpoint mode must be combination of (r,w,x)' });
export const repeatedWatchMode = diagnostic('A0204', { message: () => 'watchpoint modes may not be duplicated' });
export const unsupportedWatchMode = diagnostic<{ mode: string; modes: readonly string[] }>('A0205', {
  message: (a) => `invalid watchpoint mode: ${a.mode}`, hint: (a) => `supported modes: ${a.modes.join(',')}`,
});

// ---- iter

export const iterPartCount = diagnostic<{ syntax: string }>('A0210', { message: () => 'iter probe type takes 2 arguments (1 optional)', hint: form });
export const iterPattern = diagnostic('A0211', { message: () => 'iter probe type does not support wildcards', hint: () => onlyCommand('tbpf -l "iter:*" lists them.') });
export const unknownIter = diagnostic<{ type: string; typed: boolean }>('A0212', {
  message: (a) => `iter ${a.type} not available for your kernel version.`,
  feature: (a) => (a.typed ? undefined : 'iter'),
  hint: (a) => (a.typed ? onlyCommand('tbpf -l "iter:*" lists those of this kernel.') : 'Iterators need a kernel with BTF.'),
});
export const iterOfOneMap = diagnostic<{ type: string }>('A0213', {
  message: (a) => `iter ${a.type} walks over the elements of one map, and a script has no way to say which.`,
  hint: () => 'iter:bpf_map walks over all maps; bpftool map dump shows the elements of one.',
});
export const pinWithDot = diagnostic<{ pin: string }>('A0214', { message: (a) => `a file of the BPF file system cannot be called '${a.pin}': its name must have no dot` });

// ---- reporting

/** Where the i-th part of an attach point stands; all of it when its text was put together by quotes or parameters. */
export function partSpan(point: AttachPoint, index: number): Span {
  const { span, raw, parts } = point;
  if (!textOf(span).endsWith(raw) || parts.join(':') !== raw) return span;
  const start = span.end - raw.length + parts.slice(0, index).reduce((length, part) => length + part.length + 1, 0);
  return { ...span, start, end: start + parts[index]!.length };
}

/** Reports and answers "nothing found". */
export function refuse(c: ResolveContext, point: AttachPoint, message: Message): readonly never[] {
  c.report(message.at(point.span));
  return [];
}

/** The same for what this machine does not have: an error, a warning or nothing, as `missing_probes` says. */
export function refuseMissing(c: ResolveContext, point: AttachPoint, message: Message): readonly never[] {
  const policy = c.config.text('missing_probes');
  if (policy === 'error') return refuse(c, point, message);
  if (policy === 'warn') c.report(message.at(point.span).asWarning('Skipping.'));
  return [];
}

/** Whether the attach point has one of the numbers of parts (the provider not counted); reports when it has not. */
export function expectParts(c: ResolveContext, point: AttachPoint, record: { readonly name: string; readonly syntax: string }, wanted: readonly number[]): boolean {
  const found = point.parts.length - 1;
  if (wanted.includes(found)) return true;
  c.report(partCount.at(point.span, { record: record.name, syntax: record.syntax, wanted, found }));
  return false;
}
