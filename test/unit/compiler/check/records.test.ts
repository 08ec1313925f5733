// What records say of themselves is held: the probes a function may be used in, the features it needs.

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { functions } from '../../../../lib/language/functions/index.js';
import type { FunctionRecord } from '../../../../lib/language/record.js';
import { Source } from '../../../../lib/model/source/source.js';
import { uint64 } from '../../../../lib/model/types/types.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const only: FunctionRecord = {
  name: 'only_in_kprobes', mode: 'S', doc: 'for this test', params: [], probes: ['kprobe'], needs: ['helper:does_not_exist', 'kfunc:neither'], check: () => uint64,
  lower: (_, l) => l.b.const(1),
};
(functions as Map<string, FunctionRecord>).set(only.name, only);
t.teardown(() => (functions as Map<string, FunctionRecord>).delete(only.name));

function said(probe: string, lacks: readonly string[]): string[] {
  const { diagnostics } = compile(new Source('stdin', `${probe} { print(only_in_kprobes()); }`), new FixtureTarget({ lacks }));
  return diagnostics.map((d) => `${d.code} ${d.message}`);
}

t.same(said('kprobe:vfs_read', []), []);
t.same(said('begin', []), ['T0404 only_in_kprobes can not be used with "begin" probes']);
t.same(said('kprobe:vfs_read', ['helper:does_not_exist', 'kfunc:neither']), [
  'T0338 Missing required kernel feature: does_not_exist', 'T0338 Missing required kernel feature: neither',
]);
