import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseMaps } from '../../../../lib/model/target/process-maps.js';
import { Symbolizer } from '../../../../lib/runtime/symbolize/index.js';
import { elfInfo, kallsyms, nativeWith } from './tables.js';

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
  t.strictSame(symbolizer.frames({ $: 'stack', addresses: [0x7fabn], pid: NO_PROCESS, program: 0 }, 'user'), [{ address: 0x7fabn, unnamed: 'exited' }]);
  t.strictSame([...symbolizer.unnamed], [['exited', 1]]);
});

t.test('a table that was read already is used', async (t) => {
  const shared = new Symbolizer({ native: () => nativeWith({}), kallsyms: () => kallsyms([[K, 'T', 'shared']]) });
  t.equal(shared.kernelFrame(K + 1n).name, 'shared');
});

t.test('no source ends a trace, whatever it throws', async (t) => {
  const thrown: unknown[] = [new Error('gone'), new RangeError('Invalid string length'), Object.assign(new Error('i/o error'), { code: 'EIO' }), 'text', undefined];
  for (const one of thrown) {
    const fail = (): never => { throw one; };
    const told: string[] = [];
    // the test's own process has code with names, in files that cannot be read
    const broken = new Symbolizer({ native: () => nativeWith({ elfInfo: () => ({ ...elfInfo([{ fileOffset: 0, address: 0, fileBytes: 2 ** 40, memoryBytes: 2 ** 40, flags: 5 }]) }), readElfSymbols: fail }), kallsyms: fail, binaryOf: fail, warn: (text) => told.push(text) });
    const address = parseMaps(readFileSync('/proc/self/maps', 'utf8')).find((mapping) => mapping.executable && mapping.path.startsWith('/'))!.start;
    broken.snapshot(process.pid);
    t.strictSame(broken.frames({ $: 'stack', addresses: [K], pid: 0, program: 0 }, 'kernel'), [{ address: K }]);
    t.strictSame(broken.userFrame(0x7fabn, NO_PROCESS, 0), { address: 0x7fabn, unnamed: 'unreadable' });
    t.strictSame(broken.userFrame(address, process.pid, 0).name, undefined);
    t.equal(told.length, 1, 'said once');
  }
});
