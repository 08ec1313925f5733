// What the records of functions, builtin values, map functions and config variables report: F and C codes. Texts are bpftrace's where it has one
// (language.md 4 to 7).

import { diagnostic } from '../model/diagnostics/diagnostic.js';
import { onlyCommand, setting } from '../model/diagnostics/faces.js';

type Kind = { kind: string };
type Named = { name: string };

// ---- builtin values

/** Behind `args.NAME`. */
export const namesListed = onlyCommand("; tbpf -lv 'PROBE' lists them");

export const argsOfPrograms = diagnostic('F0110', { message: () => "The args builtin cannot be used for 'fentry/fexit:bpf' probes" });
export const noArgs = diagnostic<Kind>('F0111', {
  message: (a) => `The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes (${a.kind} used here)`,
});
export const noArgument = diagnostic<{ index: number; named: boolean; atReturn: boolean }>('F0112', {
  message: (a) => `The arg${a.index} builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes`,
  hint: (a) => (a.named ? `The arguments have names here: args.NAME${namesListed}.`
    : a.atReturn && 'At the return they are gone: keep them in a map at the entry, for example @arg[tid].'),
});
export const noStackArgument = diagnostic<{ index: number; kind: string }>('F0122', {
  message: (a) => `The sarg${a.index} builtin can only be used with 'kprobes' and 'uprobes' probes (${a.kind} used here)`,
  hint: () => 'Arguments lie on the stack at the entry of a function.',
});
export const argumentBeyondRegisters = diagnostic<{ arch: string; index: number }>('F0113', { message: (a) => `${a.arch} doesn't support arg${a.index}` });
/** reason: follows "it" */
export const unreadableArgument = diagnostic<{ probe: string; name: string; reason: string }>('F0150', {
  message: (a) => `${a.name} of ${a.probe} cannot be read: it ${a.reason}`, hint: () => onlyCommand("tbpf -lv 'PROBE' lists the arguments that can be read."),
});
export const unreadableResult = diagnostic<{ probe: string; reason: string; register: string }>('F0152', {
  message: (a) => `retval of ${a.probe} cannot be read: it ${a.reason}`, hint: (a) => `The register of results is reg("${a.register}").`,
});
export const argumentBeyondNote = diagnostic<{ probe: string; index: number; count: number }>('F0151', {
  message: (a) => `${a.probe} has ${a.count === 0 ? 'no arguments' : a.count === 1 ? '1 argument' : `${a.count} arguments`}: there is no arg${a.index}`,
  hint: (a) => (a.count === 0 ? onlyCommand("tbpf -lv 'usdt:PATH' lists the probes of a file with their arguments.") : `The last is arg${a.count - 1}.`),
});
export const noReturnValue = diagnostic<{ ofProgram: boolean }>('F0114', {
  message: () => "Can't find a field $retval",
  hint: (a) => (a.ofProgram ? 'Types of BPF programs are not read: fexit:bpf has neither args nor retval.' : 'The function returns nothing.'),
});
export const retvalElsewhere = diagnostic<{ tracepoint: boolean }>('F0115', {
  message: (a) => `The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes${a.tracepoint ? ' (try to use args.ret instead)' : ''}`,
});
export const builtinNotInProbe = diagnostic<Named & Kind>('F0116', { message: (a) => `The ${a.name} builtin can not be used with '${a.kind}' probes` });
export const noFunctionAddress = diagnostic('F0117', { feature: () => 'helper:get_func_ip', message: () => "BPF_FUNC_get_func_ip not available for your kernel version. Consider using the 'probe' builtin instead." });
export const contextOfTracepoint = diagnostic('F0118', { message: () => 'Use args instead of ctx in tracepoint' });
export const needsBtf = diagnostic<Named>('F0119', { feature: () => 'btf', message: (a) => `${a.name} needs kernel BTF, which this machine does not have` });
export const usermodeElsewhere = diagnostic('F0120', { message: () => "'usermode' builtin is only supported on x86_64" });
export const buildIdFallsBack = diagnostic('F0121', { severity: 'warning', message: () => "'build_id' stack mode can only be used for ustack. Falling back to 'raw' mode." });

