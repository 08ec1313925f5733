// A machine with several system calls, for scripts on made-up events.

import { alternatives } from '../../lib/model/target/pattern.js';
import type { TracepointFormat } from '../../lib/model/target/target.js';
import { compile } from '../../lib/compile.js';
import { manifestToJson } from '../../lib/model/layout/manifest.js';
import { Source } from '../../lib/model/source/source.js';
import type { Compiled } from '../../lib/simulate.js';
import { FixtureTarget } from './fixture-target.js';

/** Enough system calls that one program stands for many of their tracepoints. All have the arguments of openat. */
export class ManyCalls extends FixtureTarget {
  readonly #events = ['close', 'futex', 'ioctl', 'mmap', 'openat', 'read', 'write'].flatMap((name) => [`sys_enter_${name}`, `sys_exit_${name}`]);

  override matchTracepoints(category: string, event: string): readonly (readonly [string, string])[] {
    return category === 'syscalls' ? this.#events.filter(alternatives(event)).map((name) => [category, name]) : super.matchTracepoints(category, event);
  }

  override tracepoint(category: string, event: string): TracepointFormat | undefined {
    if (!this.#events.includes(event)) return super.tracepoint(category, event);
    const enter = super.tracepoint('syscalls', 'sys_enter_openat')!;
    const result = { name: 'ret', type: 'long', offset: 16, size: 8, signed: true };
    return { ...enter, event, fields: event.startsWith('sys_enter_') ? enter.fields : [enter.fields[0]!, result] };
  }
}

const machine = new ManyCalls();

/** A script of this machine, to be simulated. @throws Error  with what is wrong with it */
export function compiledForCalls(script: string, unsafe = false): Compiled {
  const { diagnostics, output } = compile(new Source('script', script), machine, { unsafe });
  if (!output) throw new Error(diagnostics.map(({ message }) => message).join());
  return { elf: output.elf, manifest: manifestToJson(output.manifest) };
}
