import t from 'tap';
import { isAtLeast, renderDoctor } from '../../../../lib/runtime/discover/report/doctor.js';
import { hasCapability } from '../../../../lib/runtime/discover/kernel/features.js';
import { inColumns } from '../../../../lib/runtime/discover/report/info.js';
import { parseLockdown } from '../../../../lib/runtime/discover/kernel/lockdown.js';

const versions: [kernel: string, least: [number, number], want: boolean][] = [
  ['6.12.9-amd64', [5, 8], true],
  ['5.10.0-30', [5, 8], true],
  ['5.8.0', [5, 8], true],
  ['5.7.19', [5, 8], false],
  ['4.19.0', [5, 8], false],
  ['6.1.0-13-amd64', [6, 10], false],
];
for (const [kernel, least, want] of versions) t.test(`${kernel} is ${want ? '' : 'not '}at least ${least.join('.')}`, async (t) => { t.equal(isAtLeast(kernel, least), want); });

const lockdowns: [text: string, want: string | undefined][] = [
  ['[none] integrity confidentiality\n', 'none'],
  ['none [integrity] confidentiality\n', 'integrity'],
  ['none integrity [confidentiality]\n', 'confidentiality'],
  ['', undefined],
];
for (const [text, want] of lockdowns) t.test(`lockdown '${text.trim()}'`, async (t) => { t.equal(parseLockdown(text), want); });

t.test('doctor: a table', async (t) => {
  t.equal(renderDoctor([
    { name: 'x', feature: 'BTF', ok: true, detail: '', advice: '' },
    { name: 'x', feature: 'perf events', ok: true, detail: 'perf_event_paranoid 2', advice: '' },
    { name: 'x', feature: 'kprobe', ok: false, detail: 'EPERM', advice: 'Run as root.' },
  ]), 'BTF          yes\nperf events  yes  perf_event_paranoid 2\nkprobe       no   EPERM. Run as root.\n');
});

t.test('info: two columns', async (t) => {
  t.strictSame(inColumns([['dpath', 'yes'], ['loop', 'no'], ['btf', 'yes']]), ['  dpath: yes                         loop: no', '  btf: yes']);
});

t.test('capabilities are bits', async (t) => {
  t.ok(hasCapability(1n << 39n, 'CAP_BPF'));
  t.notOk(hasCapability(1n << 39n, 'CAP_PERFMON'));
  t.throws(() => hasCapability(0n, 'CAP_NO_SUCH'), /unknown kernel feature/);
});
