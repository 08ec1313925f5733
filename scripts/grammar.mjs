// Compiles the grammars: grammar/NAME.ne to a module beside who reads such texts.
//
//   in     nearley's notation, `@preprocessor typescript`
//   out    TypeScript modules whose default export is the compiled grammar; their imports are relative to where they lie
//   idea   nearley's own compiler does it; what it warns about (an undefined symbol, say) is an error here
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nearleyc = join(dirname(createRequire(import.meta.url).resolve('nearley/package.json')), 'bin/nearleyc.js');

compile('grammar/tbpf.ne', 'lib/compiler/parse/grammar.generated.ts');
compile('grammar/trace.ne', 'tools/trace/grammar.generated.ts');
compile('grammar/argdist.ne', 'tools/argdist/grammar.generated.ts');

function compile(source, output) {
  const scratch = `${output}.tmp`;
  const warnings = execFileSync(process.execPath, [nearleyc, source, '--out', scratch], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const text = readFileSync(join(root, scratch), 'utf8');
  rmSync(join(root, scratch));
  if (warnings.trim() !== '' || text.includes('WARN:')) {
    console.error(`${source}: ${warnings.trim()}\n${text.split('\n').filter((line) => line.includes('WARN:')).join('\n')}`);
    process.exit(1);
  }
  const header = `// Made from ${source} by scripts/grammar.mjs; not in git. nearley's output is not written for strict checking.\n// @ts-nocheck\n/* eslint-disable */\n`;
  writeFileSync(join(root, output), header + text);
}
