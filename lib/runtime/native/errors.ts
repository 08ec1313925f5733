// Failures of the addon turned into errors for people.
//
//   in     NativeErrorFields: what call failed, with which errno, about what
//   out    a TbpfError, LoadError, PermissionError or NotSupportedError: one sentence that names what the user can change
//   facts  man 2 bpf, perf_event_open, capabilities(7); kernel/bpf/syscall.c, kernel/events/core.c

import { LoadError, NotSupportedError, PermissionError, TbpfError, type TbpfErrorOptions } from '../../model/diagnostics/errors.js';
import { onlyCommand } from '../../model/diagnostics/faces.js';
import { complaintOf } from '../../model/diagnostics/verifier-log.js';
import type { NativeErrorFields } from './types.js';

type Area = 'load' | 'create' | 'map' | 'attach' | 'perf' | 'file' | 'process' | 'folder' | 'interpreter' | 'user' | 'mount' | 'link' | 'other';

const areaByOperation: Record<string, Area> = {
  bpf_object__open_mem: 'load',
  bpf_object__load: 'load',
  bpf_prog_load: 'load',
  bpf_linker__new: 'link',
  bpf_linker__add_file: 'link',
  bpf_linker__finalize: 'link',
  bpf_map_create: 'create',
  bpf_program__set_attach_target: 'attach',
  bpf_link_create: 'attach',
  bpf_raw_tracepoint_open: 'attach',
  perf_event_open: 'perf',
  PERF_EVENT_IOC_SET_BPF: 'perf',
  PERF_EVENT_IOC_ENABLE: 'perf',
  open: 'file',
  read: 'file',
  stat: 'file',
  elf_begin: 'file',
  execve: 'process',
  chdir: 'folder',
  interpreter: 'interpreter',
  setresuid: 'user',
  fork: 'process',
  pidfd_open: 'process',
  pidfd_send_signal: 'process',
  mount: 'mount',
};

function areaOf(operation: string): Area {
  return areaByOperation[operation] ?? (operation.startsWith('bpf_map') ? 'map' : operation.startsWith('bpf_') ? 'load' : 'other');
}

/** What is missing when the kernel says EPERM or EACCES. */
function missingPermission(fields: NativeErrorFields, area: Area): { missing: readonly string[]; advice: string } {
  switch (area) {
    case 'perf':
      if (/^u(ret)?probe /.test(fields.detail)) {
        return { missing: ['CAP_SYS_ADMIN'], advice: 'Run as root. With CAP_PERFMON alone some kernels allow it, and from Linux 6.6 on tbpf needs no more: it uses multi links then.' };
      }
      return {
        missing: ['CAP_PERFMON'],
        advice: 'Run as root, or with CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8); kernel.perf_event_paranoid may also forbid it.',
      };
    case 'file':
      return { missing: [`read access to ${fields.detail}`], advice: 'Run as root.' };
    case 'process':
      return { missing: [`permission for ${fields.detail}`], advice: 'Check the permissions of the file, or run as the owner of the process or as root.' };
    case 'folder':
      return { missing: [`permission to enter ${fields.detail}`], advice: 'Check the permissions of the folder and of those above it.' };
    case 'user':
      return { missing: ['CAP_SETUID', 'CAP_SETGID'], advice: 'Run as root to start commands as another user.' };
    case 'mount':
      return { missing: ['CAP_SYS_ADMIN'], advice: 'Run as root, outside of containers that forbid mounting.' };
    default:
      return { missing: ['CAP_BPF', 'CAP_PERFMON'], advice: 'Run as root, or with CAP_BPF and CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8).' };
  }
}

const notProbed = 'It has a prefix such as lock, or an opcode that cannot run out of its place: probe a later instruction (NAME+OFFSET) or another function.';