// ---- formats

export const tooFewForFormat = diagnostic<{ given: number; expected: number }>('F0201', {
  message: (a) => `not enough arguments for format string (${a.given} supplied, ${a.expected} expected)`,
});
export const tooManyForFormat = diagnostic<{ given: number; expected: number }>('F0202', {
  message: (a) => `too many arguments for format string (${a.given} supplied, ${a.expected} expected)`,
});
export const unsupportedConversion = diagnostic<{ conversion: string }>('F0203', {
  message: (a) => `unsupported format specifier: ${a.conversion}`,
  hint: (a) => a.conversion !== 'n' && 'Programs have no floating point; %d prints an integer, %lld one of 64 bits.',
});
export const conversionOfNothing = diagnostic<{ conversion: string }>('F0204', { message: (a) => `unable to print none type for specifier: ${a.conversion}` });
export const conversionType = diagnostic<{ conversion: string; type: string; ofBytes: boolean; printable: boolean }>('F0205', {
  message: (a) => `unsupported format specifier for type '${a.type}': ${a.conversion}`,
  hint: (a) => a.printable && (a.ofBytes ? `%${a.conversion} prints what buf() gives.` : '%s prints a value of any type.'),
});
export const printedAsAddress = diagnostic<{ argument: string }>('F0206', {
  severity: 'warning', message: (a) => `%s prints this pointer as an address; str(${a.argument}) reads the text it points at`,
});
export const notInSeqPrintf = diagnostic<{ type: string; conversion: string }>('F0207', {
  message: (a) => `printf() in iter probes can not print '${a.type}' as %${a.conversion}`,
  hint: () => 'There the kernel makes the text: it prints integers and strings.',
});

// ---- functions

