// What a restriction makes of a script: which probes test it, and what stands beside them.

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { Source } from '../../../../lib/model/source/source.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';
import { run } from './helper.js';

const rows: [title: string, script: string, restricted: string][] = [
  ['a probe without a predicate', 'kprobe:f { @ = 1 }', 'kprobe:f /uid == 7/ { @ = 1 }'],
  ['a predicate', 'kprobe:f /arg0 || arg1/ { @ = 1 }', 'kprobe:f /uid == 7 && (arg0 || arg1)/ { @ = 1 }'],
  ['probes that fire in no task', 'begin { } end { } interval:s:1 { } self:signal:SIGUSR1 { } iter:task { }', 'begin { } end { } interval:s:1 { } self:signal:SIGUSR1 { } iter:task { }'],
  ['both kinds in one block', 'kprobe:f, begin, uprobe:/bin/x:g { @ = 1 }', 'kprobe:f, uprobe:/bin/x:g /uid == 7/ { @ = 1 } begin { @ = 1 }'],
  ['all kinds of tasks', 'uprobe:/bin/x:g { } usdt:/bin/x:a:b { } tracepoint:a:b { } rawtracepoint:a { } fentry:f { } profile:hz:9 { } software:faults:1 { } hardware:cycles:1 { } watchpoint:0x1:8:w { }',
    ['uprobe:/bin/x:g', 'usdt:/bin/x:a:b', 'tracepoint:a:b', 'rawtracepoint:a', 'fentry:f', 'profile:hz:9', 'software:faults:1', 'hardware:cycles:1', 'watchpoint:0x1:8:w'].map((probe) => `${probe} /uid == 7/ { }`).join(' ')],
  ['a name that the script defines is not the condition\'s', '#define uid 9\nkprobe:f { @ = uid }', 'kprobe:f /uid == 7/ { @ = 9 }'],
];
for (const [title, script, restricted] of rows) {
  t.test(title, async (t) => {
    const { script: text, messages } = run(script, { restriction: { conditions: ['uid == 7'] } });
    t.equal(text.replaceAll(';', ''), restricted, messages);
  });
}

t.test('several conditions must all hold', async (t) => {
  t.match(run('kprobe:f { }', { restriction: { conditions: ['uid == 7', 'gid == 8 || cpu == 1'] } }).script, 'kprobe:f /uid == 7 && (gid == 8 || cpu == 1)/');
});

t.test('following needs the kernel\'s types', async (t) => {
  const [said] = compile(new Source('stdin', 'kprobe:vfs_read { }'), new FixtureTarget({ btf: false }), { pid: 42, restriction: { conditions: [], follows: true } }).diagnostics;
  t.match(said, { code: 'X0068', message: /no raw tracepoint sched_process_fork, sched_process_exit, sched_process_free with types/ });
});
