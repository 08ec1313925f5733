// uprobe and uretprobe on the running kernel: a C program whose calls are known. One program for all matches of a pattern knows which function it was.

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { lacking } from './machines.js';
import { CProgram } from './program.js';
import { fireTogether, nothingLeft, tellWrong, type Row, type Wrong } from './tables.js';
import { Worker, mapLines } from './worker.js';

const calls = 'getppid() for 1 .. 7;';

t.test('probe', async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  const libc = runningMachine().binary('libc.so.6')!.path;
  const ways: [title: string, machine: ReturnType<typeof lacking>][] = [
    ['one link each', lacking('uprobe_multi')],
    ['one program each', lacking('uprobe_multi', 'helper:get_attach_cookie')],
  ];
  if (runningMachine().has('uprobe_multi')) ways.push(['one link for all', runningMachine()]);
  for (const [title, machine] of ways) {
    t.test(title, async (t) => {
      const worker = new Worker(calls);
      await worker.ready;
      const script = `uprobe:${libc}:get*pid { @[probe] = count(); } uretprobe:${libc}:get*pid { @r[probe] = count(); @v = max(retval); }`;
      const { stdout, stderr } = await runLive(script, { pid: worker.pid, during: worker.work, target: machine });
      t.strictSame(mapLines(stdout), [`@[uprobe:${libc}:getppid]: 7`, `@r[uretprobe:${libc}:getppid]: 7`, `@v: ${process.pid}`], stderr);
    });
  }
});

const times = (n: number, line: (i: number) => string): string[] => Array.from({ length: n }, (_, i) => line(i + 1));

