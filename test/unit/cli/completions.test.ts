// Completion as the shells do it: bash, and zsh and fish where they are installed; and what is offered.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { candidates } from '../../../lib/cli/completions/candidates.js';
import { hardwareEvents, kinds, softwareEvents } from '../../../lib/cli/completions/probes.js';
import { probeRecords } from '../../../lib/language/probes/index.js';
import type { Services } from '../../../lib/language/services.js';
import { command, packageRoot, runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-completions-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'a script.bt'), '');
const PATH = `${dirname(command)}:${process.env['PATH']}`;

t.test('the kinds of probes are those of the language', async (t) => {
  t.strictSame(kinds.map(([name]) => name).sort(), probeRecords.map(({ name }) => name).sort());
  for (const [name, aliases] of kinds) for (const alias of probeRecords.find((record) => record.name === name)!.aliases) t.ok(alias === alias.toUpperCase() && name.length < 6 || aliases.includes(alias), `${name}: ${alias}`);
});

t.test('events that are counted', async (t) => {
  for (const [name, events] of [['software', softwareEvents], ['hardware', hardwareEvents]] as const) {
    const listed = [...probeRecords.find((record) => record.name === name)!.listing!.list(['*'], undefined as never as Services as never)!].map(({ line }) => line.split(':')[1]!);
    for (const event of events) t.ok(listed.includes(event), `${name}:${event}`);
  }
});

const rows: [words: readonly string[], some: readonly string[], others?: readonly string[]][] = [
  [['exp'], ['explain', ':files'], ['doctor']],
  [[''], ['doctor', 'fmt', 'opensnoop', ':files']],
  [['--fo'], ['--format=', '--for='], ['--fmt']],
  [['-f', ''], ['text', 'json', 'ndjson', 'folded', 'pprof'], [':files']],
  [['--format=j'], ['--format=json'], ['--format=text']],
  [['-qf', 'nd'], ['ndjson'], ['json']],
  [['-d', 'reg'], ['regalloc'], ['tree']],
  [['-o', ''], [':files']],
  [['explain', 't010'], ['T0101', 'T0104'], ['T0201']],
  [['completions', ''], ['bash', 'zsh', 'fish']],
  [['doctor', ''], [], [':files']],
  [['-l', 'interval:'], ['interval:s:', 'interval:hz:']],
  [['-l', 'softw'], ['software:', ':files'], ['hardware:']],
  [['-l', 'software:'], ['software:page-faults:'], [':files']],
  [['-e', 'begin { } software:page'], ['begin { } software:page-faults:']],
  [['-e', 'begin { prin'], [], [':files']],
  [['a.bt', '--', '--x'], [':files']],
];
for (const [words, some, others = []] of rows) {
  t.test(`candidates: ${words.join(' ')}`, async (t) => {
    const found = candidates(words);
    for (const each of some) t.ok(found.includes(each), each);
    for (const each of others) t.notOk(found.includes(each), `not ${each}`);
  });
}

t.test('functions and events of the kernel', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const functions = candidates(['-l', 'kprobe:vfs_']);
  t.ok(functions.includes('kprobe:vfs_read'));
  t.ok(functions.every((each) => each.startsWith('kprobe:vfs_')));
  t.ok(candidates(['-l', 't:sch']).includes('t:sched:'));
  t.ok(candidates(['-l', 'tracepoint:sched:sched_sw']).includes('tracepoint:sched:sched_switch'));
  t.ok(candidates(['-l', 'rt:sched_sw']).includes('rt:sched_switch'));
  t.notOk(candidates(['-l', 'iter:']).some((each) => each.includes('__')));
});

/** A program with functions and USDT probes; undefined: it cannot be made here. */
const program = join(folder, 'probed');
const source = '#include <sys/sdt.h>\nstatic __attribute__((noinline)) int served(int n) { DTRACE_PROBE1(web, request, n); DTRACE_PROBE(web, done); DTRACE_PROBE(other, request); return n + 1; }\nint server(int n) { return served(n); }\nint main(int argc, char **argv) { return server(argc); }\n';
const isProgram = spawnSync('gcc', ['-O1', '-x', 'c', '-', '-o', program], { input: source }).status === 0;

t.test('functions and USDT probes of a program', { skip: !isProgram && 'gcc or sys/sdt.h is missing (Debian: systemtap-sdt-dev)' }, async (t) => {
  const ask = (word: string): string[] => candidates(['-l', word]);
  t.strictSame(ask(`uprobe:${program}:serve`), [`uprobe:${program}:served`, `uprobe:${program}:server`]);
  t.strictSame(ask(`ur:${program}:main`), [`ur:${program}:main`]);
  t.notOk(ask(`uprobe:${program}:`).some((each) => /:(printf|__libc_start_main.*)$/.test(each)), 'what lies in another file is not its own');
  t.strictSame(ask(`usdt:${program}:`), ['other:request', 'web:done', 'web:request'].map((name) => `usdt:${program}:${name}`));
  t.strictSame(ask(`U:${program}:web:r`), [`U:${program}:web:request`]);
  t.ok(ask(`uprobe:${program}`).includes(`uprobe:${program}:`), 'the path itself');
  t.strictSame(candidates(['-e', `begin { } uprobe:${program}:server`]), [`begin { } uprobe:${program}:server`]);
  t.strictSame(inBash(`tbpf -l usdt:${program}:web:`), ['done', 'request']);
  const stripped = join(folder, 'stripped');
  spawnSync('strip', [program, '-o', stripped]);
  t.strictSame(ask(`uprobe:${stripped}:serve`), [], 'a file without names has none');
});

