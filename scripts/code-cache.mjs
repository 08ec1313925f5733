// Writes dist/tbpf.cache, what V8 compiled of the command in a typical run: a start with it is twice as quick.
//
//   why    V8 takes the cache of its own version and flags only, so it is made by the Node that will run the command: at set-up in a
//          clone, at installation for a package
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const typical = 'BEGIN { @start[tid, comm] = nsecs; @n = count(); printf("%s %d\\n", comm, pid); } END { print(@n); }';

/** What the run says does not matter, nor whether it may trace here: it is compiled code that is wanted. */
export function writeCodeCache() {
  // an old cache would be taken for a new bundle of the same length
  rmSync(join(root, 'dist/tbpf.cache'), { force: true });
  spawnSync(process.execPath, [join(root, 'bin/tbpf'), '--dry-run', '-e', typical], { env: { ...process.env, TBPF_WRITE_CODE_CACHE: '1' }, stdio: 'ignore', timeout: 20_000 });
}
