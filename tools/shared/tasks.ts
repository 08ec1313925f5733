// Whether the tasks that a tool is given by their numbers are there.
//
//   facts  a number that no task has now may be another's soon: who waits for it sees nothing, or what nobody meant. bcc's tools wait

import { getSystemErrorName } from 'node:util';
import { TbpfError } from '../../lib/index.js';

const kinds = { pid: 'process', tid: 'thread', ppid: 'process' } as const;
const ESRCH = 3;

/** @throws TbpfError  ESRCH: there is no process of -p or -P, or no thread of -t or -L */
export function checkTasks(given: Readonly<Record<string, unknown>>): void {
  // what only prints the script may be about another machine
  if (given['dumpProgram'] === true || given['ebpf'] === true) return;
  for (const [name, kind] of Object.entries(kinds)) {
    const id = given[name];
    if (typeof id === 'number' && id > 0 && !isThere(id)) throw new TbpfError(`there is no ${kind} ${id}`, { code: getSystemErrorName(-ESRCH), errno: ESRCH, operation: 'kill' });
  }
}

function isThere(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // one of somebody else answers EPERM
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
