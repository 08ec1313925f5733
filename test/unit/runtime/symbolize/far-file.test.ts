// Files whose file system may not answer.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { answers, fileSystemType, opensSoon } from '../../../../lib/runtime/symbolize/far-file.js';

const mountinfo = `24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
60 24 0:52 / /mnt/a\\040b rw,nosuid - fuse.sshfs host: rw,user_id=1000
61 24 0:300 / /home rw shared:2 master:1 - nfs4 server:/home rw
`;
const types: [device: string, type: string | undefined][] = [['08:01', 'ext4'], ['00:34', 'fuse.sshfs'], ['00:12c', 'nfs4'], ['00:35', undefined]];
for (const [device, type] of types) t.equal(fileSystemType(mountinfo, device), type, device);

t.test('a file that keeps its reader waiting', async (t) => {
  const folder = t.testdir({ file: 'text' });
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  t.equal(opensSoon(join(folder, 'file'), 30_000), true);
  t.equal(opensSoon(join(folder, 'missing'), 30_000), true, 'a refusal is an answer');
  t.equal(opensSoon(join(folder, 'pipe'), 300), false);
});

t.test('only files of far file systems are tried, and a silent one once', async (t) => {
  const opened: string[] = [];
  const asking = (far: boolean, opens: boolean) => ({ far: () => far, opens: (path: string) => { opened.push(path); return opens; } });
  t.equal(answers(1, 'ff:01', '/near', asking(false, false)), true);
  t.same(opened, [], 'a near file is not tried');
  t.equal(answers(1, 'ff:02', '/far', asking(true, true)), true);
  t.equal(answers(1, 'ff:03', '/silent', asking(true, false)), false);
  t.equal(answers(1, 'ff:03', '/silent/too', asking(true, true)), false);
  t.same(opened, ['/far', '/silent'], 'a device that was silent is not asked again');
});
