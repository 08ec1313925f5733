// Whole scripts without a kernel: order of begin, events, exit and end; maps at the end.

import t from 'tap';
import { complaintsOf, outputOf, runInSim } from '../../../helpers/sim-session.js';

const rows: [title: string, script: string, want: string][] = [
  ['appendix A 1', 'begin { $x = 7; $y = $x--; printf("%d %d\\n", $x, $y); }', '6 7\n'],
  ['appendix A 3', 'begin { @m["b"] = 2; @m["a"] = 9; }', '@m[b]: 2\n@m[a]: 9\n'],
  ['appendix A 4', 'begin { @s["b"] = "x"; @s["a"] = "y"; }', '@s[a]: y\n@s[b]: x\n'],
  ['begin runs before end', 'end { printf("b\\n"); } begin { printf("a\\n"); }', 'a\nb\n'],
  ['several begin probes run in source order', 'begin { printf("a\\n"); } begin { printf("b\\n"); }', 'a\nb\n'],
  ['events after exit are thrown away, those of end are not', 'begin { exit(); } begin { printf("no\\n"); } end { printf("bye\\n"); }', 'bye\n'],
  ['maps print in the order of their names', 'begin { @b = 1; @a = 2; @ = 3; }', '@: 3\n@a: 2\n@b: 1\n'],
  ['print_maps_on_exit=false', 'config = { print_maps_on_exit = false } begin { @a = 2; printf("x\\n"); }', 'x\n'],
  ['clear in end empties a map before it prints', 'begin { @a = 2; @b[1] = 1; @c = 1; } end { clear(@a); clear(@b); }', '@c: 1\n'],
  ['zero keeps elements', 'begin { @a = 2; @b[7] = 1; @c = count(); } end { zero(@a); zero(@b); zero(@c); }', '@a: 0\n@b[7]: 0\n@c: 0\n'],
  ['a zeroed map that was never written stays away', 'begin { if (0) { @a = 2; } zero(@a); }', ''],
  ['print and clear', `
    begin {
      @n = count(); @x++; @m["a"] = 1; @k[1] = count();
      print(@n); print(@x); print(@m); print(@k);
      clear(@n); clear(@x); clear(@m); clear(@k);
    }
    end { @n = count(); @m["b"] = 2; }`, '@n: 1\n@x: 1\n@m[a]: 1\n@k[1]: 1\n@m[b]: 2\n@n: 1\n'],
  ['print and zero', `
    begin {
      @n = sum(5); @m["a"] = 1; @k[1] = sum(4);
      print(@n); print(@m); print(@k);
      zero(@n); zero(@m); zero(@k);
    }
    end { @n = sum(2); @k[1] = sum(3); }`, '@n: 5\n@m[a]: 1\n@k[1]: 4\n@k[1]: 3\n@m[a]: 0\n@n: 2\n'],
  ['a scalar that a program reads is cleared for it too', 'begin { @n = count(); @x++; print(@n); print(@x); clear(@n); clear(@x); } end { printf("%d %d\\n", @n, @x); }', '@n: 1\n@x: 1\n0 0\n'],
  ['a statement that uses the map stands between', 'begin { @x = 1; print(@x); @x = 2; clear(@x); }', '@x: 2\n'],
];

for (const [title, script, want] of rows) {
  t.test(title, async (t) => {
    t.equal(outputOf(script), want);
  });
}

t.test('exit status', async (t) => {
  t.equal(runInSim('begin { exit(3); } end { printf("bye\\n"); }').status, 3);
});

t.test('fired probes', async (t) => {
  const { stdout } = runInSim('tracepoint:sched:sched_switch { @[comm] = count(); } interval:s:1 { printf("tick\\n"); }', {
    fire: [{ times: 2, task: { comm: 'bash' } }, 'interval:s:1', { probe: 'tracepoint:sched:sched_switch', task: { comm: 'cat' }, cpu: 1 }],
  });
  t.equal(stdout, 'tick\n\n\n@[cat]: 1\n@[bash]: 2\n');
});

t.test('after exit nothing fires any more', async (t) => {
  const { stdout } = runInSim('interval:s:1 { @n++; printf("%d\\n", @n); if (@n == 2) { exit(); } }', { fire: [{ times: 5 }] });
  t.equal(stdout, '1\n2\n\n\n@n: 2\n');
});

// what a probe does that fires before the runtime has heard of exit(): the machine's programs are run one after another, unread
const late: [title: string, script: string, programs: string[], want: string][] = [
  ['the probe itself, on any CPU', 'interval:s:1 { @n++; exit(); }', ['interval:s:1', 'interval:s:1'], '@n: 1\n'],
  ['another probe', 'interval:s:1 { exit(); } tracepoint:sched:sched_switch { @n++; }', ['tracepoint:sched:sched_switch', 'interval:s:1', 'tracepoint:sched:sched_switch'], '@n: 1\n'],
  ['exit() in a function', 'fn leave() : void { exit(); } interval:s:1 { @n++; leave(); }', ['interval:s:1', 'interval:s:1'], '@n: 1\n'],
  ['exit() in assert', 'interval:s:1 { @n++; assert(false, "no"); }', ['interval:s:1', 'interval:s:1'], '@n: 1\n'],
  ['exit() in begin', 'begin { exit(); } interval:s:1 { @n++; }', ['interval:s:1'], ''],
  ['exit() in end ends nothing else', 'interval:s:1 { @n++; } end { exit(); } end { @n++; }', ['interval:s:1', 'interval:s:1'], '@n: 3\n'],
  ['a call that is only looked at ends nothing', 'config = { unstable_typeinfo = enable } interval:s:1 { @n++; $t = typeinfo(exit(1)); }', ['interval:s:1', 'interval:s:1'], '@n: 2\n'],
  ['begin probes all run', 'begin { exit(); } begin { @n++; }', [], '@n: 1\n'],
];

