// begin, end and self on the running kernel: what tbpf runs by itself, in which order, and what is wrong.

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { createWriter, MemorySink, plainRendering } from '../../../lib/runtime/output/index.js';
import { emitEnd, loadScript } from '../../../lib/trace/live.js';
import { startValuesNow } from '../../../lib/trace/machine.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { tellWrong } from './tables.js';
import { signaller } from './worker.js';

const ways: [title: string, script: string, stdout: string, status?: number][] = [
  ['begins in source order', 'begin { printf("a\\n"); } begin { printf("b\\n"); } begin { printf("c\\n"); }', 'a\nb\nc\n\n\n'],
  ['ends in source order, behind begins', 'end { printf("y\\n"); } begin { printf("a\\n"); } end { printf("z\\n"); }', 'a\ny\nz\n\n\n'],
  ['one block for both', 'begin,end { @++; printf("%s %d\\n", probe, @); }', 'begin 1\nend 2\n\n\n@: 2\n'],
  ['in capitals', 'BEGIN { printf("%s\\n", probe); } END { printf("%s\\n", probe); }', 'begin\nend\n\n\n'],
  ['names of their own', 'first=begin { printf("%s\\n", probe); } last=end { printf("%s\\n", probe); }', 'first\nlast\n\n\n'],
  ['a pattern for the kind', 'beg* { printf("%s\\n", probe); }', 'begin\n\n\n'],
  ['without a begin', 'end { printf("end\\n"); }', 'end\n\n\n'],
  ['predicates', 'begin /pid == 0/ { printf("no\\n"); } begin /pid != 0/ { printf("yes\\n"); }', 'yes\n\n\n'],
  ['what is said before exit is said, and end runs', 'begin { printf("a\\n"); exit(3); printf("b\\n"); } end { printf("end\\n"); }', 'a\nend\n\n\n', 3],
  ['maps are printed behind end', 'begin { @x = 1; } end { @x = 2; printf("%d\\n", @x); }', '2\n\n\n@x: 2\n'],
  ['it is this process', `begin { printf("%s %s\\n", pid == ${process.pid} ? "this" : "another", uid == 0 ? "root" : "nobody"); }`, 'this root\n\n\n'],
  ['time', 'begin { @a = nsecs; if (elapsed < 60000000000) { printf("now\\n"); } } end { printf("%s\\n", nsecs > @a ? "later" : "earlier"); clear(@a); delete(@a); }', 'now\nlater\n\n\n'],
];

t.test('begin and end', async (t) => {
  if (!needs(t, 'root')) return;
  for (const [title, script, stdout, status = 0] of ways) {
    t.test(title, async (t) => {
      const ended = await runLive(script);
      t.equal(ended.stdout, stdout);
      t.equal(ended.status, status);
    });
  }
});

t.test('begin comes before what is attached, end behind it', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const worker = signaller();
  await worker.ready;
  const { stdout, stderr } = await runLive(`end { printf("end %d\\n", @n); @n = 100; } tracepoint:signal:signal_deliver /pid == ${worker.pid}/ { if (@n == 40) { printf("first\\n"); } @n++; } begin { printf("begin\\n"); @n = 40; }`, { during: worker.work });
  t.equal(stderr, 'Attached 3 probes\n');
  t.equal(stdout, 'begin\nfirst\nend 47\n\n\n@n: 100\n');
});

t.test('self', async (t) => {
  if (!needs(t, 'root')) return;
  const script = `
    self:signal:SIGUSR1 { @n++; printf("%s %d %s\\n", probe, @n, pid == ${process.pid} ? "this" : "another"); } here=self:signal:SIGUSR1 { printf("%s\\n", probe); if (@n == 2) { exit(7); } }
    begin { printf("begin\\n"); } end { printf("end\\n"); }`;
  const { output: compiled } = compile(new Source('stdin', script), runningMachine());
  const out = new MemorySink();
  const writer = createWriter('text', { out, errors: out, rendering: plainRendering });
  const native = loadNative();
  const { kernel, session, services } = loadScript({ native, compiled: compiled!, writer, rendering: plainRendering, symbols: { snapshot: () => undefined, refresh: () => undefined }, startValues: startValuesNow(native) });
  t.teardown(() => kernel.close());
  session.begin();
  const ran = session.run((await session.attach()).attached);
  // it goes on although nothing is attached; whatever was said by then comes in order
  t.ok(session.signal('SIGUSR1'));
  t.ok(session.signal('SIGUSR1'));
  await ran;
  await session.end();
  emitEnd(services, writer, 0);
  t.equal(out.text, 'begin\nself:signal:SIGUSR1 1 this\nhere\nself:signal:SIGUSR1 2 this\nhere\nend\n\n\n@n: 2\n');
  t.equal(session.status, 7);
});

t.test('what is wrong is told', async (t) => {
  tellWrong(t, [
    ['begin:x { }', 'begin/end probes should not have a target'],
    ['end:x { }', 'begin/end probes should not have a target'],
    ['self:x:SIGUSR1 { }', 'x is not a supported trigger'],
    ['self:*:SIGUSR1 { }', '* is not a supported trigger'],
    ['self:signal:SIGUSR2 { }', 'SIGUSR2 is not a supported signal'],
    ['self:signal:SIGUSR* { }', 'SIGUSR* is not a supported signal'],
    ['self:signal:USR1 { }', 'USR1 is not a supported signal'],
    ...['begin', 'end', 'self:signal:SIGUSR1'].flatMap((point): [string, string][] => {
      const [kind] = point.split(':') as [string];
      return [
        [`${point} { @ = args.x; }`, `The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes (${kind} used here)`],
        [`${point} { @ = arg0; }`, "The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
        [`${point} { @ = retval; }`, "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes"],
        [`${point} { @ = func; }`, `The func builtin can not be used with '${kind}' probes`],
        [`${point} { @ = reg("ip"); }`, `reg can not be used with "${kind}" probes`],
      ];
    }),
  ]);
});
