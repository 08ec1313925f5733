// Files whose file system is another program or another machine: who opens one may wait for an answer for good.
//
//   idea   a file of such a file system is opened by a child first, which is given a moment; one that did not answer is not asked again
//   facts  the type of a file system stands in mountinfo (proc_pid_mountinfo(5)), which the kernel answers from memory, at the device number
//          that /proc/PID/maps has for each mapping. A process that waits for FUSE stays until it is answered, even when killed (fs/fuse/dev.c request_wait_answer)

import { readForeignFile } from '../native/foreign-file.js';
import { childProcess } from '../native/node-modules.js';

const MOST_MOUNTS_BYTES = 16 << 20;
const MOST_STATUS_BYTES = 1 << 20;
const PATIENCE_MS = 1000;
const PAUSE_MS = 2;
const farTypes = /^(fuse|nfs|cifs|smb|9p$|ceph|afs|lustre|ocfs2|gfs2)/;

/** Devices, as MAJOR:MINOR in hexadecimal, that left a child waiting. */
const silent = new Set<string>();

/** How it is found out; tests bring their own. */
export interface Asking {
  far(pid: number, device: string): boolean;
  opens(path: string): boolean;
}

/** Whether a mapped file can be opened without waiting for good. Takes a second for a file system that does not answer, once. */
export function answers(pid: number, device: string, path: string, { far = isFar, opens = opensSoon }: Partial<Asking> = {}): boolean {
  if (silent.has(device)) return false;
  if (!far(pid, device) || opens(path)) return true;
  silent.add(device);
  return false;
}

/** The same of a file that is not mapped, so that its device cannot be told without asking its file system: where the process has mounts of such file
 *  systems, a child opens it first. */
export function opensInTime(pid: number, path: string, opens = opensSoon): boolean {
  return !hasFarMounts(pid) || opens(path);
}

function hasFarMounts(pid: number): boolean {
  try {
    return readForeignFile(`/proc/${pid}/mountinfo`, MOST_MOUNTS_BYTES).toString('latin1').split('\n').some((line) => farTypes.test(typeOfMount(line) ?? ''));
  } catch {
    // it ended: its files are looked for under our root folder, whose mounts are ours
    return pid !== process.pid && hasFarMounts(process.pid);
  }
}

function isFar(pid: number, device: string): boolean {
  try {
    const type = fileSystemType(readForeignFile(`/proc/${pid}/mountinfo`, MOST_MOUNTS_BYTES).toString('latin1'), device);
    return type !== undefined && farTypes.test(type);
  } catch {
    // it ended, or hides its mounts: then its files are not found below /proc either
    return false;
  }
}

/** @param device  as in /proc/PID/maps: hexadecimal; mountinfo has decimal numbers */
export function fileSystemType(mountinfo: string, device: string): string | undefined {
  const [major, minor] = device.split(':').map((part) => parseInt(part, 16));
  for (const line of mountinfo.split('\n')) {
    if (line.split(' ', 3)[2] === `${major}:${minor}`) return typeOfMount(line);
  }
  return undefined;
}

function typeOfMount(line: string): string | undefined {
  const fields = line.split(' ');
  return fields[fields.indexOf('-', 6) + 1];
}

/** A child may be refused: what counts is that it ends. It is looked at, not waited for: one that waits for FUSE stays even when killed. */
export function opensSoon(path: string, patienceMs = PATIENCE_MS): boolean {
  const child = childProcess().spawn('head', ['-c', '65536', '--', path], { stdio: 'ignore' });
  child.on('error', () => undefined); // there is no `head`: the file was not asked
  child.unref();
  if (child.pid === undefined) return false;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const end = performance.now() + patienceMs; performance.now() < end; Atomics.wait(pause, 0, 0, PAUSE_MS)) if (hasEnded(child.pid)) return true;
  child.kill('SIGKILL');
  return false;
}

/** Node takes note of it later. */
function hasEnded(pid: number): boolean {
  try {
    return /^State:\s*Z/m.test(readForeignFile(`/proc/${pid}/status`, MOST_STATUS_BYTES).toString('latin1'));
  } catch {
    return true;
  }
}