export const needsKeyedMap = diagnostic<Named & { twoArguments: boolean }>('F0301', {
  message: (a) => `call to ${a.name}()${a.twoArguments ? ' with two arguments' : ''} expects a map with explicit keys (non-scalar map)`,
});
export const needsScalarMap = diagnostic<Named>('F0302', { message: (a) => `call to ${a.name}() with a single argument expects a map without explicit keys (scalar map)` });
export const noLength = diagnostic('F0303', { message: () => 'call to len() expects a map, ustack, or kstack' });
export const badComparedLength = diagnostic('F0304', { message: () => 'Builtin strncmp requires a non-negative literal' });
// bpftrace's message lacks the blank; tools that search for the message expect it so.
export const negativeStringLength = diagnostic<{ length: bigint }>('F0305', { message: (a) => `strcannot use negative length (${a.length})` });
export const lengthShortened = diagnostic<{ length: bigint; most: number }>('F0306', {
  severity: 'warning', message: (a) => `length param (${a.length}) is too long and will be shortened to ${a.most} bytes (see ${setting('config', 'BPFTRACE_MAX_STRLEN', 'config.max_strlen')})`,
});
export const noStringAddress = diagnostic<{ type: string }>('F0307', { message: (a) => `str() expects an integer or a pointer type as first argument (${a.type} provided)` });
export const noBufferAddress = diagnostic<{ type: string }>('F0308', { message: (a) => `buf() expects an integer, string, or array argument but saw ${a.type}` });
export const noBufferLength = diagnostic<{ type: string }>('F0309', { message: (a) => `buf() expects a length argument for non-array type ${a.type}` });
export const negativeBufferLength = diagnostic<{ length: bigint }>('F0310', { message: (a) => `buf() cannot use negative length (${a.length})` });
export const noAddress = diagnostic<Named & { type: string }>('F0311', { message: (a) => `${a.name}() only supports integer or pointer arguments (${a.type} provided)` });
export const unknownSymbol = diagnostic<Named & { hidden: boolean }>('F0312', {
  message: (a) => `Failed to resolve kernel symbol: ${a.name}`, hint: (a) => a.hidden && 'Addresses are hidden: sysctl kernel.kptr_restrict',
});
export const unknownVariable = diagnostic<Named>('F0371', {
  message: (a) => `Could not resolve variable "${a.name}" from BTF`, hint: () => 'percpu_kaddr() knows the per-CPU variables of the kernel. The address of any other is kaddr("name").',
});
export const noRegisters = diagnostic<Kind>('F0313', { message: (a) => `reg can not be used with "${a.kind}" probes` });
export const unknownRegister = diagnostic<Named & { arch: string }>('F0314', { message: (a) => `'${a.name}' is not a valid register on this architecture (${a.arch})` });
export const printOfValue = diagnostic<{ given: number }>('F0315', { message: (a) => `Non-map print() only takes 1 argument, ${a.given} found` });
export const printOfElement = diagnostic<{ type: string }>('F0316', { message: (a) => `Map type ${a.type} cannot print the value of individual keys. You must print the whole map.` });
export const notPrintable = diagnostic<{ type: string; isNumber?: boolean }>('F0317', {
  message: (a) => `${a.type} type passed to print() is not printable`,
  hint: (a) => a.isNumber === true && 'BPF programs cannot compute with floating-point numbers, nor with integers of more than 64 bits.',
});
export const printOfStats = diagnostic('F0318', { severity: 'warning', message: () => "print()'s top and div arguments are ignored when used on stats() maps." });
export const wholeMapOnly = diagnostic<Named>('F0319', { message: (a) => `${a.name}() expects a map argument` });
export const unknownStackMode = diagnostic<Named & { modes: readonly string[] }>('F0320', {
  message: (a) => `Error parsing stack mode: ${a.name}`, hint: (a) => `modes are ${a.modes.join(', ')}`,
});
export const buildIdOfKernel = diagnostic('F0321', { message: () => "'build_id' stack mode can only be used for ustack" });
export const noUnwoundProcess = diagnostic('F0372', {
  message: () => ['dw_ustack requires a target process. Use', setting('pid', '-p, -c, or --dwarf-pid', '{ pid } or { command }'), 'to specify one.'].join(' '),
  hint: () => 'Stacks are unwound by tables that are made of the programs of known processes; ustack needs none, but frame pointers.',
});
export const noUnwindingHere = diagnostic<{ arch: string }>('F0373', { message: (a) => `dw_ustack is not supported on ${a.arch}`, hint: () => 'ustack is: it needs programs with frame pointers.' });
export const noStackMode = diagnostic('F0322', { message: () => 'Expected stack mode as first argument' });
export const badStackLimit = diagnostic<Named>('F0323', { message: (a) => `${a.name}: invalid limit value` });
export const stackLimitTooLarge = diagnostic<Named & { most: number; given: bigint }>('F0324', {
  message: (a) => `${a.name}([int limit]): limit shouldn't exceed ${a.most}, ${a.given} given`,
});
export const unknownClock = diagnostic<{ mode: string; modes: readonly string[] }>('F0325', {
  message: (a) => `Invalid timestamp mode: ${a.mode}`, hint: (a) => `The mode is one of the words ${a.modes.join(', ')}.`,
});
export const noAtomicTime = diagnostic('F0326', { feature: () => 'helper:ktime_get_tai_ns', message: () => 'Kernel does not support tai timestamp, please try sw_tai' });
export const noNamespaceMode = diagnostic<Named>('F0327', { message: (a) => `${a.name}() only supports curr_ns and init as the argument` });
export const unknownNamespaceMode = diagnostic<{ mode: string }>('F0328', { message: (a) => `Invalid PID namespace mode: ${a.mode} (expects: curr_ns or init)` });
export const monotonicDate = diagnostic('F0329', { message: () => 'strftime() can not take a monotonic timestamp' });
export const mixedClocks = diagnostic('F0367', {
  message: () => 'strftime() can not tell which clock this time is from', hint: () => 'It is assigned times of several clocks: keep those of each in a variable or map of its own.',
});
export const negativeDate = diagnostic('F0330', { message: () => 'strftime() does not accept negative timestamps' });
export const emittedName = diagnostic<Named>('F0331', {
  message: (a) => `'${a.name}' cannot be the name of an event`, hint: () => 'A name begins with a letter and goes on with letters, digits, _, - and dots.',
});
export const emittedRecord = diagnostic<{ type: string }>('F0332', {
  message: (a) => `emit() sends a record (${a.type} provided)`, hint: () => 'Give each value a name: emit("open", (pid = pid, path = str(args.filename))).',
});

