// Numbers that the tools know by heart, against what the running kernel says of them.

import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { gfpFlags } from '../../../tools/shared/constants.js';
import { namedText } from '../../../tools/probes/names.js';
import { needs } from '../../helpers/needs.js';

/** C's constant expressions of the kernel: casts, shifts, suffixes. */
function valueOf(expression: string): bigint {
  const plain = expression.replace(/\(\s*(?:unsigned long|gfp_t)\s*\)/g, '').replace(/\b(0x[0-9a-f]+|\d+)[uUlL]*\b/gi, '$1n');
  if (!/^[\s()|&~<n0-9a-fx]*$/i.test(plain)) throw new Error(`not understood: ${expression}`);
  return BigInt.asUintN(64, runInNewContext(plain) as bigint);
}

t.test('flags of allocations: bits and names are those of the tracepoint kmem:kmalloc', async (t) => {
  if (!needs(t, 'root', 'tracefs')) return;
  const format = readFileSync('/sys/kernel/tracing/events/kmem/kmalloc/format', 'utf8');
  const kernel = new Map([...format.matchAll(/\{(\( ?unsigned long\)[^"]*), "(\w+)"\}/g)].map(([, expression, name]) => [name!, valueOf(expression!)]));
  t.ok(kernel.size > 20, `${kernel.size} names`);
  // some kernels have names for __GFP_DMA and __GFP_DMA32 without the underscores
  for (const [name, number] of gfpFlags) t.equal(kernel.get(name) ?? kernel.get(name.replace(/^__/, '')), BigInt(number), name);
  const names = gfpFlags.map(([name, number]) => [name, BigInt(number)] as const);
  // as the kernel prints them; what is not in the table is a combination of flags that has a name of its own there
  for (const [name, value] of kernel) if (gfpFlags.some(([known]) => known === name)) t.equal(namedText(value, names), name);
});
