// Specifiers of argdist as scripts.

import t from 'tap';
import grammar from '../../../../tools/argdist/grammar.generated.js';
import { argdistScript, type ScriptOptions } from '../../../../tools/argdist/script.js';
import { readings, type Grammar } from '../../../../tools/probes/parse.js';
import { ProbeTextError } from '../../../../tools/probes/problem.js';

const options: ScriptOptions = { stringBytes: 80, conditions: [], definitions: '', find: (name) => (name === 'c' ? '/libc.so' : undefined) };

const rows: [kind: 'count' | 'hist', text: string, script: string, heading: string][] = [
  ['hist', 'p::__kmalloc_noprof(size_t size):u64:size', 'kprobe:__kmalloc_noprof | @hist0 = hist((uint64)((uint64)arg0));', 'size'],
  ['count', 'p:c:malloc(size_t size):size_t:size:size==16', 'uprobe:/libc.so:malloc /(((uint64)arg0) == 16)/ | @count0[(uint64)((uint64)arg0)] = count();', 'p:c:malloc(size_t size):size_t:size:size==16'],
  ['count', 'r:c:gets():char*:(char*)$retval#snooped strings', 'uretprobe:/libc.so:gets | @count0[str(((int8 *)retval), 80)] = count();', 'snooped strings'],
  ['count', 'p:c:write(int fd):int:fd', 'uprobe:/libc.so:write | @count0[(int32)((int32)arg0)] = count();', 'p:c:write(int fd):int:fd'],
  ['hist', 'r:c:read()', 'uretprobe:/libc.so:read | @hist0 = hist((int32)retval);', 'retval'],
  ['count', 'r:c:read()', 'uretprobe:/libc.so:read | @count0[(int32)retval] = count();', 'r:c:read()'],
  ['count', 't:syscalls:sys_exit_epoll_wait():char*:$COMM', 'tracepoint:syscalls:sys_exit_epoll_wait | @count0[comm] = count();', 't:syscalls:sys_exit_epoll_wait():char*:$COMM'],
  ['hist', 't:block:block_rq_complete():u32:args->nr_sector', 'tracepoint:block:block_rq_complete | @hist0 = hist((uint32)args.nr_sector);', 'args->nr_sector'],
  ['count', 't:irq:irq_handler_entry():int:args->irq', 'tracepoint:irq:irq_handler_entry | @count0[(int32)args.irq] = count();', 't:irq:irq_handler_entry():int:args->irq'],
  ['count', 'p:c:fork()#fork calls', 'uprobe:/libc.so:fork | @count0 = count();', 'fork calls'],
  ['count', 'p::f(size_t size, gfp_t flags):gfp_t,size_t:flags,size', 'kprobe:f | @count0[(gfp_t)((gfp_t)arg1), (uint64)((uint64)arg0)] = count();', 'p::f(size_t size, gfp_t flags):gfp_t,size_t:flags,size'],
  // a ternary has a colon, and a call commas
  ['hist', 'p:c:malloc(size_t s):u64:s ? s : 1:s>2', 'uprobe:/libc.so:malloc /(((uint64)arg0) > 2)/ | @hist0 = hist((uint64)(((uint64)arg0) ? ((uint64)arg0) : 1));', 's ? s : 1'],
  ['count', 'p:c:open(char *f):int,char*:STRCMP("a,b:c", f),f', 'uprobe:/libc.so:open | @count0[(int32)(strncmp(str(((int8 *)arg0), 6), "a,b:c", 5) == 0), str(((int8 *)arg0), 80)] = count();', 'p:c:open(char *f):int,char*:STRCMP("a,b:c", f),f'],
  ['hist', 'p:c:malloc(size_t s):u64:s@linear(0,100,5)', 'uprobe:/libc.so:malloc | @hist0 = lhist((uint64)((uint64)arg0), 0, 100, 5);', 's'],
  ['hist', 'p:c:malloc(size_t s):u64:s@pct', 'uprobe:/libc.so:malloc | @hist0 = hist((uint64)((uint64)arg0));', 's'],
  ['hist', 'p:c:malloc(size_t s):u64:s@by($COMM)', 'uprobe:/libc.so:malloc | @hist0[comm] = hist((uint64)((uint64)arg0));', 's'],
  ['hist', 'p:c:read(int fd, void *b, size_t n):u64:n:n>1@linear(0,10,5)@by(fd & 3)', 'uprobe:/libc.so:read /(((uint64)arg2) > 1)/ | @hist0[(((int32)arg0) & 3)] = lhist((uint64)((uint64)arg2), 0, 10, 5);', 'n'],
  ['hist', 'p:c:open(char *f, int flags):int:flags@pct@by((char *)f)', 'uprobe:/libc.so:open | @hist0[str(((int8 *)((int8 *)arg0)), 80)] = hist((int32)((int32)arg1));', 'flags'],
  ['count', 'p::f(size_t size, gfp_t flags):size_t:size:flags & __GFP_ZERO', 'kprobe:f /(((gfp_t)arg1) & 256)/ | @count0[(uint64)((uint64)arg0)] = count();', 'p::f(size_t size, gfp_t flags):size_t:size:flags & __GFP_ZERO'],
  ['count', 'p:c:open(char *f, int flags):u32:$PID:flags & O_CREAT', 'uprobe:/libc.so:open /(((int32)arg1) & 64)/ | @count0[(uint32)pid] = count();', 'p:c:open(char *f, int flags):u32:$PID:flags & O_CREAT'],
  ['count', 'u:c:memory_sbrk_more():u64:arg2', 'usdt:/libc.so:memory_sbrk_more | @count0[(uint64)arg1] = count();', 'u:c:memory_sbrk_more():u64:arg2'],
  ['hist', 'u:c:libc:more():int:arg12:arg1 > 3', 'usdt:/libc.so:libc:more /(arg0 > 3)/ | @hist0 = hist((int32)arg11);', 'arg12'],
  ['count', ':c:write(int fd):int:fd', 'uprobe:/libc.so:write | @count0[(int32)((int32)arg0)] = count();', ':c:write(int fd):int:fd'],
];
for (const [kind, text, script, heading] of rows) {
  t.test(text, async (t) => {
    const made = argdistScript([{ kind, text }], options);
    const [head, body] = script.split(' | ');
    t.equal(made.text, `${head}\n{\n  ${body}\n}\n`);
    t.equal(made.specifiers[0]!.heading, heading);
    t.equal(readings(text.replace(/#.*/, ''), 'argdist', grammar as unknown as Grammar).length, 1, 'one reading');
  });
}

t.test('what the return knows of the entry', async (t) => {
  t.equal(argdistScript([{ kind: 'hist', text: 'r:c:open(char *file, int flags):u64:$latency/1000 + $entry(flags):STRCMP("test.txt",$entry(file))' }], { ...options, conditions: ['pid == 7'] }).text, `uprobe:/libc.so:open /pid == 7/
{
  $depth = @depth0[tid];
  @depth0[tid] = $depth + 1;
  @entry0[tid, $depth] = (nsecs, ((int32)arg1), ((int8 *)arg0),);
}

uretprobe:/libc.so:open /pid == 7 && @depth0[tid] > 0/
{
  $depth = @depth0[tid] - 1;
  if ($depth == 0) { delete(@depth0, tid); } else { @depth0[tid] = $depth; }
  if (has_key(@entry0, (tid, $depth))) {
    $kept0 = @entry0[tid, $depth];
    delete(@entry0, (tid, $depth));
    $latency = nsecs - $kept0.0;
    if ((strncmp(str($kept0.2, 9), "test.txt", 8) == 0)) {
      @hist0 = hist((uint64)(($latency / 1000) + $kept0.1));
    }
  }
}
`);
});

t.test('several', async (t) => {
  const { specifiers, text } = argdistScript([{ kind: 'count', text: 'p:c:fork()' }, { kind: 'hist', text: 'r:c:read()#bytes' }], { ...options, definitions: 'struct s { int a; }' });
  t.match(text, /^struct s \{ int a; \}\nuprobe[^]*\nuretprobe/);
  t.match(text, /@count0[^]*@hist1 = hist\(/);
  t.same(specifiers.map(({ map, shown, heading }) => [map, shown, heading]), [['@count0', [], 'p:c:fork()'], ['@hist1', ['retval'], 'bytes']]);
});

/** marked: what the message points at */
const wrong: [kind: 'count' | 'hist', text: string, message: string, marked: string][] = [
  ['count', 'p:c', 'at least the probe type, library, and function signature must be specified', 'p:c'],
  ['count', 'p:c()', 'at least the probe type, library, and function signature must be specified', 'p:c'],
  ['count', 'p:c:malloc', "function signature 'malloc' has an invalid format", ''],
  ['count', 'x:c:malloc()', "probe type must be 'p', 'r', 't', or 'u' but got 'x'", 'x'],
  ['count', 'p:c:malloc()#two#labels', "'#' has no meaning here", '#'],
  ['count', 'u:c:probe(int x):int:x', 'a USDT probe has no signature: its arguments are arg1, arg2 and so on', '(int x)'],
  ['hist', 'p:c:malloc()', 'histograms must have expr', '()'],
  ['hist', 'p:c:malloc(int a,int b):int,int:a,b', 'histograms can only have 1 expr', 'a,b'],
  ['count', 'p:c:malloc(int a):int:a,a', 'mismatched # of exprs and types', 'int:a,a'],
  ['count', 'p:c:malloc(int a):int', 'no exprs specified', ':int'],
  ['count', 'p:c:malloc(int a)::a', 'no expr types specified', ':'],
  ['count', 'p:c:malloc(int a):int:a:a>1:7', "extraneous ':'-separated parts detected", ':'],
  ['count', 'r:c:malloc(int a):int:$entry(b)', '$entry(b): no such param', '$entry(b)'],
  ['count', 'r:c:malloc(int a):int:$entry(a + 1)', '$entry(…): no such param', '$entry(a + 1)'],
  ['count', 'r:c:malloc(int a):int:a', 'there is no a in this probe', 'a'],
  ['count', 'p:c:malloc(int a):int:$latency', '$latency is known at the return only', '$latency'],
  ['count', 'p:c:malloc(int a):int:$entry(a)', '$entry is known at the return only', '$entry(a)'],
  ['count', 'p:c:malloc(int a):int:$retval', 'there is no $retval in this probe', '$retval'],
  ['count', 't:a:b(int x):int:args->x', 'a tracepoint has no signature: its arguments are args->FIELD', '(int x)'],
  ['count', 'p:c:malloc(int a):int:a@pct', 'only histograms (-H) have buckets', '@pct'],
  ['count', 'p:c:malloc(int a):int:a@by(a)', 'only histograms (-H) are kept by something; a count takes several expressions', '@by(a)'],
  ['hist', 'p:c:malloc(int a):int:a@by()', "')' is not expected here", ')'],
  ['hist', 'p:c:malloc(int a):int:a@by(b)', "there is no 'b' here", 'b'],
  ['count', 'p:c:malloc(int a):int:b', "there is no 'b' here", 'b'],
];
for (const [kind, text, message, marked] of wrong) {
  t.test(`wrong: ${text}`, async (t) => {
    const [first, line, marks] = messageOf(() => argdistScript([{ kind, text }], options)).split('\n');
    t.equal(first, `error parsing probe '${text}': ${message}`);
    t.equal(line!.slice(marks!.indexOf('^'), marks!.length).trimEnd(), marked);
  });
}

function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof ProbeTextError) return error.message;
    throw error;
  }
  return 'nothing is wrong';
}