// ---- functions whose results are addresses, names and bytes

export const noInternetAddress = diagnostic<{ type: string; ofStruct: boolean }>('F0601', {
  message: (a) => `ntop() expects an integer or array argument, got ${a.type}`,
  hint: (a) => a.ofStruct && 'Give the member that holds the bytes, as in6_u.u6_addr8 of a struct in6_addr.',
});
export const internetAddressSize = diagnostic<{ size: number }>('F0602', {
  message: () => 'ntop() argument must be 4 or 16 bytes in size', hint: (a) => `This one has ${a.size}.`,
});
export const noSuchFamily = diagnostic<{ family: bigint }>('F0603', {
  severity: 'warning', message: (a) => `ntop() shows nothing for address family ${a.family}: it knows AF_INET (2) and AF_INET6 (10)`,
});
export const shortForFamily = diagnostic('F0604', { severity: 'warning', message: () => 'an AF_INET6 address has 16 bytes, this one has 4: the rest is shown as 0' });
export const noAddressLiteral = diagnostic('F0605', { message: () => 'pton() expects an string literal at the first argument' });
export const badInternetAddress = diagnostic<{ text: string }>('F0606', {
  message: (a) => `pton() expects a valid IPv4/IPv6 address, got ${a.text}`, hint: () => 'An address is written in full, as 10.0.0.1 or fe80::1, without a name, a port or a network mask.',
});
export const noHardwareAddress = diagnostic<{ type: string; isInteger: boolean }>('F0607', {
  message: (a) => `macaddr() only supports array or pointer arguments (${a.type} provided)`, hint: (a) => a.isInteger && 'Make a pointer of an address: macaddr((uint8 *)addr).',
});
export const hardwareAddressSize = diagnostic<{ size: number }>('F0608', { message: (a) => `macaddr() argument must be at least 6 bytes in size, this one has ${a.size}` });
export const noStringLike = diagnostic('F0610', { message: () => 'string-like values must be either strings, arrays or pointers' });
export const arrayOfNoCharacters = diagnostic('F0611', { message: () => 'string-like arrays must contain a char-like type' });
export const pointerToNoCharacters = diagnostic('F0612', { message: () => 'string-like pointers must point to a char-like type' });
export const noMemory = diagnostic<{ type: string }>('F0613', { message: (a) => `memcmp() compares strings, arrays and what pointers point at (${a.type} provided)` });
export const badByteCount = diagnostic<{ most: number; given: bigint }>('F0614', { message: (a) => `memcmp() compares 0 to ${a.most} bytes, ${a.given} given` });
export const fewerBytes = diagnostic<{ size: number; wanted: bigint | string }>('F0615', { message: (a) => `memcmp() of ${a.wanted} bytes, of which this has ${a.size}` });
export const noControlGroup = diagnostic<{ path: string }>('F0609', {
  message: (a) => `cgroupid() found no control group (cgroup v2) at '${a.path}'`, hint: () => 'The path is that of a folder where cgroup2 is mounted: findmnt -t cgroup2 says where.',
});

// ---- functions that act on what is traced

export const unknownSignal = diagnostic<{ signal: string }>('F0350', {
  message: (a) => `Invalid string for signal: ${a.signal}`, hint: () => 'Names are those of signal(7), as "KILL" or "SIGKILL"; a number does as well.',
});
export const noSignal = diagnostic<Named>('F0351', { message: (a) => `${a.name}() accepts a string literal or an integer between 1 and 64 (inclusive)` });
export const signalElsewhere = diagnostic<Named & Kind>('F0352', {
  message: (a) => `${a.name}() can not be used for this probetype ${a.kind}`, hint: () => 'A signal goes to the process that the probe interrupts; this kind of probe interrupts none in particular.',
});