t.test('a program of C', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  const program = new CProgram();
  t.teardown(() => program.close());
  const { tenfold } = await program.places();
  const { path, pid, work } = program;
  const probe = `uprobe:${path}:tenfold`;
  const hexadecimal = `0x${tenfold.toString(16)}`;

  const rows: Row[] = [
    ['arguments', `${probe} { @arguments[arg0, arg1] = count(); }`, times(7, (i) => `@arguments[${i}, 2]: 1`)],
    ['results', `uretprobe:${path}:tenfold { @results[retval] = count(); }`, times(7, (i) => `@results[${10 * i + 2}]: 1`)],
    ['results of two', `uretprobe:${path}:tenfold,uretprobe:${path}:outer { @two[probe] = sum(retval); }`, [`@two[uretprobe:${path}:tenfold]: 294`, `@two[uretprobe:${path}:outer]: 301`]],
    ['who', `${probe} { @who[pid, tid, comm] = count(); }`, [`@who[${pid}, ${pid}, watched]: 7`]],
    ['func and probe', `${probe} { @names[func, probe] = count(); }`, [`@names[tenfold, ${probe}]: 7`]],
    ['func is one key at entry and return', `uretprobe:${path}:tenfold { @both[has_key(@in, func), func] = count(); } ${probe} { @in[func] = 1; }`, ['@both[true, tenfold]: 7']],
    ['stacks of several functions that return to one are one key', `uretprobe:${path}:tenfold { @returns[ustack] = count(); } uretprobe:${path}:tenfold { @returns[ustack] = count(); }`, /^@returns\[\n( {8}.*\n)*\]: 14$/m],
    ['probe of a return', `uretprobe:${path}:tenfold { @return[probe] = count(); }`, [`@return[uretprobe:${path}:tenfold]: 7`]],
    ['a name of its own', `here=${probe} { @named[probe] = count(); }`, ['@named[here]: 7']],
    ['the aliases', `u:${path}:tenfold,ur:${path}:tenfold { @alias[probe] = count(); }`, [`@alias[${probe}]: 7`, `@alias[uretprobe:${path}:tenfold]: 7`]],
    ['the top of the stack', `${probe} { @top[ustack(1)] = count(); }`, /^@top\[\n {8}tenfold\+0\n\]: 7$/m],
    ['the stack at a return', `uretprobe:${path}:tenfold { @above[ustack] = count(); }`, /^@above\[\n( {8}.*\n)* {8}outer\+\d+\n( {8}.*\n)*\]: 7$/m],
    ['registers', `${probe} { @ip[reg("${runningMachine().arch === 'x86_64' ? 'ip' : 'pc'}")] = count(); }`, [`@ip[${tenfold}]: 7`]],
    ['registers as symbols', `${probe} { @symbol[usym(reg("${runningMachine().arch === 'x86_64' ? 'ip' : 'pc'}"))] = count(); }`, ['@symbol[tenfold]: 7']],
    ...(process.arch === 'x64' ? [['user mode', `${probe} { @mode[usermode] = count(); }`, ['@mode[1]: 7']] as Row] : []),
    ['an address', `uprobe:${path}:${hexadecimal} { @address[arg1, probe] = count(); }`, [`@address[2, uprobe:${path}:${tenfold}]: 7`]],
    ['an address in decimal, of a return', `uretprobe:${path}:${tenfold} { @back[probe] = sum(retval); }`, [`@back[uretprobe:${path}:${tenfold}]: 294`]],
    ['a pattern for functions', `uprobe:${path}:*enf* { @functions[probe] = count(); }`, [`@functions[${probe}]: 7`]],
    ['a pattern for files', `uprobe:${path.slice(0, -7)}*hed:tenfold { @files[probe] = count(); }`, [`@files[${probe}]: 7`]],
    ['a pattern that meets its source too', `uprobe:${path.slice(0, -7)}watch*:tenfold { @sources[probe] = count(); }`, [`@sources[${probe}]: 7`]],
    ['every overload of C++', `uprobe:${path}:cpp:"math::add" { @overloads[func] = count(); }`, ['@overloads[math::add(int, int)]: 2', '@overloads[math::add(long, long)]: 3']],
    ['one of C++', `uprobe:${path}:cpp:"math::add(int, int)" { @overload[func, arg1] = count(); }`, ['@overload[math::add(int, int), 40]: 2']],
    ['results of C++', `uretprobe:${path}:cpp:"math::add(long, long)" { @sums[retval] = count(); }`, ['@sums[40]: 1', '@sums[41]: 1', '@sums[42]: 1']],
    ['a pattern for C++', `uprobe:${path}:cpp:"math::a*" { @cpp[arg1] = count(); }`, ['@cpp[40]: 5']],
    ['its own name in the file', `uprobe:${path}:_ZN4math3addEii { @mangled[probe] = count(); }`, [`@mangled[uprobe:${path}:_ZN4math3addEii]: 2`]],
    ['time between entry and return', `uprobe:${path}:outer { @start[tid] = nsecs; } uretprobe:${path}:outer /@start[tid]/ { if (nsecs > @start[tid]) { @ok = count(); } delete(@start[tid]); }`, /^@ok: 7$/m],
    // reversed: what is attached last fires first
    ['several blocks fire in source order', `${probe} { @order = arg0; } ${probe} { @order = @order * 2; } ${probe} { @order = @order + 3; }`, ['@order: 17']],
  ];
  await t.test('what it can say', (t) => fireTogether(t, rows, { during: work }));

  await t.test('an offset', async (t) => {
    if (runningMachine().arch !== 'x86_64') return t.plan(0, 'where instructions begin is known for x86_64');
    await fireTogether(t, [
      ['probe and func', `${probe}+4 { @names[probe, func] = count(); }`, [`@names[${probe}+4, tenfold]: 7`]],
      ['in hexadecimal', `${probe}+0x4 { @hexadecimal[probe] = count(); }`, [`@hexadecimal[${probe}+4]: 7`]],
      ['the stack, where the frame is complete', `${probe}+4 { @stack[ustack(3)] = count(); }`, /^@stack\[\n {8}tenfold\+4\n {8}outer\+\d+\n {8}main\+\d+\n\]: 7$/m],
      ['the stack as perf writes it', `${probe}+4 { @perf[ustack(perf, 1)] = count(); }`, new RegExp(`^@perf\\[\\n\\t${(tenfold + 4n).toString(16)} tenfold\\+4 \\(${path}\\)\\n\\]: 7$`, 'm')],
    ], { during: work });
  });

  await t.test('texts in keys count up to their NUL', async (t) => {
    const { stdout } = await runLive(`struct named { char name[16]; char path[200]; };
      uprobe:${path}:named { $n = (struct named *)arg0; @a[$n->name] = count(); @b[1, $n->path] = sum(2); $copy = $n->name; @c[$copy, $n->path] = hist(1); @d[has_key(@a, "abc")] = count(); }`, { during: work });
    t.strictSame(mapLines(stdout).filter((line) => !line.startsWith('@c')).sort(), ['@a[abc]: 4', '@b[1, /a/b]: 8', '@d[true]: 4']);
    t.match(stdout, /^@c\[abc, \/a\/b\]:\n\[1\] +4 \|/m);
  });

  await t.test('of one process', async (t) => {
    await fireTogether(t, [
      ['the target may be left out', 'uprobe:tenfold { @executable[probe, pid] = count(); }', [`@executable[${probe}, ${pid}]: 7`]],
      ['of C++ too', 'uprobe:cpp:"math::add" { @cpp[func] = count(); }', ['@cpp[math::add(int, int)]: 2', '@cpp[math::add(long, long)]: 3']],
      ['wherever it has the function', 'uprobe:*:tenfold { @mapped[probe] = count(); }', [`@mapped[${probe}]: 7`]],
      ['a library of it', 'uprobe:libc:puts { @library[pid] = count(); }', [`@library[${pid}]: 1`]],
    ], { pid, during: work });
    const { stdout, stderr } = await runLive(`${probe} { @ = count(); }`, { pid: process.pid, during: work });
    t.strictSame(mapLines(stdout), [], 'others are not seen');
    t.equal(stderr, 'Attached 1 probe\n');
  });

  await t.test('what is wrong is told', async (t) => {
    const missing = `${path}-missing`;
    tellWrong(t, [
      ['uprobe { }', 'uprobe should have a target'],
      ['uretprobe { }', 'uretprobe should have a target'],
      ['uprobe:tenfold { }', 'uprobe should be attached to a function and/or address'],
      [`uprobe:${path} { }`, 'uprobe should be attached to a function and/or address'],
      [`uretprobe:${path} { }`, 'uretprobe should be attached to a function and/or address'],
      [`uprobe:${missing}:tenfold { }`, `uprobe target file '${missing}' does not exist or is not executable`],
      [`uretprobe:${missing}:tenfold { }`, `uretprobe target file '${missing}' does not exist or is not executable`],
      ['uprobe:tbpf-no-such-program:main { }', "uprobe target file 'tbpf-no-such-program' does not exist or is not executable"],
      ['uprobe:libtbpf-nosuch:main { }', "uprobe target file 'libtbpf-nosuch' does not exist or is not executable"],
      [`uprobe:${path}:nosuch { }`, `No matches for uprobe ${path}:nosuch.`],
      [`uretprobe:${path}:nosuch { }`, `No matches for uretprobe ${path}:nosuch.`],
      [`uprobe:${path}.c:tenfold { }`, `No matches for uprobe ${path}.c:tenfold.`],
      [`uprobe:${path}:nosuch* { }`, nothingLeft],
      [`uprobe:${path}:0x99999999 { }`, `Could not resolve address: ${path}:0x99999999`],
      [`uretprobe:${path}:tenfold+4 { }`, 'uretprobes can not be attached to a function offset'],
      [`uprobe:${path}:rust:tenfold { }`, 'unsupported language type: rust'],
      [`uprobe:${path}:cpp:a:b { }`, 'uprobe probe type requires 2 or 3 arguments, found 4'],
      [`uprobe:${path}@watched.c:7 { }`, `No DWARF debug info found for '${path}', cannot attach by source code location.`],
      [`uretprobe:${path}@watched.c:7 { }`, 'Source code location not allowed'],
      [`${probe} { @ = retval; }`, "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes"],
      [`uretprobe:${path}:tenfold { @ = arg0; }`, "The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
    ]);
    const { stderr } = await runLive(`${probe}+1000 { }`);
    t.match(stderr, /ERROR: Offset outside the function bounds \('tenfold' size is \d\d\)$/m);
    tellWrong(t, [
      [`uprobe:${path}:0x400010 { }`, `Could not resolve address: ${path}:0x400010`],
      [`uprobe:${path.slice(0, -7)}*hed:${hexadecimal} { }`, 'Cannot use wildcards with absolute address'],
      [`uprobe:${path}:ten*+4 { }`, 'Cannot use wildcards with an offset'],
    ]);
    const forced = compile(new Source('stdin', `uprobe:${path}.c:0x10, uprobe:${path}:0x10, uprobe:${path}:tenfold+3 { @ = count(); }`), runningMachine(), { unsafe: true });
    t.strictSame(forced.diagnostics, [], '--unsafe allows all of it');
    t.strictSame(forced.output?.manifest.programs.map(({ attach }) => attach.kind === 'uprobe' && attach.fileOffset), [16n, 16n, tenfold - 0x400000n + 3n]);
    const inside = 'Possible attachment attempt in the middle of an instruction, try a different offset.';
    if (runningMachine().arch === 'x86_64') {
      tellWrong(t, [
        [`${probe} { @ = arg6; }`, "x86_64 doesn't support arg6"],
        ...[2, 3, 5].map((offset): Wrong => [`${probe}+${offset} { }`, inside]),
        [`uprobe:${path}:0x${(tenfold + 2n).toString(16)} { }`, inside],
        [`uretprobe:${path}:0x${(tenfold + 4n).toString(16)} { }`, 'uretprobes can not be attached to a function offset'],
      ]);
    }
  });
});
