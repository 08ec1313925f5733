// execsnoop when programs start as fast as a shell can start them. A file of its own: it takes long where the machine is busy.

import t from 'tap';
import { canTrace, isSlow, underLoad } from '../../helpers/tool-load.js';

// an emulated machine starts a few programs a second
const count = isSlow ? 50 : 2000;

t.test(`${count} programs: each once, in order`, async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const load = `i=0; while [ $i -lt ${count} ]; do i=$((i + 1)); /bin/true number $i; done\n`;
  const { lines, stderr } = await underLoad({ args: (pid) => ['execsnoop', '-P', String(pid)], load, until: new RegExp(`number ${count}\n`), timeoutMs: 110_000 });
  t.equal(stderr, '');
  t.same(lines.slice(1).map((line) => line.slice(37)), Array.from({ length: count }, (_, i) => `/bin/true number ${i + 1}`));
});
