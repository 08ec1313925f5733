// The script of execsnoop.
//
//   in     what the options ask for
//   out    text. Its events are `exec`, for a success and for a failure, and `exit`; parts (tools/shared/parts.ts) come before `exec`
//   facts  a success is told by sched_process_exec, in the new program: its argument block is one piece of memory that the kernel has just
//          written, so it is there to be read, with every argument whole and ended by NUL (mm->arg_start to arg_end). A script's
//          block begins with the interpreter; bprm->filename is what execve was given, bprm->interp what runs.
//          After a failure there is no such block: the pointers of the call are followed when it returns, since by then the kernel has touched what it
//          looked at. A thread keeps its task_struct when exec gives it the number of its process, so calls are kept by that address

import { AT_FDCWD } from '../shared/constants.js';
import { CALL_OF_32_BITS, predicate, quoted, sendFolders } from '../shared/script-text.js';

export interface ScriptOptions {
  readonly fails: boolean;
  /** arguments that are shown, the file's name among them */
  readonly maxArgs: number;
  readonly cwd: boolean;
  /** variable of the environment */
  readonly env: string | undefined;
  readonly duration: boolean;
  readonly tree: boolean;
  /** failed calls of 32-bit programs too, which this machine may run */
  readonly compat: boolean;
  /** all must hold */
  readonly conditions: readonly string[];
  /** more fields of each event: `, name = value` */
  readonly fields: string;
}

/** Bytes that one record carries of a block. */
const CHUNK_BYTES = 8192;
const CHUNK_SHIFT = 13;
/** What a record carries of one argument of a failed call, with its NUL: max_strlen, of which buf() takes four bytes for the length. */
export const STRING_BYTES = CHUNK_BYTES + 4;
/** Variables of the environment that are looked at after a failure. */
const MAX_VARIABLES = 4096;
const MAX_LEVEL = 1024;
const WORKING_FOLDER = `(int32)${AT_FDCWD}`;
/** Numbers of the calls of 32-bit programs, see CALL_OF_32_BITS. */
const numbers32 = { execve: 11, execveat: 358 } as const;

export function execsnoopScript(options: ScriptOptions): string {
  return [
    `config = { max_strlen = ${STRING_BYTES} }\n`,
    ...(options.fails ? ['let @call = hash(16384);\n'] : []),
    success(options),
    ...(options.fails ? [failure(options)] : []),
    ...(options.duration ? [exit()] : []),
  ].join('\n');
}

function success(options: ScriptOptions): string {
  const { fails, cwd, env, tree } = options;
  return `rawtracepoint:sched_process_exec${predicate(options.conditions)}
{
  $task = (uint64)curtask;
${fails ? '  delete(@call, $task);\n' : ''}  $mm = curtask.mm;
  $start = $mm.arg_start;
  $bytes = $mm.arg_end - $start;
${chunks('args', '$start', '$bytes', 1)}${env === undefined ? '' : `  $variables = $mm.env_start;
  $variable_bytes = $mm.env_end - $variables;
${chunks('env', '$variables', '$variable_bytes', 0)}`}${cwd ? sendFolders('cwd', 'curtask.fs.pwd') : ''}${tree ? level() : ''}  emit("exec", (${common(options)}, ret = 0, file = str(args.bprm.filename), interp = str(args.bprm.interp),
    keeps_argv0 = (args.bprm.interp_flags & 8) != 0, count = args.bprm.argc, bytes = $bytes, block = buf(uptr($start), ${least('$bytes')})));
}
`;
}

/** Sends a piece of user memory in parts, but for those before `from`. */
function chunks(of: string, start: string, bytes: string, from: 0 | 1): string {
  return `  for $i : ${from}..((${bytes} + ${CHUNK_BYTES - 1}) >> ${CHUNK_SHIFT}) {
    $at = (uint64)$i * ${CHUNK_BYTES};
    $left = ${bytes} - $at;
    emit("part", (of = "${of}", task = $task, index = $i, value = buf(uptr(${start} + $at), ${least('$left')})));
  }
`;
}

function least(bytes: string): string {
  return `${bytes} > ${CHUNK_BYTES} ? ${CHUNK_BYTES} : ${bytes}`;
}

