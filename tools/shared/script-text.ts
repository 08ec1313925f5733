// Pieces of scripts that several tools need.

import { bytesOf } from '../../lib/index.js';
import type { PartsOf } from './parts.js';

/** A string of the script, whatever its bytes. */
export function quoted(text: string): string {
  const escaped = [...bytesOf(text)].map((byte) => (/[\w =.,:/-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`));
  return `"${escaped.join('')}"`;
}

/** ` /a && b/`, or nothing where there are no conditions. */
export function predicate(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` /${conditions.join(' && ')}/`;
}

/** Whether the system call that is running is one of a 32-bit program; of x86-64 alone. The tracepoints of system calls do not fire for them, sys_enter
 *  and sys_exit do: TS_COMPAT is set meanwhile (arch/x86/include/asm/thread_info.h). `regs` has what the program gave: number in orig_ax, arguments in
 *  bx, cx, dx, si, di (arch/x86/entry/syscalls/syscall_32.tbl). */
export const CALL_OF_32_BITS = '(curtask.thread_info.status & 2) != 0';
/** Whether this machine may run programs of 32 bits beside its own, and CALL_OF_32_BITS finds them. */
export const hasCallsOf32Bits = process.arch === 'x64';

/** Folders between a folder and the root: a path has at most 4096 bytes. */
const MAX_DEPTH = 2048;

/** Statements that send the names of the folders from a folder up to the root of the process, as parts (parts.ts) of the event of `$task`.
 *  A mount point is crossed: a folder that is the root of what is mounted goes on where it is mounted.
 * @param path  expression of type struct path */
export function sendFolders(of: string, path: string): string {
  return `  $folder = ${path}.dentry;
  $mount = (struct mount *)((uint64)${path}.mnt - offsetof(struct mount, mnt));
  $root = curtask.fs.root.dentry;
  $root_mount = (struct mount *)((uint64)curtask.fs.root.mnt - offsetof(struct mount, mnt));
  $sent = 0;
  for $i : 0..${MAX_DEPTH} {
    if ($folder == $root && $mount == $root_mount) { break; }
    if ($folder == $mount.mnt.mnt_root) {
      if ($mount.mnt_parent == $mount) { break; }
      $folder = $mount.mnt_mountpoint;
      $mount = $mount.mnt_parent;
    } else {
      if ($folder == $folder.d_parent) { break; }
      emit("part", (of = "${of}", task = $task, index = $sent, value = str($folder.d_name.name, 256)));
      $sent++;
      $folder = $folder.d_parent;
    }
  }
`;
}

/** The path that sendFolders() has told: from the root, without `/` at its end; the root itself is empty. A name that was lost is `...`. */
export function folderPath(names: PartsOf | undefined): string {
  return Array.from(names ?? [], (name) => `/${(name as string | undefined) ?? '...'}`).reverse().join('');
}
