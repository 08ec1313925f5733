// usermode: a machine that has no rings says so.

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import type { Arch, Target } from '../../../lib/model/target/target.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';

function said(arch: Arch): string[] {
  const target: Target = new Proxy(new FixtureTarget(), { get: (machine, name) => (name === 'arch' ? arch : (Reflect.get(machine, name) as unknown)) });
  return compile(new Source('stdin', 'profile:hz:99 { print(usermode); }'), target).diagnostics.map((d) => `${d.code} ${d.message}`);
}

t.strictSame(said('x86_64'), []);
t.strictSame(said('arm64'), ["F0120 'usermode' builtin is only supported on x86_64"]);
