// The script of opensnoop.
//
//   in     what the options ask for; what opens are seen by
//   out    text; its event is `open`, and the folders that a relative name begins in come before it (tools/shared/parts.ts)
//   facts  The name is read at the return: by then the kernel has read it, so it is in memory unless it is at no valid address.
//          io_uring opens files without a system call. It first tries to open without waiting; -EAGAIN says that it will try again. The name is freed
//          before the function returns, and the result stands in the request (io_uring/openclose.c)

import { shellPrefix } from '../../lib/index.js';
import { constants } from 'node:os';
import { AT_FDCWD, openFlags } from '../shared/constants.js';
import { CALL_OF_32_BITS, predicate, quoted, sendFolders } from '../shared/script-text.js';
import { abi32, abi64, callNames, numbers32, ofRegisters, ofTracepoint, type Call, type CallName, type Source } from './calls.js';
import { flagNumber, flagsCondition, WRITING_FLAGS } from './flags.js';

export interface ScriptOptions {
  readonly pid: number | undefined;
  readonly tid: number | undefined;
  readonly uid: number | undefined;
  /** of --exec: the command's process */
  readonly command: boolean;
  readonly failed: boolean;
  readonly name: string | undefined;
  readonly flagFilter: readonly string[];
  readonly exactFlags: readonly string[];
  readonly write: boolean;
  readonly path: string | undefined;
  readonly fullPath: boolean;
  readonly callers: boolean;
  readonly source: Source;
  /** those of io_uring too */
  readonly all: boolean;
  /** tracepoint: those of 32-bit programs too, which this architecture has */
  readonly compat: boolean;
  readonly bufferPages: number | undefined;
  /** times count from the first event, whether it is shown or not */
  readonly origin: boolean;
  /** all must hold */
  readonly conditions: readonly string[];
  /** more fields of the event: `, name = value` */
  readonly fields: string;
}

/** What is read of a name, with its NUL: more than PATH_MAX, so that one that is too long is seen to be. */
export const NAME_BYTES = 4104;
const SLASH = 47;
const { EAGAIN } = constants.errno;

export function opensnoopScript(options: ScriptOptions): string {
  const { bufferPages, source, all } = options;
  return [
    `config = { max_strlen = ${NAME_BYTES};${bufferPages === undefined ? '' : ` perf_rb_pages = ${bufferPages};`}${source === 'tracepoint' ? ' missing_probes = ignore' : ''} }\n`,
    ...(source === 'fexit' ? returnsOfFunctions(options) : tracepoints(options)),
    ...(all ? [ioUring(options)] : []),
  ].join('\n');
}

function returnsOfFunctions(options: ScriptOptions): readonly string[] {
  return [abi64, abi32].flatMap((abi) => callNames.map((name) => `fexit:vmlinux:${abi.functions[name]}${predicate(callConditions(options))}
{
  $task = (uint64)curtask;
  $regs = args.regs;
${opened(options, { ...ofRegisters(abi, name), ret: 'retval' })}}
`));
}

function tracepoints(options: ScriptOptions): readonly string[] {
  return ['let @open = hash(16384);\n', ...callNames.map((name) => entry(options, name)), exit(options), ...(options.compat ? [compat(options)] : [])];
}

function entry(options: ScriptOptions, name: CallName): string {
  const { path, flags, mode, folder } = ofTracepoint[name];
  return `tracepoint:syscalls:sys_enter_${name}${predicate(callConditions(options))}
{
  @open[(uint64)curtask] = (path = ${path}, flags = ${flags}, mode = ${mode}, folder = ${folder});
}
`;
}

/** What is known when a call begins. */
function callConditions({ pid, tid, uid, command, conditions }: ScriptOptions): string[] {
  return [
    // -t wins over -p, as in bcc
    ...(tid !== undefined ? [`tid == ${tid}`] : pid !== undefined ? [`pid == ${pid}`] : []),
    ...(uid === undefined ? [] : [`uid == ${uid}`]),
    ...(command ? ['pid == cpid'] : []),
    ...conditions,
  ];
}

function exit(options: ScriptOptions): string {
  return `${callNames.map((name) => `tracepoint:syscalls:sys_exit_${name}`).join(', ')}
{
  $task = (uint64)curtask;
  if (has_key(@open, $task)) {
    $open = @open[$task];
    delete(@open, $task);
${indented(opened(options, { path: '$open.path', flags: '$open.flags', mode: '$open.mode', folder: '$open.folder', ret: 'args.ret' }))}  }
}
`;
}