for (const [title, script, programs, want] of late) {
  t.test(`after exit: ${title}`, async (t) => {
    const { stdout } = runInSim(script, {
      fire: [],
      prepare: (machine, { manifest }) => {
        const names = programs.map((probe) => manifest.programs.find((program) => program.probe === probe)!.name);
        for (const begin of manifest.programs) if (begin.attach.kind === 'begin' && programs.length > 0) machine.run(begin.name);
        names.forEach((name, i) => machine.run(name, { cpu: i % 2 }));
      },
    });
    t.equal(stdout.trimStart(), want);
  });
}

t.test('a scalar is cleared again and again', async (t) => {
  const { stdout } = runInSim('interval:s:1 { @n = count(); @x += 2; @s = sum(0); print(@n); print(@x); print(@s); clear(@n); clear(@x); zero(@s); }', { fire: [{ times: 3 }, { times: 1, cpu: 1 }] });
  t.equal(stdout, `${'@n: 1\n@x: 2\n@s: 0\n'.repeat(4)}\n\n@s: 0\n`);
});

t.test('JSON', async (t) => {
  const { stdout } = runInSim('begin { printf("x\\n"); @[1] = 2; }', { format: 'json' });
  t.equal(stdout, '{"type": "printf", "data": "x\\n"}\n{"type": "map", "data": {"@": {"1": 2}}}\n');
});

t.test('failures of helpers are told with their place', async (t) => {
  const { stderr } = runInSim('begin { @[1] = 1; @[2] = 2; }', { config: { max_map_keys: 1 } });
  t.match(stderr, /^stdin:1:\d+-\d+: WARNING: Map full; can't update element\..*\nAdditional Info - helper: map_update_elem, retcode: -7\n/);
});

const full = 'let @m = hash(1); interval:s:1 { @n++; @m[@n] = 1; }';
const warningOf = (stderr: string): string => stderr.replace(/^.*[{].*\n *~+\n/gm, '').replace(/element\. .*/, 'element.');

t.test('a place that fails again and again is told once, then counted', async (t) => {
  const { stderr, lost } = runInSim(full, { fire: [{ times: 1001 }] });
  t.equal(warningOf(stderr), "stdin:1:40-50: WARNING: Map full; can't update element.\nAdditional Info - helper: map_update_elem, retcode: -7\nstdin:1:40-50: WARNING: … and 999 more times\n");
  t.equal(lost, 0);
});

t.test('on all CPUs', async (t) => {
  const { stderr } = runInSim(full, { fire: [{ times: 3 }, { times: 2, cpu: 1 }] });
  t.equal(stderr.match(/Map full/g)?.length, 1);
  t.match(stderr, /… and 3 more times\n$/);
});

t.test('two places, one of them twice', async (t) => {
  const { stderr } = runInSim('interval:s:1 { @a = 1 / cpu; } interval:s:2 { @b = 1 % cpu; }', { fire: ['interval:s:1', 'interval:s:2', 'interval:s:1'] });
  t.equal(stderr.match(/Divide or modulo by 0/g)?.length, 2);
  t.equal(stderr.match(/^.*more.*$/gm)?.join(), 'stdin:1:21-28: WARNING: … and 1 more time');
});

t.test('missing elements have the result 0 (-k)', async (t) => {
  const { stderr } = runInSim('begin { @m[1] = 1; @x = @m[5]; } interval:s:1 { @x = @m[6]; }', { verboseErrors: true, fire: [{ times: 3 }] });
  t.equal(stderr.match(/helper: map_lookup_elem, retcode: 0/g)?.length, 2);
  t.match(stderr, /… and 2 more times\n$/);
});

t.test('the count in JSON', async (t) => {
  const { stdout } = runInSim(full, { format: 'json', fire: [{ times: 5 }] });
  const object = '{"type": "helper_error", "msg": "Argument list too long", "helper": "map_update_elem", "retcode": -7, "filename": "stdin", "line": 1, "col": 40';
  t.equal(stdout.split('\n').slice(0, 2).join('\n'), `${object}}\n${object}, "count": 3}`);
});

t.test('a warning without room in the ring buffer is told at the end and no lost event', async (t) => {
  const { stderr, lost } = runInSim(full, { fire: [{ times: 4 }], prepare: (machine) => fill(machine.ringBuffer('tbpf_events')) });
  t.equal(warningOf(stderr), "stdin:1:40-50: WARNING: Map full; can't update element.\nAdditional Info - helper: map_update_elem, retcode: -7\nstdin:1:40-50: WARNING: … and 2 more times\n");
  t.equal(lost, 0);
});

t.test('failures of helpers are not told with --no-warnings', async (t) => {
  t.equal(runInSim(full, { fire: [{ times: 4 }], warnings: false }).stderr, '');
});

t.test('lost events', async (t) => {
  const { stderr, lost } = runInSim('begin { $i = 0; while ($i < 100) { printf("%s\\n", str(0)); $i++; } }', { prepare: (machine) => fill(machine.ringBuffer('tbpf_events')) });
  t.equal(lost, 100);
  t.equal(stderr, 'Lost 100 events\nWARNING: Total lost event count: 100\n');
});

/** Leaves no room for a record. */
function fill(ring: { reserve(size: number): unknown }): void {
  for (let size = 1 << 19; size >= 8; ) if (ring.reserve(size) === undefined) size >>= 1;
}

t.test('errors of the compiler', async (t) => {
  t.match(complaintsOf('begin { printf(foobar); }'), /^stdin:1:\d+-\d+: ERROR: /);
  t.equal(runInSim('begin { printf(foobar); }').status, 1);
});