export const noSymbolName = diagnostic<Named>('F0354', {
  message: (a) => `uaddr() expects a string that is a valid symbol (^[a-zA-Z0-9./_-]+$) as input ("${a.name}" provided)`,
});
export const unknownUserSymbol = diagnostic<{ path: string; name: string }>('F0355', {
  message: (a) => `Could not resolve symbol: ${a.path}:${a.name}`, hint: () => 'The symbol must be a variable or function of the probed file; one that each thread has of its own has no address there.',
});
export const ambiguousUserSymbol = diagnostic<{ path: string; name: string; count: number }>('F0368', {
  message: (a) => `${a.path} has ${a.count} symbols called ${a.name}`, hint: () => 'Variables that are static in their sources may share a name, and nothing says which one is meant.',
});
export const overrideElsewhere = diagnostic('F0356', { message: () => 'override() can only be used inside kprobes' });
export const noOverride = diagnostic('F0357', {
  message: () => 'override() needs a kernel that is built with CONFIG_BPF_KPROBE_OVERRIDE, which this one is not',
  feature: () => 'helper:override_return', hint: () => 'Kernels for production leave it out. signal("STOP") or signal("KILL") stop a process without it.',
});
export const overrideOffset = diagnostic('F0358', { message: () => 'override() works at the entry of a function only', hint: () => 'Leave the offset out.' });
export const notInjectable = diagnostic<Named>('F0359', {
  message: (a) => `The kernel does not allow to override ${a.name}`, hint: () => 'It allows the functions that /sys/kernel/debug/error_injection/list names.',
});
export const noWrittenBytes = diagnostic<{ type: string }>('F0360', { message: (a) => `write_user() expects an address, a string or an array as second argument (${a.type} provided)` });
export const badWrittenLength = diagnostic<{ most: number; given: bigint }>('F0361', { message: (a) => `write_user() writes 1 to ${a.most} bytes here (${a.given} provided)` });
export const noUserWrites = diagnostic('F0366', {
  message: () => 'This kernel does not let programs write into the memory of processes', feature: () => 'helper:probe_write_user', hint: () => 'Lockdown forbids it, which begins with secure boot or the kernel option lockdown=integrity.',
});
export const unwatchIdle = diagnostic('F0362', { severity: 'warning', message: () => 'unwatch() does nothing: a watchpoint stays until the script ends' });
export const tooManyConversions = diagnostic('F0363', { message: () => 'cannot use more than 3 conversion specifiers' });
export const notInTrace = diagnostic<{ type: string; conversion: string }>('F0364', {
  message: (a) => `debugf() can not print '${a.type}' as %${a.conversion}`, hint: () => 'The kernel makes the text: it prints integers and strings.',
});
export const debugfWarning = diagnostic('F0365', {
  severity: 'warning', message: () => 'The debugf() builtin is not recommended for production use. For more information see bpf_trace_printk in bpf-helpers(7).',
});
export const literalOnly = diagnostic<Named>('F0353', { message: (a) => `${a.name}() accepts a string literal only` });

// ---- map functions

