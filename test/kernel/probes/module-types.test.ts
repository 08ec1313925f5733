// Types that only a module has, beside a probe in the module. In the guests of the rig the file system of the host is one: 9pnet.

import { existsSync } from 'node:fs';
import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

const target = runningMachine();

t.test('structs of a module', { skip: target.btfModules.includes('9pnet') ? false : 'no module 9pnet with types' }, async (t) => {
  if (!needs(t, 'root', 'kprobe', 'module_btf')) return;
  const body = '{ $f = (struct p9_fid *)arg0; @[$f->clnt == ((struct p9_fid *)arg0)->clnt, sizeof(struct p9_client) > 100, $f->clnt->msize > 0] = count(); }';
  const { diagnostics } = compile(new Source('stdin', `kprobe:vfs_read ${body}`), target);
  t.match(diagnostics.map(({ message }) => message), [/struct p9_fid/], 'beside a probe of the kernel nobody knows them');
  const { stdout } = await runLive(`kprobe:9pnet:p9_client_walk /pid == ${process.pid}/ ${body}`, { target, during: async () => void existsSync('/usr/share/tbpf-no-such-file') });
  t.match(stdout, /^@\[true, true, true\]: [1-9]\d*$/m);
});
