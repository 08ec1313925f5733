// docs/production.md: the unit file in it is one that systemd takes, with the rights that the page names.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../helpers/command.js';

const page = readFileSync(join(packageRoot, 'docs/production.md'), 'utf8');
const [, unit] = /^```ini\n([^]*?)^```/m.exec(page)!;
const checker = '/usr/bin/systemd-analyze';

t.test('the unit has the capabilities of the table', async (t) => {
  const named = [...page.matchAll(/^\| `(CAP_\w+)` \|/gm)].map(([, name]) => name).sort();
  t.equal(named.length, 3);
  for (const setting of ['AmbientCapabilities', 'CapabilityBoundingSet']) {
    const [, words] = new RegExp(`^${setting}=(.*)$`, 'm').exec(unit!)!;
    t.same(words!.split(' ').sort(), named, setting);
  }
});

t.test('systemd takes the unit', { skip: existsSync(checker) ? false : 'no systemd-analyze on this machine' }, async (t) => {
  // the command need not be installed here
  const path = join(t.testdir({ 'tbpf-slow-reads.service': unit!.replace('ExecStart=tbpf', `ExecStart=${join(packageRoot, 'bin/tbpf')}`) }), 'tbpf-slow-reads.service');
  t.equal(execFileSync(checker, ['verify', path], { encoding: 'utf8', stdio: 'pipe' }), '');
});
