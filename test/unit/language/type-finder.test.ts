// Types by name, as probes of a program see them: the program's own come before the kernel's, but never in the kernel's place.

import t from 'tap';
import type { KernelTypes } from '../../../lib/language/kernel-types.js';
import { TypeFinder } from '../../../lib/language/type-finder.js';
import { noTypes } from '../../../lib/language/type-source.js';
import type { StructType } from '../../../lib/model/types/types.js';

const struct = (name: string, size: number): StructType => ({ kind: 'struct', tag: 'struct', name, size, fields: [] });
const declared = (name: string, space?: 'user'): StructType => ({ ...struct(name, 0), ...(space && { space }) });

const kernel = { ...noTypes, struct: (name: string) => (name === 'both' ? struct(name, 16) : undefined) } as unknown as KernelTypes;
const program = { ...noTypes, struct: (name: string) => struct(name, 8) };
const finder = new TypeFinder(kernel, noTypes, () => undefined, program);

t.test('definitions of structs that are only declared', async (t) => {
  t.equal(finder.completed(declared('opaque')).size, 0, 'a struct of the kernel is not what a program calls so');
  t.equal(finder.completed(declared('opaque', 'user')).size, 8, "a program's is");
  t.equal(finder.completed(declared('both')).size, 16, 'of the two definitions the one of the kernel');
  t.equal(finder.completed(declared('both', 'user')).size, 8, "of the two definitions the program's");
});
