// The command line as GNU programs read it, and what the command makes of it.

import t from 'tap';
import { parseCommandLine, UsageError } from '../../../lib/cli/line/command-line.js';
import { spellOut } from '../../../lib/cli/line/getopt.js';
import { optionSpecs } from '../../../lib/cli/line/options.js';

const spellings: [argv: string[], options: string[], operands: string[], rest: string[]][] = [
  [['-e', 'x'], ['--e=x'], [], []],
  [['-ex'], ['--e=x'], [], []],
  [['-p181', 'f.bt'], ['--pid=181'], ['f.bt'], []],
  [['--pid=181'], ['--pid=181'], [], []],
  [['--pid', '181'], ['--pid=181'], [], []],
  [['-lv', 'k:*'], ['--list', '--verbose'], ['k:*'], []],
  [['-qfjson'], ['--quiet', '--format=json'], [], []],
  [['f.bt', '-q', 'a', '--unsafe'], ['--quiet', '--unsafe'], ['f.bt', 'a'], []],
  [['f.bt', '--', '-q', '--x=1', 'y'], [], ['f.bt'], ['-q', '--x=1', 'y']],
  [['--uns'], ['--unsafe'], [], []],
  [['--out=a=b'], ['--output=a=b'], [], []],
  [['--debug', 'tree'], ['--debug=tree'], [], []],
  [['-', 'x'], [], ['-', 'x'], []],
  [['-e', '-q'], ['--e=-q'], [], []],
  [['-e', ''], ['--e='], [], []],
];
for (const [argv, options, operands, rest] of spellings) {
  t.test(JSON.stringify(argv), async (t) => t.same(spellOut(argv, optionSpecs), { options, operands, rest }));
}

const complaints: [argv: string[], text: string][] = [
  [['--foo'], "unrecognized option '--foo'"],
  [['--I=x'], "unrecognized option '--I'"],
  [['-Z'], "invalid option -- 'Z'"],
  [['-e'], "option requires an argument -- 'e'"],
  [['--pid'], "option '--pid' requires an argument"],
  [['--quiet=1'], "option '--quiet' doesn't allow an argument"],
  [['--ver'], "option '--ver' is ambiguous; possibilities: '--verbose' '--version' '--verify-llvm-ir'"],
];
for (const [argv, text] of complaints) t.test(text, async (t) => t.same(spellOut(argv, optionSpecs), { complaint: text }));

