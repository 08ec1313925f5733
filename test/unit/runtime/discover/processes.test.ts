import t from 'tap';
import { mappedFiles, processComm, processExecutable, processExists, readMaps, rootOf } from '../../../../lib/runtime/discover/user/processes.js';

t.test('this process', async (t) => {
  t.equal(processExists(process.pid), true);
  t.equal(processExecutable(process.pid), process.execPath);
  t.type(processComm(process.pid), 'string');
  t.ok(mappedFiles(process.pid).includes(process.execPath));
  t.equal(rootOf(process.pid), '');
});

t.test('a process that is not there', async (t) => {
  const none = 0x3ffffff;
  t.equal(processExists(none), false);
  t.equal(readMaps(none), undefined);
  t.equal(processExecutable(none), undefined);
  t.strictSame(mappedFiles(none), []);
});
