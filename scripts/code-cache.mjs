// Writes dist/tbpf.NODE-VERSION.cache, and so for dist/tools and dist/run: what V8 compiled of the command, of a tool and of `tbpf run` in a typical run: a start with it is twice as quick.
//
//   why    V8 takes the cache of its own version and flags only, so it is made by the Node that will run the command: at set-up in a
//          clone, at installation for a package
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = 'BEGIN { @start[tid, comm] = nsecs; @n = count(); printf("%s %d\\n", comm, pid); } END { print(@n); }';
/** by bundle
 *  @param compiled  path of the script as `tbpf build` compiles it */
const typicalRuns = (compiled) => ({
  tbpf: ['--dry-run', '-e', script],
  tools: ['execsnoop', '--dry-run'],
  run: ['run', '--dry-run', compiled],
});

/** What the runs say does not matter, nor whether they may trace here: it is compiled code that is wanted. */
export function writeCodeCache() {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-code-cache-'));
  const compiled = join(folder, 'typical.tbpf');
  const runs = Object.entries(typicalRuns(compiled));
  // an old cache would be taken for a new bundle of the same length
  const dist = join(root, 'dist');
  for (const file of readdirSync(dist)) if (file.endsWith('.cache')) rmSync(join(dist, file));
  command(['build', '-e', script, '-o', compiled]);
  for (const [, words] of runs) command(words, { TBPF_WRITE_CODE_CACHE: '1' });
  rmSync(folder, { recursive: true, force: true });
}

function command(words, environment = {}) {
  spawnSync(process.execPath, [join(root, 'bin/tbpf'), ...words], { env: { ...process.env, ...environment }, stdio: 'ignore', timeout: 20_000 });
}