export const noTaskByPid = diagnostic('F0345', {
  severity: 'warning', message: () => 'This kernel finds no process by its number: comm(PID) is [unknown]', feature: () => 'kfunc:bpf_task_from_pid', hint: () => 'It takes Linux 6.2 (bpf_task_from_pid).',
});
export const commElsewhere = diagnostic<Kind>('F0346', {
  message: (a) => `Syntax comm(PID) is not supported in this probe type yet. Type: ${a.kind}`,
  hint: () => 'It works in fentry, fexit and iter probes, and since Linux 6.12 in tracepoints and timers. Elsewhere keep names in a map when they are seen: @name[pid] = comm.',
});
export const noBinary = diagnostic<Kind & { name: string }>('F0344', { message: (a) => `${a.name} can not be used with "${a.kind}" probes`, hint: () => 'Probes of user space have a file: uprobe, uretprobe, usdt.' });
export const failed = diagnostic<{ text: string }>('F0340', { message: (a) => a.text });
export const noLiteralFormat = diagnostic('F0341', { message: () => 'first argument to fail() must be a string literal' });
export const failLiterals = diagnostic('F0342', { message: () => 'fail() arguments need to be literals' });
export const failFormat = diagnostic<{ format: string }>('F0343', {
  message: (a) => `fail() cannot put its arguments into '${a.format}'`,
  hint: () => 'It knows %d, %u, %x and %s, and each takes one argument.',
});
export const badHistBits = diagnostic<{ bits: bigint }>('F0401', { message: (a) => `hist: bits ${a.bits} must be 0..5` });
export const badLhistBound = diagnostic<{ bound: 'min' | 'max' }>('F0402', { message: (a) => `lhist: invalid ${a.bound} value (must be non-negative literal)` });
export const badLhistStep = diagnostic<{ step: bigint }>('F0403', { message: (a) => `lhist() step must be >= 1 (${a.step} provided)` });
export const emptyLhistRange = diagnostic<{ min: bigint; max: bigint }>('F0404', { message: (a) => `lhist() min must be less than max (provided min ${a.min} and max ${a.max})` });
export const tooManyBuckets = diagnostic<{ most: bigint; count: bigint }>('F0405', { message: (a) => `lhist() too many buckets, must be <= ${a.most} (would need ${a.count})` });
export const lhistStepTooLarge = diagnostic<{ step: bigint; range: bigint }>('F0406', {
  message: (a) => `lhist() step is too large for the given range (provided step ${a.step} for range ${a.range})`,
});
export const badIntervalLength = diagnostic<{ given: bigint }>('F0407', { message: (a) => `tseries() interval_ns must be >= 1 (${a.given} provided)` });
export const tooFewIntervals = diagnostic<{ given: bigint }>('F0408', { message: (a) => `tseries() num_intervals must be >= 1 (${a.given} provided)` });
export const tooManyIntervals = diagnostic<{ limit: bigint; given: bigint }>('F0409', { message: (a) => `tseries() num_intervals must be < ${a.limit} (${a.given} provided)` });
export const unknownSeriesFunction = diagnostic<{ known: readonly string[]; given: string }>('F0410', {
  message: (a) => `tseries() expects one of the following aggregation functions: ${a.known.join(', ')} ("${a.given}" provided)`,
});
export const noLiteral = diagnostic<Named & { parameter: string }>('F0411', { message: (a) => `${a.name}: invalid ${a.parameter} value` });

export const pathElsewhere = diagnostic('F0420', {
  message: () => "The path function can only be used with 'fentry', 'fexit', 'iter' probes",
  hint: () => 'In other probes the kernel makes no paths; str(args.filename) is the name that a system call was given.',
});
export const noPath = diagnostic<{ type: string }>('F0421', { message: (a) => `path() expects a struct path or a pointer to one (${a.type} provided)`, hint: () => 'An open file has its path in f_path: path(args.file->f_path).' });
export const pathNotAllowed = diagnostic<{ probe: string; allowed: readonly string[] }>('F0422', {
  message: (a) => `helper bpf_d_path not allowed in probe: ${a.probe}`, hint: (a) => `The kernel makes paths in iterators and in these functions: ${a.allowed.join(', ')}.`,
});
export const unknownPath = diagnostic('F0423', {
  message: () => 'path() needs members that start at args, at retval or at the object of the iterator: the kernel must know the type of the struct path',
  hint: () => 'Write the chain in the call, without casts, indexes and variables on its way: path(args.file->f_path).',
});
export const badPathSize = diagnostic<{ most: number; given: bigint }>('F0424', { message: (a) => `path() size must be from 1 to ${a.most}, which max_strlen allows (${a.given} provided)`, hint: () => 'config = { max_strlen = 4096 } makes room for longer paths.' });
export const socketCookieElsewhere = diagnostic('F0425', {
  message: () => "The socket_cookie function can only be used with 'fentry', 'fexit', 'rawtracepoint' probes",
  hint: () => 'In other probes the kernel gives no socket its number: the address of the struct sock tells sockets apart while they are open.',
});
export const noSocket = diagnostic<{ type: string }>('F0426', {
  message: (a) => `socket_cookie() only supports 'struct sock *' as the argument (${a.type} provided)`, hint: () => 'A struct socket has its struct sock in sk: socket_cookie(args.sock->sk).',
});
export const unknownSocket = diagnostic('F0427', {
  message: () => 'socket_cookie() needs members that start at args or at retval: the kernel must know the type of the struct sock',
  hint: () => 'Write the chain in the call, without casts, indexes and variables on its way: socket_cookie(args.sock->sk).',
});

