// Types of modules: what the kernel does not know, or only declares, is looked for in the modules of the script's probes (language.md 1.13).

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../../../lib/model/btf/builder.js';
import { Source } from '../../../../lib/model/source/source.js';
import { probeRecords } from '../../../../lib/language/probes/index.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const kernel = new BtfBuilder();
const word = kernel.int('int', 4, { signed: true });
kernel.struct('bus', 8, [{ name: 'device', type: kernel.ptr(kernel.fwd('device', 'struct')), offsetBits: 0 }]);
kernel.struct('shared', 4, [{ name: 'ofKernel', type: word, offsetBits: 0 }]);
const module = new BtfBuilder();
const int = module.int('int', 4, { signed: true });
module.struct('device', 12, [{ name: 'id', type: int, offsetBits: 0 }, { name: 'state', type: int, offsetBits: 64 }]);
module.struct('shared', 8, [{ name: 'ofModule', type: int, offsetBits: 32 }]);
module.typedef('device_no', module.typedef('device_id', int));
module.enum('device_state', 4, [{ name: 'DEVICE_OFF', value: 0n }, { name: 'DEVICE_ON', value: 7n }]);
const types = { vmlinux: Btf.parse(kernel.finish()), dev: Btf.parse(module.finish()) };

class Machine extends FixtureTarget {
  override readonly btfModules = ['vmlinux', 'dev'];

  override get btf(): Btf {
    return types.vmlinux;
  }

  override moduleBtf(name: string): Btf | undefined {
    return name === 'dev' ? types.dev : name === 'vmlinux' ? types.vmlinux : undefined;
  }

  override isModuleLoaded(name: string): boolean {
    return name === 'dev';
  }
}

const target = new Machine({ kernelFunctions: [{ module: 'vmlinux', name: 'vfs_read' }, { module: 'dev', name: 'dev_open' }, { module: 'dev', name: 'dev_close' }] });
const body = '{ print(sizeof(struct device)); }';
const unknown = ["Unknown struct/union: 'struct device'"];

const rows: [title: string, script: string, parameters: string[], want: string[]][] = [
  ['a module that is named', `kprobe:dev:dev_open ${body}`, [], []],
  ['a function of a module', `kprobe:dev_open ${body}`, [], []],
  ['functions by a wildcard', `kprobe:dev_* ${body}`, [], []],
  ['a module by a wildcard', `kprobe:d*:dev_open ${body}`, [], []],
  ['a parameter', `kprobe:$1:dev_open ${body}`, ['dev'], []],
  ['another block is enough', `kprobe:dev:dev_open { } begin ${body}`, [], []],
  ['a function of the kernel', `kprobe:vfs_read ${body}`, [], unknown],
  ['no module', `begin ${body}`, [], unknown],
  ['what the kernel only declares', 'kprobe:dev:dev_open { $b = (struct bus *)arg0; print($b->device->state); print(offsetof(struct device, state)); }', [], []],
  ['what the kernel only declares, elsewhere', 'kprobe:vfs_read { $b = (struct bus *)arg0; print($b->device->state); }', [], ["Struct/union of type 'struct device' does not contain a field named 'state'"]],
  ['a definition of the script with a struct of the module', 'struct mine { struct device d; int last; }; kprobe:dev:dev_open { print(offsetof(struct mine, last)); print(((struct mine *)arg0)->d.id); }', [], []],
  ['typedefs and enums', 'kprobe:dev:dev_open { print((device_no)arg0); print(DEVICE_ON); print((enum device_state)arg0); print(sizeof(enum device_state)); }', [], []],
  ['the kernel comes first', 'kprobe:dev:dev_open { print(((struct shared *)arg0)->ofKernel); }', [], []],
  ['and hides what the module has by that name', 'kprobe:dev:dev_open { print(((struct shared *)arg0)->ofModule); }', [], ["Struct/union of type 'struct shared' does not contain a field named 'ofModule'"]],
];
for (const [title, script, parameters, want] of rows) {
  t.same(compile(new Source('stdin', script), target, { parameters }).diagnostics.map(({ message }) => message), want, title);
}

const functions = ['kprobe', 'kretprobe', 'fentry', 'fexit'];
const places: [kinds: string[], parts: string[], want: string[]][] = [
  [functions, ['dev', 'dev_open'], ['dev']],
  [functions, ['d*', 'dev_open'], ['d*']],
  [functions, ['dev_open'], ['dev']],
  [functions, ['dev_open+8'], ['dev']],
  [functions, ['dev_*'], ['dev', 'dev']],
  [functions, ['nothing'], []],
  [['rawtracepoint'], ['dev', 'event'], ['dev']],
  [['rawtracepoint'], ['sched_switch'], ['vmlinux']],
  [['tracepoint'], ['dev', 'event'], ['dev']],
];
for (const [kinds, parts, want] of places) {
  for (const kind of kinds) t.same(probeRecords.find(({ name }) => name === kind)!.modules!(parts, target), want, [kind, ...parts].join(':'));
}
t.same(probeRecords.filter(({ modules }) => modules).map(({ name }) => name).sort(), [...functions, 'rawtracepoint', 'tracepoint'].sort(), 'no other kind is in a module');
