// The verifier's words in ours, and the place in the script that its log means.

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { LoadError } from '../../../../lib/model/diagnostics/errors.js';
import type { Diagnostic } from '../../../../lib/model/diagnostics/diagnostic.js';
import { renderDiagnostic } from '../../../../lib/model/diagnostics/render.js';
import { Source } from '../../../../lib/model/source/source.js';
import { complaintOf } from '../../../../lib/model/diagnostics/verifier-log.js';
import { explainVerifierLog, faultyInstruction } from '../../../../lib/runtime/session/verifier-messages.js';
import { createNativeError } from '../../../../lib/runtime/native/errors.js';
import { insnPlaces } from '../../../../lib/trace/insn-places.js';
import { reportLoadError } from '../../../../lib/trace/load-report.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const statistics = 'processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n';
const log = `0: R1=ctx() R10=fp0\n; begin { @x = 1; } @ stdin:2:9\n0: (b7) r6 = 0                        ; R6_w=0\n1: (79) r0 = *(u64 *)(r6 +0)\nR6 invalid mem access 'scalar'\n${statistics}`;

const phrases: [complaint: string, want: RegExp][] = [
  ["R6 invalid mem access 'scalar'", /cannot prove to be an address/],
  ["R6 invalid mem access 'inv'", /cannot prove to be an address/],
  ["R0 invalid mem access 'map_value_or_null'", /may be null/],
  ['invalid access to map value, value_size=8 off=8 size=8', /8 bytes at offset 8 of a map value of 8 bytes/],
  ["R2 unbounded memory access, make sure to bounds check any such access", /within bounds/],
  ["R3 min value is negative, either use unsigned or 'var &= const'", /within bounds/],
  ['R2 !read_ok', /not set on every path/],
  ['invalid read from stack off -16+0 size 8', /not written before/],
  ['combined stack size of 2 calls is 544. Too large', /more stack/],
  ['BPF program is too large. Processed 1000001 insn', /gave up after 1000001 instructions/],
  ['infinite loop detected at insn 5', /prove to end/],
  ['unknown func bpf_probe_read_kernel#113', /no helper function bpf_probe_read_kernel/],
  ['program of this type cannot use helper bpf_override_return#58', /must not be used in this kind of probe/],
  ['cannot call GPL-restricted function from non-GPL compatible program', /license/],
  ['Unreleased reference id=2 alloc_insn=7', /given back/],
  ['access beyond struct task_struct at off 9000 size 8', /beyond struct task_struct/],
  ['invalid bpf_context access off=200 size=8', /context that does not exist/],
];
for (const [complaint, want] of phrases) {
  t.test(complaint, async (t) => {
    t.match(explainVerifierLog(`0: (b7) r0 = 0\n${complaint}\n${statistics}`), want);
    t.equal(complaintOf(`0: (b7) r0 = 0\n${complaint}\n${statistics}`), complaint);
  });
}

t.test('a phrase nobody explained', async (t) => {
  t.equal(explainVerifierLog('something new\n'), undefined);
  t.equal(complaintOf(`something new\n${statistics}`), 'something new');
});

t.test('the instruction that a log means', async (t) => {
  t.equal(faultyInstruction(log), 1);
  t.equal(faultyInstruction('nothing'), undefined);
});

const source = new Source('stdin', 'begin { print(1); @x = 1;\n  @y = comm; }');
const { output } = compile(source, new FixtureTarget());
const shown = (diagnostic: Diagnostic): string => renderDiagnostic(diagnostic, { face: 'command' });
const { name, insns } = output!.object.programs[0]!;

t.test('a refused program: the script line, the reason, the whole log', async (t) => {
  const spans = insns.map(({ span }) => span);
  const last = spans.findLastIndex((span) => span !== undefined && span.source.positionAt(span.start).line === 2);
  const slots = insns.slice(0, last).reduce((sum, insn) => sum + (insn.opcode === 0x18 ? 2 : 1), 0);
  const error = new LoadError('refused', { code: 'EACCES', errno: 13, program: name, log: `${slots}: (79) r0 = *(u64 *)(r6 +0)\nR6 invalid mem access 'scalar'\n${statistics}` });
  const text = shown(reportLoadError(error, output!.manifest, () => insnPlaces(output!.object)));
  t.match(text, /^stdin:2:\d+-\d+: ERROR: the kernel's verifier refused the program: it reads memory through a number/);
  t.match(text, /\n {2}@y = comm; }\n/);
  t.match(text, /HINT: the verifier says: R6 invalid mem access 'scalar'\n/);
  t.match(text, /Use -v for full kernel error log\./);
});

t.test('without log: program and error', async (t) => {
  const error = new LoadError('no memory', { code: 'ENOMEM', errno: 12, program: name });
  t.match(shown(reportLoadError(error, undefined)), /^ERROR: Error loading BPF program for begin_1\. Error code: -12 \(no memory\)\.\nHINT: Use -v for full kernel error log\.\n/);
});

t.test('a log that does not fit', async (t) => {
  const error = new LoadError('no space', { code: 'ENOSPC', errno: 28, program: name, log: statistics });
  t.match(shown(reportLoadError(error, output!.manifest, () => insnPlaces(output!.object))), /^ERROR: The verifier's log is longer than log_size, 1000000 bytes: .*\nHINT: Raise it, e\.g\. BPFTRACE_LOG_SIZE=/);
});

t.test('no descriptor is left: for a program that was accepted, for constants', async (t) => {
  const limit = /^ERROR: .*too many open files.*\nHINT: Raise the limit: ulimit -n 65536\n/;
  const fields = { operation: 'bpf_prog_load', detail: 'tbpf', program: name, errno: 24, code: 'EMFILE', log: statistics };
  t.match(shown(reportLoadError(createNativeError(fields) as LoadError, output!.manifest)), limit);
  const absent = new LoadError('refused', { code: 'EINVAL', errno: 22, program: name, log: "0: <invalid BPF map reference>\nBPF map 'tbpf.rodata' is referenced but wasn't created\n" });
  t.match(shown(reportLoadError(absent, output!.manifest)), limit);
});

const mapRows: [title: string, map: string, fields: { code: string; errno: number }, want: RegExp][] = [
  ['too large', 'AT_x', { code: 'E2BIG', errno: 7 }, /^ERROR: Failed to create map @x of 1 element of \d+ bytes: it is too large for the kernel\nHINT: .*max_map_keys/],
  ['no memory', 'AT_y', { code: 'ENOMEM', errno: 12 }, /^ERROR: Failed to create map @y of 1 element of \d+ bytes: there is not enough memory\n/],
  ['another cause', 'AT_y', { code: 'EINVAL', errno: 22 }, /: Invalid argument\n/],
  ['the ring buffer', output!.manifest.ringBuffer ?? 'none', { code: 'ENOMEM', errno: 12 }, /^ERROR: Failed to create the ring buffer: there is not enough memory\nHINT: .*perf_rb_pages/],
  ['scratch memory', 'scratch', { code: 'ENOMEM', errno: 12 }, /^ERROR: Failed to create the map scratch for strings/],
];
for (const [title, map, fields, want] of mapRows) {
  t.test(`a map that cannot be made: ${title}`, async (t) => t.match(shown(reportLoadError(new LoadError('refused', { ...fields, map }), output!.manifest)), want));
}
