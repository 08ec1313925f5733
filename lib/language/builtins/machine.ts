// When and where: nsecs, elapsed, cpu, ncpus, rand, jiffies, numaid, usermode.

import { u64 } from '../../model/ir/ir.js';
import { type Type, none, uint64, uint8 } from '../../model/types/types.js';
import { usermodeElsewhere } from '../diagnostics.js';
import { defineBuiltin, helperValue } from './define.js';

export const nsecs = helperValue('nsecs', 'ktime_get_boot_ns', 'Nanoseconds since boot, time asleep included.', { type: { ...uint64, clock: 'boot' } });
export const cpu = helperValue('cpu', 'get_smp_processor_id', 'Number of the CPU.');
export const numaid = helperValue('numaid', 'get_numa_node_id', 'NUMA node of the CPU.');
export const jiffies = helperValue('jiffies', 'jiffies64', 'The kernel\'s tick counter.', { needs: ['helper:jiffies64'] });
export const rand = helperValue('rand', 'get_prandom_u32', 'A random 32-bit number.', { result: { kind: 'int', bits: 32, signed: false } });

export const elapsed = defineBuiltin({
  name: 'elapsed', doc: 'Nanoseconds since tracing started.', mode: 'S',
  check: () => uint64,
  lower: (l) => l.b.sub(l.b.call('ktime_get_boot_ns', [], u64), l.startValue('start_ns', 8)),
});

export const ncpus = defineBuiltin({
  name: 'ncpus', doc: 'Number of possible CPUs.', mode: 'C',
  check: (): Type => uint64,
  constant: (c) => (c.portable ? undefined : BigInt(c.target.cpuCount)),
  lower: (l) => l.startValue('cpu_count', 8),
});

export const cpid = defineBuiltin({
  name: 'cpid', doc: 'Process id of the command given with -c; 0 without one.', mode: 'S',
  check: () => uint64,
  // the value is constant when the program is loaded: with -c nothing of the branch is left
  lower(l, node) {
    const child = l.startValue('cpid', 8);
    l.branch('eq', child, 0, () => l.event('warnf', [], { format: 'No child command; cpid is zero ' }, node.span));
    return child;
  },
});

export const hasCpid = defineBuiltin({
  name: 'has_cpid', doc: 'Whether -c was given.', mode: 'S',
  check: (): Type => ({ kind: 'bool' }),
  lower: (l) => l.startValue('has_cpid', 1),
});

/** rings of x86: what the low bits of the code segment's selector say */
const RING_BITS = 3;

export const usermode = defineBuiltin({
  name: 'usermode', doc: '1 when what fired interrupted a process in user mode; 0 in the kernel, and where registers are out of reach.', mode: 'S',
  check(node, c) {
    if (c.target.arch === 'x86_64') return uint8;
    c.report(usermodeElsewhere.at(node.span, {}));
    return none;
  },
  lower(l) {
    const { record } = l.probe;
    if (!record.registers) return l.b.const(record.inOwnProcess ? 1 : 0);
    return l.b.compare('ne', l.b.and(l.register('cs'), RING_BITS), 0);
  },
});