t.test('what is no program', async (t) => {
  for (const path of [join(folder, 'a script.bt'), folder, '/dev/zero', '/proc/self/mem', join(folder, 'nothing'), 'no-such-program', '']) {
    t.strictSame(candidates(['-l', `uprobe:${path}:x`]), [], path);
    t.strictSame(candidates(['-l', `usdt:${path}:`]), [], path);
  }
  const short = join(folder, 'short');
  for (const bytes of [4, 64, 100, 5000]) {
    writeFileSync(short, readFileSync(process.execPath).subarray(0, bytes));
    t.strictSame(candidates(['-l', `uprobe:${short}:`]), [], `${bytes} bytes`);
  }
  t.ok(candidates(['-l', 'uprobe:bash:']).includes('uprobe:bash:main'), 'a program of PATH');
  t.ok(candidates(['-l', 'uprobe:libc:mallo']).includes('uprobe:libc:malloc'), 'a library');
});

/** Drives bash: what readline gives the function, and what the function answers. */
function inBash(line: string): string[] {
  const script = `eval "$(tbpf completions bash)"
complete -p tbpf >/dev/null || exit 3
COMP_LINE=$1 COMP_POINT=\${#1}
${splitWords}
compopt() { :; }
$(complete -p tbpf | sed 's/.*-F \\([^ ]*\\).*/\\1/') tbpf
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', line], { encoding: 'utf8', cwd: folder, env: { PATH, HOME: folder } });
  if (stderr !== '') throw new Error(stderr);
  return stdout.split('\n').filter((each) => each !== '');
}

/** As bash divides a line: at blanks, and at : and = into words of their own, but for what stands in quotes that are open. */
const splitWords = `COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
COMP_WORDS=() rest=$COMP_LINE
while [[ -n $rest ]]; do
  rest=\${rest#"\${rest%%[![:space:]]*}"}
  if [[ $rest == [\\'\\"]* ]]; then COMP_WORDS+=("$rest"); rest=''
  elif [[ $rest =~ ^[:=]+ || $rest =~ ^[^[:space:]:=]+ ]]; then COMP_WORDS+=("\${BASH_REMATCH[0]}"); rest=\${rest:\${#BASH_REMATCH[0]}}
  fi
done
[[ $COMP_LINE == *[[:space:]] && $COMP_LINE != *[\\'\\"]* ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))`;

const bashRows: [line: string, answers: readonly string[]][] = [
  ['tbpf expl', ['explain']],
  ['tbpf explain T040', ['T0401', 'T0402', 'T0403', 'T0404', 'T0405', 'T0406', 'T0407', 'T0408', 'T0409']],
  ['tbpf --format=j', ['json']],
  ['tbpf -l software:page', ['page-faults:']],
  ["tbpf -l 'software:page", ['software:page-faults:']],
  ["tbpf -e 'begin { } profile:h", ['begin { } profile:hz:']],
  ['tbpf fmt a', ['a script.bt']],
  ['tbpf completions ', ['bash', 'zsh', 'fish']],
];
for (const [line, answers] of bashRows) t.test(`bash: ${line}`, async (t) => t.strictSame(inBash(line), answers));

const lacks = (shell: string): string | undefined => (spawnSync(shell, ['--version']).error === undefined ? undefined : `${shell} is not installed (Debian: ${shell})`);

t.test('fish', { skip: lacks('fish') }, async (t) => {
  const ask = (line: string): string[] => spawnSync('fish', ['--no-config', '-c', 'tbpf completions fish | source; complete -C "$argv[1]"', line], { encoding: 'utf8', cwd: folder, env: { PATH, HOME: folder } }).stdout.split('\n').filter((each) => each !== '');
  t.strictSame(ask('tbpf expl'), ['explain']);
  t.strictSame(ask('tbpf -l software:page'), ['software:page-faults:']);
  t.ok(ask('tbpf fmt a').some((each) => each.startsWith('a script.bt')));
});

/** zsh's line editor in a terminal of its own: the line that the key has made is run. */
const zshScript = `zmodload zsh/zpty
zpty shell zsh -f -i
say() { zpty -w shell "$1"; }
await() { local part all=''; while zpty -r shell part; do all+=$part; [[ $all == *$1* ]] && break; done; print -r -- "$all" }
say "PS1='ready> '; autoload -U compinit; compinit -u -D; eval \\"\\$(tbpf completions zsh)\\"; print -r -- set-''up"
await set-up >/dev/null
zpty -w -n shell $'tbpf expl\\t T0104\\n'
await 'lives in the block' >/dev/null && print completed
`;
t.test('zsh', { skip: lacks('zsh') }, async (t) => {
  const { stdout } = spawnSync('zsh', ['-f', '-c', zshScript], { encoding: 'utf8', cwd: folder, env: { PATH, HOME: folder, TERM: 'dumb' }, timeout: 60_000 });
  t.equal(stdout, 'completed\n');
});

t.test('what is no shell', async (t) => {
  for (const args of [['completions'], ['completions', 'tcsh'], ['completions', 'bash', 'x']]) {
    const { stderr, stdout, status } = await runCommand(args);
    t.match(stderr, /^ERROR: tbpf completions prints a script for one of the shells bash, zsh, fish\.\nHINT: /);
    t.strictSame([stdout, status], ['', 1]);
  }
});

t.test('no compiler is loaded for it', async (t) => {
  const bundle = join(packageRoot, 'dist/completions.cjs');
  t.ok(existsSync(bundle));
  t.ok(readFileSync(bundle).length < 60_000, 'the bundle is small');
});
