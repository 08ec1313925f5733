// Every message has a script that brings it out, and says nothing else.
//
//   facts  TBPF_BLESS=1 writes what is said into the scripts; the diff is the review

import { writeFileSync } from 'node:fs';
import t from 'tap';
import { diagnostic, diagnosticKinds } from '../../lib/model/diagnostics/diagnostic.js';
import { bless, caseNames, compileCase, directory, readCase, saidOf } from './cases.js';

for (const name of caseNames()) {
  t.test(name, async (t) => {
    let wrong = readCase(name);
    if (process.env.TBPF_BLESS === '1') {
      writeFileSync(`${directory}${name}`, bless(wrong));
      wrong = readCase(name);
    }
    const { diagnostics, output } = compileCase(wrong);
    t.same(saidOf(diagnostics), wrong.expected);
    t.not(diagnostics.length, 0, 'something is said');
    t.equal(output === undefined, diagnostics.some((d) => d.severity === 'error'), 'output unless there is an error');
    const code = name.split('-')[0]!;
    t.ok(diagnostics.some((d) => d.code === code), `among it ${code}`);
  });
}

// ---- every declared message ------------------------------------------------------------------------------------

/** Messages that no script on this machine brings out: who does. */
const casesElsewhere: Readonly<Record<string, string>> = {
  F0152: 'test/kernel/probes/dwarf.test.ts: results that no general register holds',
  P0062: 'test/unit/compiler/limits.test.ts: a script of 250,000 words',
  T0330: 'test/unit/compiler/check/pointer-tags.test.ts: the recorded types have no tags',
  T0360: 'test/unit/compiler/check/btf-kinds.test.ts: the recorded types have no name for such a type',
  T0361: 'test/kernel/probes/dwarf-types.test.ts: base classes of a program of C++',
  X0058: 'test/kernel/cli/imports.test.ts: a file for clang',
  X0059: 'test/unit/trace/bpf-objects.test.ts: an imported object',
  X0068: 'test/unit/compiler/expand/restrict.test.ts: --follow on a kernel without types',
  X0067: 'the same',
  T0612: 'the same',
  T0613: 'the same',
  T0614: 'the same',
  A0141: 'test/unit/language/probes/resolve.test.ts: a function of two modules',
  A0142: 'the same: a function of a module and of the kernel',
  A0143: 'the same: functions that no trampoline takes',
  A0145: 'the same: functions that lock what maps lock',
  A0213: 'test/kernel/probes/iter.test.ts: the recorded types have no such iterator',
  F0110: 'test/unit/language/probes/resolve.test.ts: functions of BPF programs',
  F0114: 'the same: functions that return nothing',
  F0120: 'test/unit/language/usermode.test.ts: another architecture',
  F0372: 'test/unit/language/dw-ustack.test.ts: a run that is about no process',
  F0373: 'the same: another architecture',
  F0359: 'test/unit/language/functions/effects.test.ts: a kernel whose list of such functions is known',
};

