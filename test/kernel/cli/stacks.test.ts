// Stacks and symbols of processes as a user sees them: those that are gone, Node's, and why some have no names.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCommand } from '../../helpers/command.js';
import { needs, type Feature } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const program = join(folder, 'tbpf-brief');

/** Calls getppid() three functions deep and ends: a millisecond in all. */
function buildProgram(): void {
  writeFileSync(`${program}.c`, `
    #include <unistd.h>
    __attribute__((noinline)) int inner(void) { return getppid(); }
    __attribute__((noinline)) int outer(void) { return inner() + 1; }
    int main(void) { return outer() == 0; }`);
  execFileSync('gcc', ['-O1', '-fno-omit-frame-pointer', '-fno-optimize-sibling-calls', '-o', program, `${program}.c`]);
  execFileSync('strip', ['-o', `${program}-stripped`, program]);
}

async function scene(title: string, run: (t: Test) => Promise<void>, { kernel = true, features = ['gcc', 'objcopy'] as readonly Feature[] } = {}): Promise<void> {
  await t.test(title, kernel ? {} : onThisMachine(), async (t) => {
    if (!needs(t, 'root', 'tracepoint', 'software', ...features)) return;
    await run(t);
  });
}

const PROBE = 'tracepoint:syscalls:sys_enter_getppid /comm == "tbpf-brief"/';

await scene('a command that lives a millisecond', async (t) => {
  buildProgram();
  const { stdout, stderr } = await runCommand(['-q', '-c', program, '-e', `${PROBE} { @[ustack(3)] = count(); printf("%s", ustack(perf, 3)); }`]);
  t.match(stdout, /\n@\[\n {8}\w*getppid\+\d+\n {8}outer\+\d+\n {8}main\+\d+\n\]: 1\n/, stderr);
  t.match(stdout, new RegExp(`^\\s*[0-9a-f]+ \\w*getppid\\+\\d+ \\(.*libc.*\\)\\n\\t[0-9a-f]+ outer\\+\\d+ \\(${program}\\)\\n`));
});

await scene('its children, which are gone when the maps are printed', async (t) => {
  const script = join(folder, 'children.sh');
  writeFileSync(script, `#!/bin/sh\nfor i in 1 2 3; do ${program}; done\n(exec ${program})\n`);
  chmodSync(script, 0o755);
  const { stdout, stderr } = await runCommand(['-q', '-c', script, '-e', `${PROBE} { @[pid, ustack(3)] = count(); }`]);
  t.equal(stdout.match(/ {8}outer\+\d+\n {8}main\+\d+\n\]: 1\n/g)?.length, 4, `${stdout}${stderr}`);
});

await scene('why there is no name', async (t) => {
  const { stdout, stderr } = await runCommand(['-v', '-c', `${program}-stripped`, '-e', `tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { print(usym(8)); @[ustack(3)] = count(); }`]);
  t.match(stdout, /^ {8}0x[0-9a-f]+$/m, stderr);
  t.match(`${stdout}${stderr}`, /2 frames have no name: the file has no symbols, and no debug file for it was found/);
  t.match(`${stdout}${stderr}`, /1 frame has no name: no code was there/);
  const { stdout: lines } = await runCommand(['-q', '-f', 'ndjson', '-c', `${program}-stripped`, '-e', `tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { print(usym(8)); @[ustack(3)] = count(); }`]);
  t.match(lines, /\{"address": "0x8", "unnamed": "unmapped"\}/);
  t.match(lines, new RegExp(`\\{"address": "0x[0-9a-f]+", "module": "${program}-stripped", "unnamed": "stripped"\\}`));
}, { kernel: false });

/** The function `outer` stands in line 2, and in line 120 of its source. */
const SCRIPT = `function inner() { return process.getuid(); }
function outer(n) { let sum = 0; for (let i = 0; i < n; i++) sum += inner(); return sum; }
setInterval(() => outer(500), 2);
//# sourceMappingURL=app.js.map
`;

await scene('functions of JavaScript: perf map, and source map when asked for', async (t) => {
  mkdirSync(join(folder, 'dist'));
  const app = join(folder, 'dist/app.js');
  writeFileSync(app, SCRIPT);
  writeFileSync(`${app}.map`, JSON.stringify({ version: 3, sources: ['../src/app.ts'], names: [], mappings: 'AAAA;AAuHA;AACA' }));
  const command = `${process.execPath} --perf-basic-prof --interpreted-frames-native-stack ${app}`;
  const script = 'tracepoint:syscalls:sys_enter_getuid /pid == cpid/ { @[ustack(20)] = count(); } interval:s:3 { exit(); }';
  const { stdout, stderr } = await runCommand(['-q', '-c', command, '-e', script]);
  t.match(stdout, new RegExp(`^ {8}(JS|LazyCompile):.outer ${app}:2:15\\+\\d+$`, 'm'), stderr);
  t.match(stdout, /^ {8}v8::internal::\S.*\+\d+$/m, "Node's own functions");
  const sources = await runCommand(['-q', '-c', command, '-e', `config = { show_debug_info = true } ${script}`]);
  t.match(sources.stdout, new RegExp(`^ {8}(JS|LazyCompile):.outer\\+\\d+@${folder}/src/app\\.ts:120$`, 'm'), sources.stderr);
  t.notMatch(sources.stdout, `${app}:2:15`);
}, { kernel: false, features: [] });
