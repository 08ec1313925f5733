// The script of opensnoop on made-up calls: which of them it tells, and what.

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { manifestToJson } from '../../../../lib/model/layout/manifest.js';
import { Source } from '../../../../lib/model/source/source.js';
import { simulate, type SimulatedEvent, type TraceEvent } from '../../../../lib/simulate.js';
import { matcher } from '../../../../lib/model/target/pattern.js';
import type { TracepointFormat } from '../../../../lib/model/target/target.js';
import { opensnoopScript, type ScriptOptions } from '../../../../tools/opensnoop/script.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

/** A machine that has openat alone, as arm64 has no open. */
class OpenatOnly extends FixtureTarget {
  readonly #events = ['sys_enter_openat', 'sys_exit_openat'];

  override matchTracepoints(category: string, event: string): readonly (readonly [string, string])[] {
    return category === 'syscalls' ? this.#events.filter(matcher(event)).map((name) => [category, name]) : [];
  }

  override tracepoint(category: string, event: string): TracepointFormat | undefined {
    const enter = super.tracepoint('syscalls', 'sys_enter_openat')!;
    if (category !== 'syscalls' || !this.#events.includes(event)) return undefined;
    return event === 'sys_enter_openat' ? enter : { ...enter, event, fields: [enter.fields[0]!, { name: 'ret', type: 'long', offset: 16, size: 8, signed: true }] };
  }
}

const nothing: ScriptOptions = {
  pid: undefined, tid: undefined, uid: undefined, command: false, failed: false, name: undefined, flagFilter: [], exactFlags: [], write: false, path: undefined,
  fullPath: false, callers: false, source: 'tracepoint', all: false, compat: false, bufferPages: undefined, origin: false, conditions: [], fields: '',
};

interface Call { readonly filename: string; readonly flags?: number; readonly ret: number; readonly world?: Omit<SimulatedEvent, 'args'> }

/** What a script says of calls, each of which enters and returns. */
function told(options: Partial<ScriptOptions>, calls: readonly Call[]): string[] {
  const { diagnostics, output } = compile(new Source('opensnoop', opensnoopScript({ ...nothing, ...options })), new OpenatOnly(), {});
  if (!output) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const simulation = simulate({ elf: output.elf, manifest: manifestToJson(output.manifest) });
  const name = 0x7000n;
  return calls.flatMap(({ filename, flags = 0, ret, world }) => {
    const memory = new Map([[name, Buffer.from(`${filename}\0`)]]);
    const entered = simulation.fire('tracepoint:syscalls:sys_enter_openat', { ...world, memory, args: { filename: name, flags, dfd: -100, mode: 0o644 } });
    const returned = simulation.fire('tracepoint:syscalls:sys_exit_openat', { ...world, memory, args: { ret } });
    return [...entered, ...returned].map(text);
  });
}

function text(event: TraceEvent): string {
  if (event.type !== 'emit' || event.name !== 'open') throw new Error(`not an open: ${event.type}`);
  const { path, ret, flags, mode, first } = event.fields as Record<string, unknown>;
  return `${String(path)} ${String(ret)} ${String(flags)} ${String(mode)}${first === undefined ? '' : ` ${String(first)}`}`;
}

const some: Call[] = [{ filename: '/etc/passwd', ret: 3 }, { filename: 'none', flags: 0o1, ret: -2 }];

const cases: [title: string, options: Partial<ScriptOptions>, calls: readonly Call[], want: readonly string[]][] = [
  ['a call that succeeds, and one that fails', {}, some, ['/etc/passwd 3 0 420', 'none -2 1 420']],
  ['failures only', { failed: true }, some, ['none -2 1 420']],
  ['a process', { pid: 7 }, [{ ...some[0]!, world: { pid: 7, tid: 8 } }, { ...some[1]!, world: { pid: 8, tid: 7 } }], ['/etc/passwd 3 0 420']],
  ['a thread wins over a process', { pid: 7, tid: 8 }, [{ ...some[0]!, world: { pid: 6, tid: 8 } }, { ...some[1]!, world: { pid: 7, tid: 7 } }], ['/etc/passwd 3 0 420']],
  ['user 0', { uid: 0 }, [{ ...some[0]!, world: { uid: 0 } }, { ...some[1]!, world: { uid: 1000 } }], ['/etc/passwd 3 0 420']],
  ['a part of the name of the thread', { name: 'er' }, [{ ...some[0]!, world: { comm: 'perl' } }, { ...some[1]!, world: { comm: 'bash' } }], ['/etc/passwd 3 0 420']],
  ['a name that has quotes', { name: '"; exit(); //' }, some, []],
  ['one flag of several', { flagFilter: ['O_WRONLY', 'O_RDWR'] }, some, ['none -2 1 420']],
  ['O_RDONLY, which is 0', { flagFilter: ['O_RDONLY'] }, some, ['/etc/passwd 3 0 420']],
  ['all flags', { exactFlags: ['O_WRONLY', 'O_CLOEXEC'] }, [{ filename: 'a', flags: 0o2000001, ret: 3 }, { filename: 'b', flags: 0o1, ret: 3 }], ['a 3 524289 420']],
  ['writing', { write: true }, [...some, { filename: 'c', flags: 0o100, ret: 3 }], ['none -2 1 420', 'c 3 64 420']],
  ['the beginning of a path', { path: '/etc/*wd' }, [...some, { filename: '/et', ret: 3 }, { filename: '/etc/x', ret: 4 }], ['/etc/passwd 3 0 420', '/etc/x 4 0 420']],
  ['the first event counts even where -x leaves it out', { failed: true, origin: true }, [{ ...some[0]!, world: { nsecs: 1000n } }, { ...some[1]!, world: { nsecs: 5000n } }], ['none -2 1 420 1000']],
  ['but not where -f does', { flagFilter: ['O_WRONLY'], origin: true }, [{ ...some[0]!, world: { nsecs: 1000n } }, { ...some[1]!, world: { nsecs: 5000n } }], ['none -2 1 420 5000']],
];
for (const [title, options, calls, want] of cases) t.test(title, async (t) => t.same(told(options, calls), want));