/** One sentence per errno that has a usual meaning there. `%` stands for what it was about. */
const sentences: Partial<Record<Area, Record<string, [message: string, advice: string]>>> = {
  load: {
    E2BIG: ['% is too large for the kernel', 'Split the script: the verifier gives up after a million instructions.'],
    ENOMEM: ['no memory to load %', 'Use fewer or smaller maps, or raise the memory limit of the cgroup.'],
    EINVAL: ['the kernel refused %', 'It may lack something the program uses; the log says more.'],
    ENOSPC: ['the verifier log of % did not fit its buffer', 'Ask for a larger log.'],
    EAGAIN: ['signals interrupted the verifier while it looked at %', 'Try again.'],
    ENOENT: ['something that % refers to does not exist', 'See the messages of libbpf.'],
    ESRCH: ['something that % refers to does not exist in this kernel', 'See the messages of libbpf.'],
  },
  create: {
    E2BIG: ['map % is too large', 'Make its key, value or number of entries smaller.'],
    ENOMEM: ['no memory for map %', 'Use fewer entries, or raise the memory limit of the cgroup.'],
    EINVAL: ['the kernel refused map %', 'Its type may be unknown to this kernel, or its key, value or number of entries not allowed.'],
  },
  map: {
    E2BIG: ['map % is full', 'Raise the number of its entries (config max_map_keys).'],
    ENOMEM: ['no memory for an element of map %', 'Use fewer entries, or raise the memory limit of the cgroup.'],
    EINVAL: ['map % does not allow this operation', ''],
    EEXIST: ['map % has this key already', ''],
    ENOENT: ['map % has no such key', ''],
    EBUSY: ['map % is in use', 'Try again.'],
    ENODEV: ['there is no map at %', ''],
  },
  attach: {
    ENOENT: ['% does not exist', onlyCommand('See what there is with: tbpf -l')],
    ESRCH: ['% does not exist in this kernel', onlyCommand('See what there is with: tbpf -l')],
    EBUSY: ['the kernel cannot attach %: another tracer is there, or the function has no place for a trampoline', 'Detach the other one, or use a kprobe.'],
    EEXIST: ['% has this program attached already', ''],
    EINVAL: ['the kernel refused to attach to %', 'It may not be traceable in this way.'],
    EADDRNOTAVAIL: ['% is not a single place in the kernel', 'Several functions have this name: give an address.'],
    EILSEQ: ['% is not at the beginning of an instruction', 'Possible attachment attempt in the middle of an instruction, try a different offset.'],
    E2BIG: ['too many programs are attached to %', 'The kernel runs at most 64 programs on one event.'],
    ENOMEM: ['no memory to attach to %', 'Attach to fewer places.'],
    ENOTSUPP: ['the kernel puts no probe on an instruction at %', notProbed],
    ENOEXEC: ['the kernel puts no probe on an instruction at %', notProbed],
  },
  perf: {
    ENOENT: ['% does not exist on this machine', 'Virtual machines often have no hardware counters.'],
    ENODEV: ['% needs something this CPU does not have', ''],
    EOPNOTSUPP: ['% is not supported by this machine', 'Virtual machines often have no hardware counters.'],
    EINVAL: ['the kernel refused %', 'It may not exist, or not be traceable in this way.'],
    EADDRNOTAVAIL: ['% is not a single place in the kernel', 'Several functions have this name: give an address.'],
    EILSEQ: ['% is not at the beginning of an instruction', 'Possible attachment attempt in the middle of an instruction, try a different offset.'],
    ENOSPC: ['no hardware slot is free for %', 'A CPU has few of them (four watchpoints): use fewer.'],
    EBUSY: ['% is used exclusively by another tracer', 'Stop the other one.'],
    ESRCH: ['there is no such process for %', 'Check the pid.'],
    E2BIG: ['too many programs are attached to %', 'The kernel runs at most 64 programs on one event.'],
    ENOTSUPP: ['the kernel puts no probe on the instruction at %', notProbed],
    ENOEXEC: ['the kernel puts no probe on the instruction at %', notProbed],
  },
  file: {
    ENOENT: ['% does not exist', ''],
    ENOEXEC: ['% is not an ELF file', ''],
    EISDIR: ['% is a folder', ''],
    ENOTDIR: ['% does not exist', ''],
  },
  process: {
    ENOENT: ['command % not found', 'Give its path, or add its folder to PATH.'],
    ENOEXEC: ['% is not a program', ''],
    ESRCH: ['there is no % any more', ''],
    EAGAIN: ['no more processes can be started for %', 'Raise the limit: ulimit -u'],
  },
  folder: {
    ENOENT: ['the working directory % does not exist', ''],
    ENOTDIR: ['the working directory % is no folder', ''],
  },
  interpreter: {
    ENOENT: ['% cannot be run: the interpreter that its first line names (#!…), or the loader of a binary, is not there', 'Correct that line, or install what is missing.'],
  },
  mount: {
    EBUSY: ['% is mounted already', ''],
    ENODEV: ['% failed: this kernel does not know that file system', ''],
    ENOENT: ['% failed: there is no such folder', ''],
  },
};