function failure(options: ScriptOptions): string {
  const entry = (call: string, folder: string): string => `tracepoint:syscalls:sys_enter_${call}${predicate(options.conditions)}
{
  @call[(uint64)curtask] = (file = (uint64)args.filename, argv = (uint64)args.argv, envp = (uint64)args.envp, folder = ${folder});
}
`;
  return `${entry('execve', WORKING_FOLDER)}
${entry('execveat', 'args.fd')}
tracepoint:syscalls:sys_exit_execve, tracepoint:syscalls:sys_exit_execveat
{
  $task = (uint64)curtask;
  if (has_key(@call, $task)) {
    $call = @call[$task];
    delete(@call, $task);
    if (args.ret < 0) {
      $file = $call.file;
      $folder_number = $call.folder;
      $argv = $call.argv;
${options.env === undefined ? '' : '      $envp = $call.envp;\n'}${failed(options, 'uint64')}    }
  }
}
${options.compat ? failureOf32Bits(options) : ''}`;
}

/** What the registers hold is what the program gave: a failed call leaves them alone. */
function failureOf32Bits(options: ScriptOptions): string {
  const given = (file: string, argv: string, envp: string, folder: string): string => [
    `$file = (uint64)(uint32)$regs.${file};`, `$argv = (uint64)(uint32)$regs.${argv};`, ...(options.env === undefined ? [] : [`$envp = (uint64)(uint32)$regs.${envp};`]),
    `$folder_number = ${folder};`,
  ].map((line) => `      ${line}\n`).join('');
  return `
rawtracepoint:sys_exit${predicate([CALL_OF_32_BITS, 'args.ret < 0', ...options.conditions])}
{
  $regs = args.regs;
  $number = (uint32)$regs.orig_ax;
  if ($number == ${numbers32.execve} || $number == ${numbers32.execveat}) {
    $task = (uint64)curtask;
    $file = (uint64)0;
    $argv = (uint64)0;
${options.env === undefined ? '' : '    $envp = (uint64)0;\n'}    $folder_number = ${WORKING_FOLDER};
    if ($number == ${numbers32.execve}) {
${given('bx', 'cx', 'dx', WORKING_FOLDER)}    } else {
${given('cx', 'dx', 'si', '(int32)$regs.bx')}    }
${failed(options, 'uint32').replace(/^ {2}/gm, '')}  }
}
`;
}

/** Tells of a call that failed: `$file`, `$folder_number`, `$argv` and `$envp` are what it was given.
 * @param address  type of an address in the program's memory */
function failed(options: ScriptOptions, address: 'uint64' | 'uint32'): string {
  const { maxArgs, cwd, env, tree } = options;
  const bytes = address === 'uint64' ? 8 : 4;
  const pointerAt = (list: string): string => `(uint64)*(${address} *)uptr(${list} + (uint64)$i * ${bytes})`;
  return `      $count = (uint64)1;
      for $i : 1..${maxArgs + 1} {
        $pointer = ${pointerAt('$argv')};
        if ($argv == 0 || $pointer == 0) { break; }
        $count = (uint64)$i + 1;
        if ($i < ${maxArgs}) { emit("part", (of = "args", task = $task, index = $i, value = str(uptr($pointer)))); }
      }
${env === undefined ? '' : `      for $i : 0..${MAX_VARIABLES} {
        $pointer = ${pointerAt('$envp')};
        if ($envp == 0 || $pointer == 0) { break; }
        if (strncmp(str(uptr($pointer), ${env.length + 2}), ${quoted(`${env}=`)}, ${env.length + 1}) == 0) {
          emit("part", (of = "env", task = $task, index = (uint64)0, value = str(uptr($pointer))));
          break;
        }
      }
`}${cwd ? sendFolders('cwd', 'curtask.fs.pwd') : ''}${tree ? level() : ''}      emit("exec", (${common(options)}, ret = args.ret, file = str(uptr($file)), folder = $folder_number, count = $count));
`;
}

/** How many processes lie between this one and the first of the machine. */
function level(): string {
  return `  $level = 0;
  $ancestor = curtask.real_parent;
  for $i : 0..${MAX_LEVEL} {
    if ($ancestor.tgid <= 1) { break; }
    $level++;
    $ancestor = $ancestor.real_parent;
  }
`;
}

/** When a process ends: the last thread of it. */
function exit(): string {
  return `rawtracepoint:sched_process_exit /curtask.signal.live.counter == 0/
{
  $group = curtask.signal.group_exit_code;
  emit("exit", (pid = pid, ns = nsecs, code = $group != 0 ? $group : curtask.exit_code));
}
`;
}

function common({ fields, tree }: ScriptOptions): string {
  return `task = $task, ns = nsecs, uid = uid, comm = comm, pid = pid, pcomm = pcomm, ppid = ppid, cpu = cpu${tree ? ', level = $level' : ''}${fields}`;
}
