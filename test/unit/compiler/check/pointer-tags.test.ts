// Pointer members that a type tag marks: user space is followed, per-CPU memory is refused (language.md 2.4).

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../../../lib/model/btf/builder.js';
import { Source } from '../../../../lib/model/source/source.js';
import type { Target } from '../../../../lib/model/target/target.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const b = new BtfBuilder();
const int = b.int('int', 4, { signed: true });
// the kernel's compiler puts the tag between the pointer and what it points at
const [perCpu, user, rcu] = (['percpu', 'user', 'rcu'] as const).map((tag) => b.ptr(b.typeTag(tag, int))) as [number, number, number];
b.struct('tagged', 24, [{ name: 'counter', type: perCpu, offsetBits: 0 }, { name: 'buffer', type: user, offsetBits: 64 }, { name: 'next', type: rcu, offsetBits: 128 }]);
const btf = Btf.parse(b.finish());
const target: Target = Object.defineProperty(new FixtureTarget(), 'btf', { get: () => btf });

function said(field: string): string[] {
  const { diagnostics } = compile(new Source('stdin', `kprobe:vfs_read { print(*((struct tagged *)arg0)->${field}); }`), target);
  return diagnostics.map((d) => `${d.code} ${d.message}`);
}

t.same(said('counter'), ["T0330 Attempting to access pointer field 'counter' with unsupported tag attribute: percpu"]);
t.same(said('buffer'), []);
t.same(said('next'), []);