/** For operations that no row explains. */
const anywhere: Record<string, [message: string, advice: string]> = {
  EMFILE: ['too many open files for %', 'Raise the limit: ulimit -n 65536'],
  ENFILE: ['the machine has too many open files for %', 'Raise the limit: sysctl fs.file-max'],
};

/** The subject of the failure, as it stands in the middle of a sentence. */
function subject(fields: NativeErrorFields, area: Area): string {
  if (area === 'load' && fields.program) return `program ${fields.program}`;
  if (fields.detail !== '') return fields.detail;
  return area === 'map' || area === 'create' ? 'without a name' : area === 'load' ? 'the program' : fields.operation;
}

/** The last line of a verifier log that says something, or libbpf's last warning. */
function lastWords(fields: NativeErrorFields): string {
  return complaintOf(fields.log ?? '') || (fields.libbpf ?? '').split('\n').pop()!;
}

/** The Error for a failure of the addon. Installed by `loadNative()`. */
export function createNativeError(fields: NativeErrorFields): Error {
  const { code, operation, detail } = fields;
  const options: TbpfErrorOptions = { code };
  if (fields.errno !== 0) options.errno = fields.errno;
  // the addon's word for what execve(2) misses when the file itself is there
  if (operation !== '') options.operation = operation === 'interpreter' ? 'execve' : operation;
  if (code === 'ERR_NOT_SUPPORTED') {
    const since = fields.minimumKernel === undefined ? '' : ` (needs Linux ${fields.minimumKernel} with it configured)`;
    const more = { ...options, feature: fields.feature ?? detail };
    return new NotSupportedError(`${detail}${since}`, fields.minimumKernel === undefined ? more : { ...more, minimumKernel: fields.minimumKernel });
  }
  if (code.startsWith('ERR_')) return new TbpfError(detail, options);

  const area = areaOf(operation);
  const what = subject(fields, area);
  // A program that the verifier accepted may still fail for want of a descriptor; it has a log all the same.
  const lacksFiles = code in anywhere;
  const refusedProgram = area === 'load' && (fields.log ?? '') !== '' && code !== 'EAGAIN' && !lacksFiles;
  // A verifier that refuses a program answers EACCES, EPERM or EINVAL. When it wrote a log, privileges are not the reason.
  if ((code === 'EPERM' || code === 'EACCES') && !refusedProgram) {
    const { missing, advice } = missingPermission(fields, area);
    return new PermissionError(`${operation} of ${what} needs ${missing.join(' and ')}`, { ...options, missing, advice });
  }
  const known = sentences[area]?.[code] ?? anywhere[code];
  const words = (area === 'load' || area === 'link') && !lacksFiles ? lastWords(fields) : '';
  if (area === 'link' && words !== '') return new TbpfError(words, options);
  let message = refusedProgram ? `the kernel refused ${what}` : known ? known[0].replace('%', () => what) : `${operation} of ${what} failed with ${code}`;
  if (words !== '') message += `: ${words}`;
  if (known && known[1] !== '' && !refusedProgram) options.advice = known[1];
  if (area === 'create') return new LoadError(message, { ...options, map: detail });
  if (area !== 'load') return new TbpfError(message, options);
  const load = { ...options, log: fields.log ?? '' };
  return new LoadError(message, fields.program === undefined ? load : { ...load, program: fields.program });
}