const refusals: [argv: string[], message: string, status?: number][] = [
  [['-q'], "ERROR: USAGE: filename or -e 'program' required."],
  [['-B', 'x', '-e', ''], "ERROR: USAGE: -B must be either 'line', 'full', or 'none'."],
  [['-k', '-k', '-e', ''], 'ERROR: USAGE: -kk has been deprecated. Use a single -k for runtime warnings for errors in map lookups and probe reads.'],
  [['-kk', '-e', ''], 'ERROR: USAGE: -kk has been deprecated. Use a single -k for runtime warnings for errors in map lookups and probe reads.'],
  [['-k', '--no-warnings', '-e', ''], 'ERROR: USAGE: -k, --warnings conflicts with --no-warnings'],
  [['--test', '--bench', '-e', ''], 'ERROR: USAGE: --bench conflicts with existing --mode'],
  [['--mode', 'bench', '--test', '-e', ''], 'ERROR: USAGE: --test conflicts with existing --mode'],
  [['--no-feature', 'x', '-e', ''], "ERROR: USAGE: --no-feature can only have values 'kprobe_multi,kprobe_session,uprobe_multi'."],
  [['-d', 'x', '-e', ''], 'ERROR: USAGE: invalid option for -d: x\nHINT: Stages are tree, types, ir, ir:after=PASS, select, regalloc, bpf, elf, layout, libbpf, verifier, all.'],
  [['-c', 'ls', '-p', '1', '-e', ''], 'ERROR: USAGE: Cannot use both -c and -p.'],
  [['-f', 'jsonx', '-e', ''], "ERROR: Invalid output format \"jsonx\"\nValid formats: 'text', 'json'"],
  [['-p', 'a1', '-e', ''], 'ERROR: Failed to parse pid: invalid integer: a1'],
  [['-p', '1a1', '-e', ''], 'ERROR: Failed to parse pid: invalid trailing bytes: 1a1'],
  [['-p', '5000000', '-e', ''], 'ERROR: Pid out of range: 5000000'],
  [['-p', '0', '-e', ''], 'ERROR: Pid out of range: 0'],
  [['--emit-llvm', 'x', '-e', ''], 'ERROR: --emit-llvm cannot be used: tbpf has no LLVM. Its own intermediate form is shown by -d ir, the object is written by --emit-elf FILE'],
  [['--aot', 'x', '-o', 'y', '-e', ''], 'ERROR: USAGE: --aot names the file to write; -o is an option of running it.'],
  [['--aot', 'x', '-l'], 'ERROR: USAGE: --aot compiles a script, and there is none to compile: tbpf --aot FILE script.bt'],
  [['--aot', 'x', '-p', '1', '-e', ''], 'ERROR: USAGE: -p is an option of tbpf run: a program that is built is for any process.'],
  [['--mode', 'x', '-e', ''], 'ERROR: USAGE: invalid option for --mode: x\nHINT: Modes are codegen, compiler-bench, format, test, bench.'],
  [['--probe-filter', '(', '-e', ''], "ERROR: Invalid --probe-filter regex '(': Invalid regular expression: /(/: Unterminated group", 255],
];
for (const [argv, message, status = 1] of refusals) {
  t.test(argv.join(' '), async (t) => {
    t.throws(() => parseCommandLine(argv), Object.assign(new UsageError(message, 'complaint', status)));
  });
}

t.test('no arguments: the usage', async (t) => {
  t.throws(() => parseCommandLine([]), { message: '', shows: 'usage', status: 1 });
});

t.test('script and parameters', async (t) => {
  const { program, parameters, namedParameters } = parseCommandLine(['f.bt', 'a', '-q', '--', '--n=1', 'b', '--flag']);
  t.same(program, { kind: 'file', path: 'f.bt' });
  t.same(parameters, ['a', 'b']);
  t.same(namedParameters, ['--n=1', '--flag']);
});

t.test('-e beats a file, the last -e counts', async (t) => {
  const { program, parameters } = parseCommandLine(['-e', 'a', 'x', '-e', '"b"']);
  t.same(program, { kind: 'text', text: '"b"' });
  t.same(parameters, ['x']);
});

t.test('a script behind --', async (t) => {
  const { program, parameters } = parseCommandLine(['--', 'f.bt', 'a']);
  t.same(program, { kind: 'file', path: 'f.bt' });
  t.same(parameters, ['a']);
});

t.test('listings', async (t) => {
  t.match(parseCommandLine(['-l']), { action: 'list', pattern: '*:*', program: undefined });
  t.match(parseCommandLine(['-lv', 'kprobe:x']), { action: 'list', pattern: 'kprobe:x', verbose: true });
  t.match(parseCommandLine(['-l', '-e', 'x']), { action: 'list', program: { kind: 'text', text: 'x' }, pattern: undefined });
});

t.test('stages', async (t) => {
  t.same(parseCommandLine(['-d', 'ast,codegen', '-d', 'ir:after=fold', '-e', '']).stages, ['tree', 'ir', 'ir:after=fold']);
  t.ok(parseCommandLine(['-d', 'all', '-e', '']).stages.includes('verifier'));
});

t.test('every option has its own letter and name', async (t) => {
  const letters = optionSpecs.flatMap(({ short }) => (short === undefined ? [] : [short]));
  t.equal(new Set(letters).size, letters.length);
  t.equal(new Set(optionSpecs.map(({ name }) => name)).size, optionSpecs.length);
});
