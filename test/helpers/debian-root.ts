// Debian 12 with nothing but Node, as a user's machine: a process there sees no compiler, no headers and no network.
//
//   in     .cache/debian-12 (scripts/debian-root.sh), an executable of Node, files to put there, a shell script
//   out    what the script wrote
//   idea   a mount and a network namespace of its own: what is written lies in memory, and nothing of it is left when the script has ended

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from './command.js';

const root = join(packageRoot, '.cache/debian-12');

/** Why there is no such machine; undefined: there is. */
export function lacksDebian(): string | undefined {
  return existsSync(join(root, 'bin/sh')) ? undefined : `${root} is missing: scripts/setup.sh --for test makes it, as root`;
}

/** $1 to $5: the folder of Debian, Node, npm's folder, the tarball, an empty folder;  stdin: the script. */
const enter = `
mount -t tmpfs tbpf-test "$5"
mkdir "$5/upper" "$5/work" "$5/root"
mount -t overlay -o lowerdir="$1",upperdir="$5/upper",workdir="$5/work" overlay "$5/root"
cd "$5/root"
mkdir -p usr/local/bin usr/local/lib/node_modules/npm
touch usr/local/bin/node
mount --bind "$2" usr/local/bin/node
mount --bind "$3" usr/local/lib/node_modules/npm
printf '#!/bin/sh\\nexec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\\n' >usr/local/bin/npm
chmod +x usr/local/bin/npm
cp "$4" tbpf.tgz
for each in proc sys dev; do mount --rbind "/$each" "$each"; done
exec chroot . /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root /bin/sh -eu
`;

/** Runs a shell script there. The tarball is /tbpf.tgz, the working folder is /. */
export function runInDebian({ node = realpathSync(process.execPath), tarball, script }: { readonly node?: string; readonly tarball: string; readonly script: string }): { readonly stdout: string; readonly stderr: string; readonly status: number | null } {
  const npm = realpathSync(join(spawnSync('npm', ['root', '-g'], { encoding: 'utf8' }).stdout.trim(), 'npm'));
  const place = mkdtempSync(join(tmpdir(), 'tbpf-debian-'));
  const { stdout, stderr, status, error } = spawnSync('unshare', ['--mount', '--net', '--propagation', 'private', 'sh', '-euc', enter, 'sh', root, node, npm, tarball, place], { input: script, encoding: 'utf8', timeout: 100_000 });
  rmdirSync(place);
  if (error !== undefined) throw error;
  return { stdout, stderr, status };
}
