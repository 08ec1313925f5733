// percpu_kaddr(): where the kernel has a CPU's copy of a per-CPU variable.
//
//   idea   the symbol's address is the same on all CPUs; the array __per_cpu_offset says how far the copy of each CPU is from there
//   facts  BTF lists the per-CPU variables in the section .data..percpu. A kernel without CONFIG_KALLSYMS_ALL has no symbols for data:
//          neither this nor the helpers for such variables find them there

import type { Value } from '../../model/ir/ir.js';
import { u64 } from '../../model/ir/ir.js';
import type { BtfDatasec, BtfVar } from '../../model/btf/types.js';
import { uint64 } from '../../model/types/types.js';
import type { Target } from '../../model/target/target.js';
import * as say from '../diagnostics.js';
import type { LowerContext } from '../record.js';
import { argumentOf, defineFunction } from './define.js';
import type { Call, Expression } from '../../model/syntax/nodes.js';

const DISTANCES = '__per_cpu_offset';

/** Whether it is a per-CPU variable of the kernel; yes to all where the kernel has no BTF. */
function isPerCpu({ btf }: Pick<Target, 'btf'>, name: string): boolean {
  const id = btf?.find('datasec', '.data..percpu');
  if (btf === undefined || id === undefined) return btf === undefined;
  return (btf.type(id) as BtfDatasec).variables.some(({ type }) => (btf.type(type) as BtfVar).name === name);
}

export const percpuKaddr = defineFunction({
  name: 'percpu_kaddr', mode: 'S', doc: 'Address of a per-CPU variable of the kernel: of the copy of one CPU, by default of this one; 0 for a CPU that there is not.',
  params: [
    { name: 'name', accepts: 'literal string', doc: 'variable, as the kernel declares it' },
    { name: 'cpu', accepts: 'integer', optional: true, doc: 'number of the CPU, default the one that the probe fires on' },
  ],
  check(call, c) {
    const name = String(c.literal(call.args[0]!));
    if (!isPerCpu(c.target, name)) c.report(say.unknownVariable.at(call.span, { name }));
    else {
      const lacking = [name, DISTANCES].find((symbol) => c.target.kernelSymbol(symbol) === undefined);
      if (lacking !== undefined) c.report(say.unknownSymbol.at(call.span, { name: lacking, hidden: false }));
    }
    return { ...uint64, space: 'kernel' };
  },
  lower(call, l) {
    const { b } = l;
    if (call.args.length === 1) return addressOn(call, l, b.call('get_smp_processor_id', [], u64));
    const cpu = l.value(argumentOf(call, 1) as Expression, uint64);
    return l.select('ult', cpu, b.const(l.target.cpuCount), () => addressOn(call, l, cpu), () => b.const(0));
  },
});

function addressOn(call: Call, l: LowerContext, cpu: Value): Value {
  const { b } = l;
  const distance = l.temporary(uint64, 'distance');
  l.probeRead(distance, b.add(b.const(l.target.kernelSymbol(DISTANCES)!), b.shl(cpu, 3)), 'kernel', call.span);
  return b.add(b.load(distance.base, distance.offset, 8), b.const(l.target.kernelSymbol(String(l.literal(call.args[0]!)))!));
}
