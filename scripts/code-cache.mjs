// Writes dist/tbpf.cache and dist/tools.cache, what V8 compiled of the command and of a tool in a typical run: a start with it is twice as quick.
//
//   why    V8 takes the cache of its own version and flags only, so it is made by the Node that will run the command: at set-up in a
//          clone, at installation for a package
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = 'BEGIN { @start[tid, comm] = nsecs; @n = count(); printf("%s %d\\n", comm, pid); } END { print(@n); }';
/** by bundle */
const typicalRuns = {
  tbpf: ['--dry-run', '-e', script],
  tools: ['execsnoop', '--dry-run'],
};

/** What the runs say does not matter, nor whether they may trace here: it is compiled code that is wanted. */
export function writeCodeCache() {
  for (const [bundle, words] of Object.entries(typicalRuns)) {
    // an old cache would be taken for a new bundle of the same length
    rmSync(join(root, `dist/${bundle}.cache`), { force: true });
    spawnSync(process.execPath, [join(root, 'bin/tbpf'), ...words], { env: { ...process.env, TBPF_WRITE_CODE_CACHE: '1' }, stdio: 'ignore', timeout: 20_000 });
  }
}
