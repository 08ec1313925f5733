// What a user does first, on a machine that has Node and nothing else: installs the package without a network, runs the command, traces from a
// program by import and by require().

import { runInDebian } from './debian-root.js';

/** what the library does there: by import and by require() */
const program = `
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { trace } from 'tbpf';
const require = createRequire('/app/');
const loaded = () => readFileSync('/proc/self/maps', 'utf8').split('\\n').flatMap((line) => /(\\/usr.*\\/(?:tbpf\\.node|lib(?:bpf|elf|z)\\.so.*))$/.exec(line)?.[1] ?? []);
console.log(require('tbpf').trace === trace, require('tbpf/package.json').name, loaded().length);
const session = await trace('begin { printf("%d\\\\n", 6 * 7); exit(3); }');
for await (const event of session) process.stdout.write(event.text);
console.log((await session.done).status, [...new Set(loaded())].sort().join(' '));
`;

const script = `
command -v make g++ cc python3 && exit 9
npm i -g --offline --no-audit --no-fund /tbpf.tgz >/tmp/npm.log 2>&1 || { cat /tmp/npm.log; exit 8; }
tbpf -q -e 'begin { printf("%s\\n", "command"); exit(); }'
test -s /usr/local/lib/node_modules/tbpf/dist/tbpf.$(node -p process.version).cache
execsnoop-tbpf -h >/dev/null
tbpf opensnoop -h >/dev/null
mkdir -p /app/node_modules
ln -s /usr/local/lib/node_modules/tbpf /app/node_modules/tbpf
cd /app
cat >program.mjs <<'END'
${program}
END
node program.mjs
`;

const own = '/usr/local/lib/node_modules/tbpf/prebuilt/linux-x64-glibc';
const expected = ['command', '', '', 'true tbpf 0', '42', `3 ${['libbpf.so.1', 'libelf.so.1', 'libz.so.1', 'tbpf.node'].map((name) => `${own}/${name}`).join(' ')}`, ''].join('\n');

/** What became of it, and what should have. */
export function installAndTrace(tarball: string, node?: string): { readonly found: ReturnType<typeof runInDebian>; readonly wanted: ReturnType<typeof runInDebian> } {
  return { found: runInDebian({ node, tarball, script }), wanted: { stdout: expected, stderr: '', status: 0 } };
}
