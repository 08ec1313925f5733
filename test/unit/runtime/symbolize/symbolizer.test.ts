import t from 'tap';
import { Symbolizer } from '../../../../lib/runtime/symbolize/index.js';
import { kallsyms, nativeWith } from './tables.js';

const K = 0xffffffff81000000n;
const NO_PROCESS = 0x3ffffff;
let reads = 0;
const native = nativeWith({
  readKallsyms: () => {
    reads++;
    return kallsyms([[K, 'T', 'vfs_read'], [K + 0x100n, 'T', 'ksys_read'], [K + 0x1000n, 't', 'readdir', 'ext4']]);
  },
});
const symbolizer = new Symbolizer({ native: () => native });

t.test('a kernel stack', async (t) => {
  t.strictSame(symbolizer.frames({ $: 'stack', addresses: [K + 0x1002n, K + 0x162n, 0x10n], pid: 0, program: 0 }, 'kernel'), [
    { address: K + 0x1002n, name: 'readdir', offset: 2n, module: 'ext4' },
    { address: K + 0x162n, name: 'ksys_read', offset: 98n },
    { address: 0x10n },
  ]);
  t.equal(symbolizer.kernelFrame(K), symbolizer.kernelFrame(K), 'a frame is found once');
  t.equal(reads, 1);
});

t.test('a user stack of a process that is not there', async (t) => {
  symbolizer.snapshot(NO_PROCESS);
  symbolizer.refresh(NO_PROCESS);
  t.strictSame(symbolizer.frames({ $: 'stack', addresses: [0x7fabn], pid: NO_PROCESS, program: 0 }, 'user'), [{ address: 0x7fabn }]);
});

t.test('a table that was read already is used', async (t) => {
  const shared = new Symbolizer({ native: () => nativeWith({}), kallsyms: () => kallsyms([[K, 'T', 'shared']]) });
  t.equal(shared.kernelFrame(K + 1n).name, 'shared');
});