/** Returns of calls of 32-bit programs. */
function compat(options: ScriptOptions): string {
  const assignments = (name: CallName): string => {
    const { path, flags, mode, folder } = ofRegisters(abi32, name);
    return `    $name = ${path};
    $asked = ${flags};
    $mode = ${mode};
    $start_folder = ${folder};
`;
  };
  return `rawtracepoint:sys_exit${predicate([CALL_OF_32_BITS, ...callConditions(options)])}
{
  $task = (uint64)curtask;
  $regs = args.regs;
  $number = (uint32)$regs.orig_ax;
  $name = (uint64)0;
  $asked = (uint64)0;
  $mode = (uint64)0;
  $start_folder = (int32)0;
  $is_open = true;
${callNames.map((name) => `  ${name === 'open' ? '' : 'else '}if ($number == ${numbers32[name]}) {\n${assignments(name)}  }`).join('\n')}
  else {
    $is_open = false;
  }
  if ($is_open) {
${indented(opened(options, { path: '$name', flags: '$asked', mode: '$mode', folder: '$start_folder', ret: 'args.ret' }))}  }
}
`;
}

/** Tells of a call that returns, unless it is left out. */
function opened(options: ScriptOptions, { path, flags, mode, folder, ret }: Call & { readonly ret: string }): string {
  const { fullPath, callers, origin, fields } = options;
  const [first, second] = [flagConditions(options), lateConditions(options)].map((conditions) => conditions.join(' && ') || 'true');
  return `  $flags = ${flags};
  $ret = ${ret};
  if (${first}) {
    $ns = nsecs;
${origin ? '    if (@first == 0) { @first = $ns; }\n' : ''}    $path = uptr(${path});
    if (${second}) {
${fullPath ? `      $from = ${folder};\n${indented(relative('*(uint8 *)$path'))}` : ''}      emit("open", (task = $task, ns = $ns, uid = uid, pid = pid, tid = tid, comm = comm, ret = $ret, flags = $flags, mode = ${mode},
        path = str($path)${fullPath ? ', relative = $relative' : ''}${origin ? ', first = @first' : ''}${callers ? ', stack = ustack(3)' : ''}${fields}));
    }
  }
`;
}

/** Opens by io_uring: the name comes as a part. */
function ioUring(options: ScriptOptions): string {
  const { fullPath, callers, origin, fields, failed, name } = options;
  const open = '((struct io_open *)args.req)';
  const conditions = [...flagConditions(options), ...lateConditions({ ...options, failed, name, path: undefined })].join(' && ') || 'true';
  return `fentry:vmlinux:io_openat2${predicate(callConditions(options))}
{
  $task = (uint64)curtask;
  $open = ${open};
  $path = $open.filename.name;
${fullPath ? `  $from = $open.dfd;\n${relative('*(uint8 *)$path')}` : ''}  emit("part", (of = "name", task = $task, index = 0, value = str($path)));
}

fexit:vmlinux:io_openat2${predicate([`retval != -${EAGAIN}`, ...callConditions(options)])}
{
  $task = (uint64)curtask;
  $open = ${open};
  $flags = $open.how.flags & ~(uint64)${openFlags.O_LARGEFILE};
  $ret = args.req.cqe.res;
  if (${conditions}) {
    $ns = nsecs;
${origin ? '    if (@first == 0) { @first = $ns; }\n' : ''}    emit("open", (task = $task, ns = $ns, uid = uid, pid = pid, tid = tid, comm = comm, ret = (int64)$ret, flags = $flags, mode = $open.how.mode,
      slot = $open.file_slot${origin ? ', first = @first' : ''}${callers ? ', stack = ustack(3)' : ''}${fields}));
  }
}
`;
}

function indented(lines: string): string {
  return lines.replace(/^(?=.)/gm, '  ');
}

/** Before the first event is known: bcc tests these in the kernel too. */
function flagConditions({ flagFilter, exactFlags, write }: ScriptOptions): string[] {
  return [
    ...(flagFilter.length === 0 ? [] : [flagsCondition('$flags', flagFilter)]),
    ...(exactFlags.length === 0 ? [] : [`$flags == ${exactFlags.map(flagNumber).reduce((all, number) => all | number, 0)}`]),
    ...(write ? [`($flags & ${WRITING_FLAGS}) != 0`] : []),
  ];
}

function lateConditions({ failed, name, path, fullPath }: ScriptOptions): string[] {
  // a relative name does not begin as its full path does
  const prefix = path === undefined || fullPath ? '' : shellPrefix(path);
  const bytes = Buffer.byteLength(prefix);
  return [
    ...(failed ? ['$ret < 0'] : []),
    ...(name === undefined || name === '' ? [] : [`strcontains(comm, ${quoted(name)})`]),
    ...(bytes === 0 ? [] : [`strncmp(str($path, ${bytes + 1}), ${quoted(prefix)}, ${bytes}) == 0`]),
  ];
}

/** The folders of a relative name: those of the working directory, or of the folder `$from` that the call named. */
function relative(start: string): string {
  return `  $start = ${start};
  $relative = $start != 0 && $start != ${SLASH};
  if ($relative) {
    if ($from == ${AT_FDCWD}) {
${indented(sendFolders('folder', 'curtask.fs.pwd'))}    } else {
${indented(sendFolders('folder', 'curtask.files.fdt.fd[$from].f_path'))}    }
  }
`;
}
