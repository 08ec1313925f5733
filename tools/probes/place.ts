// Where a probe is: `func`, `lib:func`, `r::func`, `p:lib:func+0x12`, `t:category:event`, `u:lib:probe`, `u:lib:provider:probe`.
//
//   in     the parts between the colons; libraries by name
//   out    Place, and the attach point of the script

import { findBinary, noBinary } from './libraries.js';
import { ProbeProblem } from './problem.js';
import { join, type Span, type Token } from './tree.js';

export type Parts = readonly (Token | undefined)[];

export interface Place extends Span {
  /** entry of a function, return from one, tracepoint, USDT probe */
  readonly type: 'p' | 'r' | 't' | 'u';
  /** path of the file; undefined: the kernel; `*` for a USDT probe: every file that is mapped */
  readonly binary: string | undefined;
  /** function, category of a tracepoint, or `probe` or `provider:probe` as typed */
  readonly name: string;
  /** of a tracepoint */
  readonly event: string;
  readonly offset: bigint;
}

export interface PlaceOptions {
  /** the process whose libraries are meant */
  readonly pid?: number;
  /** finds files by name; other than findBinary in tests */
  readonly find?: (name: string, pid?: number) => string | undefined;
}

const types: Readonly<Record<string, Place['type']>> = { '': 'p', p: 'p', r: 'r', t: 't', u: 'u' };

/** @throws ProbeProblem  in bcc's words */
export function placeOf(parts: Parts, { pid, find = findBinary }: PlaceOptions = {}): Place {
  const span = spanOfParts(parts);
  const texts = parts.map((part) => part?.text ?? '');
  const full = texts.length === 1 ? ['p', '', ...texts] : texts.length === 2 ? ['p', ...texts] : texts;
  const type = types[full[0]!];
  if (type === undefined) throw new ProbeProblem(`probe type must be '', 'p', 't', 'r', or 'u', but got '${full[0]}'`, parts[0] ?? span);
  if (type === 't') {
    if (full.length !== 3 || full[1] === '' || full[2] === '') throw new ProbeProblem('a tracepoint is written t:category:event', span);
    return { type, binary: undefined, name: full[1]!, event: full[2]!, offset: 0n, ...span };
  }
  if (type === 'u') return usdtPlace(full, span, { pid, find });
  const library = full.slice(1, -1).join(':');
  const last = parts.at(-1);
  const { name, offset } = offsetOf(full.at(-1)!, last ?? span);
  if (name === '') throw new ProbeProblem('the function has no name', span);
  if (type === 'r' && offset !== 0n) throw new ProbeProblem('a return has no offset', last ?? span);
  const binary = library === '' ? undefined : find(library, pid);
  if (library !== '' && binary === undefined) throw new ProbeProblem(noBinary(library, pid), span);
  return { type, binary, name, event: '', offset, ...span };
}

function usdtPlace([, library = '', ...names]: readonly string[], span: Span, { pid, find }: Required<Pick<PlaceOptions, 'find'>> & PlaceOptions): Place {
  if (names.length > 2 || names.includes('')) throw new ProbeProblem('a USDT probe is written u:library:probe or u:library:provider:probe', span);
  const binary = usdtBinary(library, find, pid);
  if (binary === undefined) throw new ProbeProblem(library === '' ? noUsdtLibrary : noBinary(library, pid), span);
  return { type: 'u', binary, name: names.join(':'), event: '', offset: 0n, ...span };
}

/** The file that a USDT probe is sought in; `*`: all that the process has mapped. undefined: there is none, or no library and no process are given */
export function usdtBinary(library: string, find: (name: string, pid?: number) => string | undefined, pid?: number): string | undefined {
  if (library === '*' || (library === '' && pid !== undefined)) return '*';
  return library === '' ? undefined : find(library, pid);
}

export const noUsdtLibrary = 'a USDT probe needs its library or program, u:library:probe, or with -p the process whose files are searched';

function offsetOf(text: string, span: Span): { readonly name: string; readonly offset: bigint } {
  const at = text.indexOf('+');
  if (at < 0) return { name: text, offset: 0n };
  const digits = text.slice(at + 1);
  if (!/^(0[xX][0-9a-fA-F]+|\d+)$/.test(digits)) throw new ProbeProblem(`invalid offset format  '${digits}', must be decimal or hexadecimal`, span);
  return { name: text.slice(0, at), offset: BigInt(digits) };
}

export function spanOfParts(parts: Parts): Span {
  const there = parts.flatMap((part) => part ?? []);
  return there.length === 0 ? { start: 0, end: 1 } : join(there[0]!, there.at(-1)!);
}

/** The attach point of a place.
 * @param typed  arguments by their names in the kernel's types: fentry, fexit */
export function attachPoint({ type, binary, name, event, offset }: Place, typed = false): string {
  if (type === 't') return `tracepoint:${name}:${event}`;
  if (type === 'u') return `usdt:${quotedPath(binary!)}:${name}`;
  const behind = `${name}${offset === 0n ? '' : `+${offset}`}`;
  if (binary !== undefined) return `${type === 'p' ? 'uprobe' : 'uretprobe'}:${quotedPath(binary)}:${behind}`;
  if (typed) return `${type === 'p' ? 'fentry' : 'fexit'}:${behind}`;
  return `${type === 'p' ? 'kprobe' : 'kretprobe'}:${behind}`;
}

export function quotedPath(path: string): string {
  return /^(?:\*|[\w./+-]+)$/.test(path) ? path : `"${path.replace(/["\\]/g, '\\$&')}"`;
}

/** What to trace in place of a kernel function that is not there under this name; undefined: nobody knows. */
export function newerName({ type, binary, name, event }: Place): string | undefined {
  if (type === 't' || type === 'u' || binary !== undefined || event !== '') return undefined;
  const renamed = renamedFunctions[name];
  if (renamed !== undefined) return `Newer kernels call it ${renamed}.`;
  const call = /^(?:sys|SyS)_(\w+)$/.exec(name)?.[1];
  return call === undefined ? undefined : `System call ${call} is ${type}::__x64_sys_${call} (x86-64) or t:syscalls:sys_${type === 'p' ? 'enter' : 'exit'}_${call}.`;
}

const renamedFunctions: Readonly<Record<string, string>> = {
  __kmalloc: '__kmalloc_noprof', kmalloc_trace: '__kmalloc_cache_noprof', kmem_cache_alloc: 'kmem_cache_alloc_noprof', kfree_skb: 'sk_skb_reason_drop', kfree_skb_reason: 'sk_skb_reason_drop',
  __vfs_read: 'vfs_read', __vfs_write: 'vfs_write', do_sys_open: 'do_sys_openat2', do_fork: 'kernel_clone', _do_fork: 'kernel_clone',
  blk_account_io_start: 'blk_mq_start_request', finish_task_switch: 'finish_task_switch.isra.0',
};