/** Why a message needs no hint. */
const withoutHint: Readonly<Record<string, readonly string[]>> = {
  'it names the text at fault and what is wrong with it': [
    'P0002', 'P0004', 'P0005', 'P0006', 'P0009', 'P0011', 'P0012', 'P0013', 'P0014', 'P0020', 'P0021', 'P0057', 'P0058', 'P0059', 'P0060', 'X0004',
    'X0003', 'X0011', 'X0012', 'X0013', 'X0014', 'X0015', 'X0016', 'X0017', 'X0018', 'X0019', 'X0021', 'X0022', 'X0031', 'X0034', 'X0035', 'X0040', 'X0041', 'X0042', 'X0043', 'X0051', 'X0053',
    'T0107', 'T0108', 'T0205', 'T0208', 'T0209', 'T0213', 'T0214', 'T0215', 'T0308', 'T0310', 'T0314', 'T0316', 'T0317', 'T0318', 'T0319', 'T0324', 'T0327', 'T0328',
    'T0330', 'T0331', 'T0335', 'T0337', 'T0339', 'T0340', 'T0343', 'T0401',
    'A0112', 'A0120', 'A0135', 'A0145', 'A0151', 'A0153', 'A0158', 'A0163', 'A0165', 'A0187', 'A0204', 'A0214', 'F0110', 'F0113', 'F0116', 'F0119', 'F0120', 'F0201',
    'F0202', 'F0204', 'F0305', 'F0310', 'F0313', 'F0314', 'F0317', 'F0318', 'F0321', 'F0323', 'F0324', 'F0329', 'F0330', 'F0340', 'F0406', 'F0411', 'T0217', 'T0218', 'T0219', 'T0220', 'T0349',
    'T0350', 'T0352', 'T0353', 'T0404', 'T0514', 'T0515', 'T0604', 'T0605', 'T0606',
  ],
  'it says what was expected there': [
    'F0353', 'F0354', 'F0356', 'F0360', 'F0361', 'F0362', 'F0363', 'F0365',
    'F0603', 'F0604', 'F0605', 'F0608', 'F0610', 'F0611', 'F0612', 'F0613', 'F0614', 'F0615',
    'X0060', 'X0061', 'X0062', 'X0063', 'X0066',
    'P0022', 'P0023', 'P0024', 'P0025', 'P0026', 'P0027', 'P0029', 'P0031', 'P0032', 'P0033', 'P0035', 'P0036', 'P0037', 'P0038', 'P0041',
    'A0111', 'A0144', 'A0150', 'A0184', 'A0185', 'A0189', 'A0201', 'A0202', 'A0203', 'F0111', 'F0301', 'F0302', 'F0303', 'F0304', 'F0307', 'F0308', 'F0309', 'F0311', 'F0315', 'F0319',
    'F0322', 'F0327', 'F0328', 'F0351', 'F0401', 'F0402', 'F0403', 'F0404', 'F0405', 'F0407', 'F0408', 'F0409', 'F0410', 'T0221', 'T0345', 'T0346', 'T0351', 'T0412', 'T0413', 'T0414', 'T0415', 'F0341', 'F0342',
    'T0416', 'T0417', 'T0607',
  ],
  'it says what to do': [
    'P0050', 'P0051', 'P0052', 'P0053', 'P0054', 'P0056', 'X0001', 'X0002', 'X0033', 'X0036', 'X0037', 'X0052', 'X0054',
    'T0309', 'T0325', 'T0334', 'T0409', 'T0410', 'T0505',
    'A0134', 'A0159', 'A0172', 'C0108', 'C0109', 'F0115', 'F0117', 'F0118', 'F0121', 'F0206', 'F0306', 'F0316', 'F0326',
  ],
  'notes show both places': ['X0020', 'X0023', 'X0030', 'T0105', 'T0106', 'T0201', 'T0326', 'T0511', 'T0601'],
  'it names both types': ['T0203', 'T0204', 'T0212', 'T0301', 'T0303', 'T0306', 'T0608', 'T0609'],
};

t.test('every code has a case', async (t) => {
  const shown = new Set(caseNames().flatMap((name) => readCase(name).expected.map((line) => line.split(' ')[1]!)));
  for (const code of diagnosticKinds.keys()) t.not(shown.has(code), code in casesElsewhere, code);
  for (const code of shown) t.ok(diagnosticKinds.has(code), `${code} is declared`);
});

t.test('every message has a hint, or a reason for none', async (t) => {
  const listed = Object.values(withoutHint).flat();
  t.same(listed, [...new Set(listed)], 'listed once');
  for (const [code, kind] of diagnosticKinds) t.not(kind.template('command').hint !== undefined, listed.includes(code), code);
  for (const code of listed) t.ok(diagnosticKinds.has(code), `${code} is declared`);
});

/** Messages that the script or another room words. */
const wordedElsewhere: Readonly<Record<string, string>> = {
  A0174: 'runtime/discover/user/debug-files.ts and model/dwarf',
  X0017: 'the text of #error is the script\'s own',
  F0340: 'what fail() says is the script\'s own',
};

t.test('a code names one message', async (t) => {
  for (const [code, kind] of diagnosticKinds) {
    const { message, hint } = kind.template('command');
    const own = (text: string): string => text.replace(/‹\w+›/g, '');
    t.not(/\w/.test(own(message)), code in wordedElsewhere, `${code} has words of its own`);
    if (hint !== undefined) t.match(own(hint), /\w/, `the hint of ${code} has words of its own`);
    t.notMatch(`${message} ${hint ?? ''}`, /\bundefined\b(?! behavior)/, `${code} names its parts`);
  }
});

t.test('a code is declared once', async (t) => {
  t.throws(() => diagnostic('T0101', { message: () => 'again' }), { message: 'diagnostic code T0101 is declared twice' });
});
