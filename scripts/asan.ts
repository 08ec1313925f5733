// `npm run test:asan [PART OF A FILE NAME…]`: the addon's tests with the addon under AddressSanitizer and UndefinedBehaviorSanitizer.
//
//   in     binding.gyp, addon/; the tests that call the addon directly, its readers of damaged files among them
//   out    a line per file, then failures and what the sanitizers said
//   idea   the addon is built in .cache/asan with the compiler's sanitizers, whose library is loaded before node; the bundle of the tests has
//          another place of the addon (asan-addon.ts)
//   facts  leaks are not looked for: V8 frees little at its end. test/kernel/native/leak.test.ts looks at what the addon holds, without sanitizers

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { bundleTests } from './bundle-tests.js';
import { addSummaries, countsLine, countTap } from './tap-counts.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const tree = join(root, '.cache/asan');
const SANITIZERS = '-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g -O1';
/** They take three times as long as without. */
const PATIENCE_MS = 900_000;
/** Not leak.test.ts: it looks at the memory of the process, of which the sanitizer takes much, and ends workers in the middle of slow calls. */
const TESTS = /^test\/(?:unit\/addon|kernel\/native)\/(?!leak\.)/;

function buildAddon(): void {
  mkdirSync(tree, { recursive: true });
  for (const part of ['addon', 'binding.gyp', 'scripts', 'package.json', 'node_modules']) if (!existsSync(join(tree, part))) symlinkSync(join(root, part), join(tree, part));
  const flags = { CXXFLAGS: SANITIZERS, LDFLAGS: SANITIZERS };
  execFileSync('sh', [join(root, 'scripts/build-addon.sh'), `--directory=${tree}`, '--silent'], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...flags } });
}

const sanitized: Plugin = {
  name: 'sanitized-addon',
  setup({ onResolve }) {
    onResolve({ filter: /\/addon-file\.js$/ }, ({ importer }) => (importer.endsWith('/lib/runtime/native/index.ts') ? { path: join(root, 'scripts/asan-addon.ts') } : undefined));
  },
};

const parts = process.argv.slice(2);
const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).map((name) => `test/${name}`)
  .filter((name) => name.endsWith('.test.ts') && TESTS.test(name) && (parts.length === 0 || parts.some((part) => name.includes(part)))).sort();
buildAddon();
const modules = await bundleTests(tests, join(root, '.cache/tests-asan'), [sanitized]);
const libraries = ['libasan.so', 'libubsan.so'].map((name) => execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim());
const logs = mkdtempSync(join(tmpdir(), 'tbpf-asan-'));
const summaries = tests.map((name, i) => {
  const options = `log_path=${join(logs, 'report')}:halt_on_error=1`;
  const { stdout, status, signal } = spawnSync(process.execPath, [modules[i]!], {
    cwd: root, encoding: 'utf8', timeout: PATIENCE_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env, LD_PRELOAD: libraries.join(' '), TAP_TIMEOUT: String(PATIENCE_MS / 1000),
      // what is freed waits in 256 MB by default: tests look at the memory of the process
      ASAN_OPTIONS: `${options}:detect_leaks=0:quarantine_size_mb=16`, UBSAN_OPTIONS: `${options}:print_stacktrace=1`,
    },
  });
  const counted = countTap(stdout, name);
  if (status !== 0 && counted.failed === 0) {
    counted.failed++;
    counted.failures.push(`${name}: ended by ${signal ?? `status ${status ?? 'unknown'}`}`);
  }
  console.log(`${counted.failed === 0 ? 'ok    ' : 'FAILED'} ${name} ${countsLine(counted)}`);
  return counted;
});
const summary = addSummaries(summaries);
const reports = readdirSync(logs).map((file) => readFileSync(join(logs, file), 'utf8'));
rmSync(logs, { recursive: true });
for (const failure of summary.failures) console.log(`\nFAILED ${failure}`);
for (const skip of summary.skips) console.log(`skipped ${skip}`);
for (const report of reports) console.log(`\n${report}`);
console.log(`tests: ${countsLine(summary)}, ${reports.length} reports of the sanitizers`);
if (summary.failed > 0 || summary.passed === 0 || reports.length > 0) process.exitCode = 1;