export const skboutputElsewhere = diagnostic<{ kind: string }>('F0428', {
  message: (a) => `skboutput can not be used with "${a.kind}" probes`,
  hint: () => 'In other probes the kernel hands on no packets; where they pass are functions for fentry and fexit, and events: rawtracepoint:net_dev_queue.',
});
export const noPacket = diagnostic<{ type: string }>('F0429', {
  message: (a) => `skboutput() only supports 'struct sk_buff *' as the packet (${a.type} provided)`, hint: () => 'The functions of the network have it among their arguments: fentry:ip_rcv { skboutput("in.pcap", args.skb, args.skb.len, 0); }',
});
export const unknownPacket = diagnostic('F0430', {
  message: () => 'skboutput() needs members that start at args or at retval: the kernel must know the type of the struct sk_buff',
  hint: () => 'Write the chain in the call, without casts, indexes and variables on its way: skboutput("in.pcap", args.skb, args.skb.len, 0).',
});

// ---- config variables

/** key: as it was written; the rest is of the variable's record */
type Setting = { key: string; name: string; doc: string; defaultValue: string | number | boolean };
const meaning = (a: Setting): string => `${a.name}: ${a.doc}; default ${a.defaultValue}`;

/** near: the config variable that may have been meant */
type NoSetting = { key: string; near: string | undefined; known: readonly string[] };
const nearestSetting = (a: NoSetting): string => (a.near === undefined ? `The options are ${a.known.join(', ')}.` : `Did you mean '${a.near}'?`);

export const unknownSetting = diagnostic<NoSetting>('C0101', { message: (a) => `${a.key}: not a known configuration option`, hint: nearestSetting });
export const environmentOnlySetting = diagnostic<NoSetting>('C0102', { message: (a) => `${a.key}: can only be set as an environment variable`, hint: nearestSetting });
export const noNumber = diagnostic<Setting & { given: string }>('C0103', { message: (a) => `${a.key}: expecting a number, got ${a.given}`, hint: meaning });
export const numberOutOfRange = diagnostic<Setting & { least: number; greatest: number; given: string }>('C0104', {
  message: (a) => `${a.key}: expecting a number from ${a.least} to ${a.greatest}, got ${a.given}`, hint: meaning,
});
export const noTruth = diagnostic<Setting>('C0105', { message: (a) => `${a.key}: Invalid bool value: valid values are true, false, 1 or 0.`, hint: meaning });
export const unknownWord = diagnostic<Setting & { given: string; values: readonly string[] }>('C0106', {
  message: (a) => `${a.key}: Invalid value for ${a.name}. Found: ${a.given}. Valid values: ${a.values.join(', ')}`, hint: meaning,
});
/** of: the variable, or the group of variables that take these words */
export const noneOfWords = diagnostic<Setting & { of: string; values: readonly string[] }>('C0107', {
  message: (a) => `${a.key}: Invalid value for ${a.of}: valid values are ${enumerate(a.values)}.`, hint: meaning,
});
export const settingWithoutEffect = diagnostic<{ key: string }>('C0108', { severity: 'warning', message: (a) => `${a.key} is deprecated and has no effect` });
export const renamedSetting = diagnostic<{ key: string; name: string }>('C0109', { severity: 'warning', message: (a) => `${a.key} has been renamed, please use ${a.name}` });

/** `a, b, and c` */
function enumerate(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')}, and ${words.at(-1)}`;
}
