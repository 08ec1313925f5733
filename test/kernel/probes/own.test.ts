// --test and --bench: probes that tbpf runs itself.

import t from 'tap';
import { runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const script = `
begin { @x = 1; }
test:good { $a = 1 + 1; printf("never seen\\n"); if ($a != 2) { return 1; } }
test:bad { printf("what happened: %d\\n", 7); return 1; }
test:exits { exit(3); }
test:complains { errorf("broken %d", 1); }
test:after { exit(0); }
bench:loop { for $i : 0..100 { @s[$i] = $i; } }
bench:skipped { return 1; }
`;

const plain = (text: string): string => text.replace(/\x1b\[\d+m/g, '').replace(/\(\d+ (ns|us|ms)\)/g, '(T)');

t.test('--test', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout, status } = await runCommand(['--test', '-e', script]);
  t.equal(status, 1);
  t.match(stdout, /\x1b\[32m\[ {7}OK \]/);
  t.equal(plain(stdout), `[==========] Running 5 tests.
[ RUN      ] good
[       OK ] good (T)
[ RUN      ] bad
what happened: 7
[  FAILED  ] bad (T)
[ RUN      ] exits
[  FAILED  ] exits (T)
[ RUN      ] complains
stdin:6:18-40: ERROR: broken 1
[  FAILED  ] complains (T)
[ RUN      ] after
[       OK ] after (T)
[==========] 5 tests ran.
[  PASSED  ] 2 tests.
[  FAILED  ] 3 tests, listed below:
[  FAILED  ] bad
[  FAILED  ] exits
[  FAILED  ] complains
`);
});

t.test('what finds no room in the ring buffer fails the test', async (t) => {
  if (!needs(t, 'root')) return;
  const flood = 'for $i : 0..1000 { printf("some text that fills the ring buffer of one page: %d\\n", $i); }';
  const { stdout, status } = await runCommand(['--test', '-e', `config = { perf_rb_pages = 1; max_map_keys = 1; }
test:quiet { $x = pid; }
test:errorf { ${flood} errorf("broken"); }
test:warning { ${flood} @m[1] = 1; @m[2] = 1; }
test:again { $x = pid; }`]);
  t.equal(status, 1);
  t.match(plain(stdout), /Lost \d+ events\n\[ {2}FAILED {2}\] errorf \(T\)\n/);
  t.match(plain(stdout), /WARNING: Map full;.*\n[^]*\[ {2}FAILED {2}\] warning \(T\)\n/);
  t.match(plain(stdout), /PASSED {2}\] 2 tests\.\n\[ {2}FAILED {2}\] 2 tests, listed below:\n\[ {2}FAILED {2}\] errorf\n\[ {2}FAILED {2}\] warning\n$/);
});

t.test('all pass', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout, status } = await runCommand(['--mode', 'test', '-e', 'test:one { } tracepoint:sched:sched_switch { }']);
  t.equal(status, 0);
  t.equal(plain(stdout), '[==========] Running 1 test.\n[ RUN      ] one\n[       OK ] one (T)\n[==========] 1 test ran.\n[  PASSED  ] 1 test.\n');
});

t.test('-f json', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout, status } = await runCommand(['-f', 'json', '--test', '-e', 'test:good { } test:bad { printf("\\"why\\"\\n"); return 1; }']);
  t.equal(status, 1);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as { type: string; data: Record<string, { duration: number; passed: boolean; output: string }> });
  t.strictSame(lines.map(({ type, data }) => [type, ...Object.entries(data).map(([name, { passed, output, duration }]) => [name, passed, output, typeof duration])]), [
    ['test_result', ['good', true, '', 'number']], ['test_result', ['bad', false, '"why"\n', 'number']],
  ]);
  const bench = await runCommand(['-f', 'json', '--bench', '-e', script]);
  t.match(bench.stdout, /^\{"type": "benchmark_result", "data": \{"loop": \{"average": \d+, "iters": \d+\}\}\}\n$/);
});

t.test('--mode compiler-bench', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout, stderr, status } = await runCommand(['--mode', 'compiler-bench', '-e', 'begin { print(1); }']);
  t.match(stdout, /^Benchmark {32}Time\(ns\) {7}Iterations\n-{66}\ncompile {34}\d+ +\d{2,}\n$/);
  t.same({ stderr, status }, { stderr: '', status: 0 });
  t.match(await runCommand(['--mode', 'compiler-bench', '-e', 'begin { print(x); }']), { stdout: '', status: 1 });
});

t.test('--bench', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout, status } = await runCommand(['--bench', '-e', script]);
  t.equal(status, 0);
  t.match(stdout, /^Benchmark {32}Time\(ns\) {7}Iterations\n-+\nloop {37}\d+ +\d+\n$/);
});

t.test('outside of their mode they are not there', async (t) => {
  if (!needs(t, 'root')) return;
  const cases: [script: string, stdout: RegExp, status: number][] = [
    ['test:a { }', /^No probes attached; use --test to run test probes\.\n$/, 1],
    ['bench:a { }', /^No probes attached; use --bench to run benchmark probes\.\n$/, 1],
    ['begin { printf("hi\\n"); } test:a { printf("not me\\n"); }', /^hi\n+$/, 0],
  ];
  for (const [script, stdout, status] of cases) {
    const ended = await runCommand(['-e', script]);
    t.match(ended.stdout, stdout);
    t.equal(ended.status, status);
  }
});
