// The scripts of tools/bt: each compiles, has its example beside it, and stands in the index.
//
//   idea   this kernel may lack kprobes, or a module that is not loaded: a script that names a kernel function is compiled as if it were there

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { syscallNumber } from '../../../lib/model/target/syscalls.js';
import type { TracepointFormat } from '../../../lib/model/target/target.js';
import { RunningTarget } from '../../../lib/runtime/discover/index.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { packageRoot } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const folder = join(packageRoot, 'tools/bt');
const scripts = readdirSync(folder).filter((file) => file.endsWith('.bt')).map((file) => file.slice(0, -'.bt'.length));
const textOf = (script: string): string => readFileSync(join(folder, `${script}.bt`), 'utf8');

class MachineWithKprobes extends RunningTarget {
  override has(feature: string): boolean {
    return feature === 'kprobe' || super.has(feature);
  }

  override matchKernelFunctions(module: string, name: string): readonly { readonly module: string; readonly name: string }[] {
    return name.split('|').map((each) => ({ module: module === '*' ? 'vmlinux' : module, name: each }));
  }

  override isTraceable(): boolean {
    return true;
  }
}

/** This machine with the system calls of arm64, which has no open, creat or stat. */
class MachineWithCallsOfArm64 extends MachineWithKprobes {
  override tracepoint(category: string, event: string): TracepointFormat | undefined {
    return isLacking(category, event) ? undefined : super.tracepoint(category, event);
  }

  override matchTracepoints(category: string, event: string): ReturnType<RunningTarget['matchTracepoints']> {
    return super.matchTracepoints(category, event).filter(([category, event]) => !isLacking(category, event));
  }
}

function isLacking(category: string, event: string): boolean {
  const call = /^sys_(?:enter|exit)_(\w+)$/.exec(event)?.[1];
  return category === 'syscalls' && call !== undefined && syscallNumber('arm64', call) === undefined;
}

for (const [title, Machine] of [['they compile, without a warning', MachineWithKprobes], ['and with the system calls of arm64', MachineWithCallsOfArm64]] as const) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', 'btf', 'tracepoint')) return;
    const target = new Machine({ native: loadNative });
    for (const script of scripts) {
      const { diagnostics, output } = compile(new Source(`${script}.bt`, textOf(script)), target);
      t.strictSame(diagnostics.map((each) => each.saidBy('command').message), [], script);
      t.ok(output, script);
    }
    t.equal(target.matchTracepoints('syscalls', 'sys_enter_creat').length, Machine === MachineWithCallsOfArm64 ? 0 : 1);
  });
}

t.test('each is a command, with an example, a line in the index and a test', async (t) => {
  const index = readFileSync(join(packageRoot, 'tools/README.md'), 'utf8');
  const onTheKernel = readFileSync(join(packageRoot, 'test/kernel/bt.test.ts'), 'utf8');
  for (const script of scripts) {
    t.ok(statSync(join(folder, `${script}.bt`)).mode & 0o111, `${script} can be executed`);
    t.match(textOf(script), /^#!\/usr\/bin\/env tbpf\n\/\*\n \* \S/, `${script} says what it shows`);
    t.match(onTheKernel, `['${script}', `, `${script} is run under a load`);
    t.match(index, `| [${script}](bt/${script}.bt) ([example](bt/${script}_example.txt)) |`);
  }
  t.strictSame(readdirSync(folder).sort(), scripts.flatMap((script) => [`${script}.bt`, `${script}_example.txt`]).sort());
});

t.test('what an example shows is what the script prints', async (t) => {
  for (const script of scripts) {
    const example = readFileSync(join(folder, `${script}_example.txt`), 'utf8');
    t.match(example, new RegExp(`^# tbpf ${script}\\.bt\\n.*\\n`), script);
    const [, words] = /^begin\n\{\n {2}printf\("[^"]*\\n", (.*)\);\n/m.exec(textOf(script)) ?? [];
    if (words === undefined) continue;
    const heading = [...words.matchAll(/"([^"]*)"/g)].map(([, word]) => word!.replace(/[()]/g, '\\$&'));
    t.match(example.split('\n')[1], new RegExp(`^ *${heading.join(' +')}$`), `${script}: the heading`);
  }
});
