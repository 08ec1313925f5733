import t from 'tap';
import type { StackMode } from '../../../../lib/model/types/types.js';
import { Symbolizer } from '../../../../lib/runtime/symbolize/index.js';
import { kallsyms, nativeWith } from './tables.js';

const K = 0xffffffff81000000n;
const NO_PROCESS = 0x3ffffff;
const native = nativeWith({ readKallsyms: () => kallsyms([[K, 'T', 'vfs_read'], [K + 0x100n, 'T', 'ksys_read'], [K + 0x1000n, 't', 'readdir', 'ext4']]) });
const symbolizer = new Symbolizer({ native: () => native });
const FAILED = (1n << 64n) - 1n;

const cases: [title: string, mode: StackMode, space: 'kernel' | 'user', addresses: bigint[], want: string, buildIds?: (string | undefined)[]][] = [
  ['empty', 'bpftrace', 'kernel', [], '\n'],
  ['kernel', 'bpftrace', 'kernel', [K + 5n, K + 0x162n], '\n        vfs_read+5\n        ksys_read+98\n'],
  ['kernel, unknown', 'bpftrace', 'kernel', [0x10n], '\n        0x10\n'],
  ['kernel, perf', 'perf', 'kernel', [K + 5n, 0x10n], '\n\tffffffff81000005 vfs_read+5\n\t10 0x10\n'],
  ['kernel, raw', 'raw', 'kernel', [K + 5n, 0xabn], '\nffffffff81000005\nab\n'],
  ['user, unknown', 'bpftrace', 'user', [0x7fabn], '\n        0x7fab\n'],
  ['user, unknown, perf', 'perf', 'user', [0x7fabn], '\n\t7fab 0x7fab ([unknown])\n'],
  ['user, raw', 'raw', 'user', [0x7fabn], '\n7fab\n'],
  ['build ids', 'build_id', 'user', [0x1234n, 0x7fabn], '\n0123456789abcdef0123456789abcdef01234567 0x1234\n7fab\n', ['0123456789abcdef0123456789abcdef01234567', undefined]],
  ['unwind failure', 'bpftrace', 'kernel', [K + 5n, FAILED, K + 6n], '\n        vfs_read+5\n        <unwind failure>\n'],
];
for (const [title, mode, space, addresses, want, buildIds] of cases) {
  t.test(title, async (t) => {
    t.equal(symbolizer.renderStack({ $: 'stack', addresses, pid: NO_PROCESS, program: 0, buildIds }, { kind: 'stack', space, mode, limit: 127 }), want);
  });
}

t.test('frames for programs', async (t) => {
  t.strictSame(symbolizer.frames({ $: 'stack', addresses: [K + 0x1002n, 0x10n, FAILED, K], pid: 0, program: 0 }, 'kernel'), [
    { address: K + 0x1002n, name: 'readdir', offset: 2n, module: 'ext4' },
    { address: 0x10n },
  ]);
});

t.test('one address', async (t) => {
  t.equal(symbolizer.renderSymbol({ $: 'symbol', address: K + 7n, pid: 0, program: 0 }), 'vfs_read');
  t.equal(symbolizer.renderSymbol({ $: 'symbol', address: 0xabn, pid: 0, program: 0 }), '0xab');
  t.equal(symbolizer.renderSymbol({ $: 'symbol', address: 0xabn, pid: NO_PROCESS, program: 0 }), '0xab');
});
