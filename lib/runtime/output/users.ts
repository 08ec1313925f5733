// Login names by user id, from /etc/passwd.

import { readFileSync } from 'node:fs';

/** uid to name; the first line of an id counts, as getpwuid(3) has it. */
export function parsePasswd(text: string): Map<bigint, string> {
  const names = new Map<bigint, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (!name || name.startsWith('#') || uid === undefined || !/^\d+$/.test(uid)) continue;
    if (!names.has(BigInt(uid))) names.set(BigInt(uid), name);
  }
  return names;
}

/** A look-up that reads the file when it is first asked; without the file nobody has a name. */
export function userNames(path = '/etc/passwd'): (uid: bigint) => string | undefined {
  let names: Map<bigint, string> | undefined;
  return (uid) => {
    names ??= parsePasswd(readIfThere(path));
    return names.get(uid);
  };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
