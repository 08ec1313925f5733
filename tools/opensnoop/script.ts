// The script of opensnoop.
//
//   in     what the options ask for
//   out    text; its event is `open`, and the folders that a relative name begins in come before it (tools/shared/parts.ts)
//   facts  open, creat, openat and openat2 are system calls of their own; an architecture may lack some, whose probes are left out. What
//          was asked for is kept from the entry to the return of a call. The name is read at the return: by then the kernel has read it,
//          so it is in memory unless it is at no valid address

import { AT_FDCWD } from '../shared/constants.js';
import { globPrefix } from '../shared/glob.js';
import { predicate, quoted, sendFolders } from '../shared/script-text.js';
import { CREAT_FLAGS, flagNumber, flagsCondition, WRITING_FLAGS } from './flags.js';

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

interface Call { readonly name: string; readonly path: string; readonly flags: string; readonly mode: string; readonly folder: string }

const calls: readonly Call[] = [
  { name: 'open', path: 'args.filename', flags: '(uint64)args.flags', mode: '(uint64)args.mode', folder: `(int32)${AT_FDCWD}` },
  { name: 'creat', path: 'args.pathname', flags: `(uint64)${CREAT_FLAGS}`, mode: '(uint64)args.mode', folder: `(int32)${AT_FDCWD}` },
  { name: 'openat', path: 'args.filename', flags: '(uint64)args.flags', mode: '(uint64)args.mode', folder: 'args.dfd' },
  { name: 'openat2', path: 'args.filename', flags: 'args.how.flags', mode: 'args.how.mode', folder: 'args.dfd' },
];

export function opensnoopScript(options: ScriptOptions): string {
  const { bufferPages } = options;
  return [
    `config = { max_strlen = ${NAME_BYTES};${bufferPages === undefined ? '' : ` perf_rb_pages = ${bufferPages};`} missing_probes = ignore }\n`,
    'let @open = hash(16384);\n',
    ...calls.map((call) => entry(options, call)),
    exit(options),
  ].join('\n');
}

function entry(options: ScriptOptions, { name, path, flags, mode, folder }: Call): string {
  return `tracepoint:syscalls:sys_enter_${name}${predicate(callConditions(options))}
{
  @open[(uint64)curtask] = (path = (uint64)${path}, flags = ${flags}, mode = ${mode}, folder = ${folder});
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
  const { fullPath, callers, origin, fields } = options;
  const [first, second] = [flagConditions(options), lateConditions(options)].map((conditions) => conditions.join(' && ') || 'true');
  return `${calls.map(({ name }) => `tracepoint:syscalls:sys_exit_${name}`).join(', ')}
{
  $task = (uint64)curtask;
  if (has_key(@open, $task)) {
    $open = @open[$task];
    delete(@open, $task);
    $flags = $open.flags;
    if (${first}) {
      $ns = nsecs;
${origin ? '      if (@first == 0) { @first = $ns; }\n' : ''}      $path = uptr($open.path);
      if (${second}) {
${fullPath ? relative() : ''}        emit("open", (task = $task, ns = $ns, uid = uid, pid = pid, tid = tid, comm = comm, ret = args.ret, flags = $flags, mode = $open.mode,
          folder = $open.folder, path = str($path)${fullPath ? ', relative = $relative' : ''}${origin ? ', first = @first' : ''}${callers ? ', stack = ustack(3)' : ''}${fields}));
      }
    }
  }
}
`;
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
  const prefix = path === undefined || fullPath ? '' : globPrefix(path);
  const bytes = Buffer.byteLength(prefix);
  return [
    ...(failed ? ['args.ret < 0'] : []),
    ...(name === undefined || name === '' ? [] : [`strcontains(comm, ${quoted(name)})`]),
    ...(bytes === 0 ? [] : [`strncmp(str($path, ${bytes + 1}), ${quoted(prefix)}, ${bytes}) == 0`]),
  ];
}

/** The folders of a relative name: those of the working directory, or of the folder that the call named. */
function relative(): string {
  return `        $start = *(uint8 *)$path;
        $relative = $start != 0 && $start != ${SLASH};
        if ($relative) {
          if ($open.folder == ${AT_FDCWD}) {
${sendFolders('folder', 'curtask.fs.pwd')}          } else {
${sendFolders('folder', 'curtask.files.fdt.fd[$open.folder].f_path')}          }
        }
`;
}
