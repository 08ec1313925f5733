// Who uses the library is not told of the command line: every message, hint and advice in the library's words.

import t from 'tap';
import { errorOf, plainError, Revival } from '../../lib/api/plain.js';
import { compile } from '../../lib/compile.js';
import { diagnosticKinds } from '../../lib/model/diagnostics/diagnostic.js';
import { LoadError, TbpfError } from '../../lib/model/diagnostics/errors.js';
import { hintOf, inWords, onlyCommand, setting } from '../../lib/model/diagnostics/faces.js';
import { diagnosticToObject } from '../../lib/model/diagnostics/json.js';
import { renderDiagnostic } from '../../lib/model/diagnostics/render.js';
import { createNativeError } from '../../lib/runtime/native/errors.js';
import { reportLoadError } from '../../lib/trace/load-report.js';
import { Source } from '../../lib/model/source/source.js';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { caseNames, compileCase, readCase } from './cases.js';

const unsafe = `Use ${setting('unsafe', '--unsafe', '{ unsafe: true }')} to force it.`;

t.test('one text in the words of both', async (t) => {
  t.equal(inWords('command', unsafe), 'Use --unsafe to force it.');
  t.strictSame(hintOf(unsafe), { text: 'Use { unsafe: true } to force it.', option: 'unsafe' });
  t.equal(inWords('command', `a${onlyCommand(', or -l')}.`), 'a, or -l.');
  t.strictSame(hintOf(`a${onlyCommand(', or -l')}.`), { text: 'a.' });
  t.equal(hintOf(onlyCommand('tbpf -l lists them.')), undefined);
});

t.test('an error has the words of the library, and tells the command its own', async (t) => {
  const error = new TbpfError('no', { code: 'EPERM', advice: unsafe });
  t.equal(error.advice, 'Use { unsafe: true } to force it.');
  t.equal(error.adviceOf('command'), 'Use --unsafe to force it.');
  t.notMatch(JSON.stringify(error), '--unsafe');
  t.equal(new TbpfError('no', { code: 'EPERM', advice: onlyCommand('tbpf -l') }).advice, undefined);
});

/** Commands of the shell that help whoever reads it: they are no words of tbpf's own command line. */
const shell = /\b(?:mount -t|ulimit -\w|nsenter -m -p|unshare --mount-proc|findmnt -t|clang -O2 -g -target bpf -c NAME\.bpf\.c -o)/g;
/** An option of a command, a run of tbpf, a script of the package, a variable that only the command reads. */
const commandLine = /(?<![\w'"%.$@\])-])--?[a-zA-Z][\w-]*|\bnpm (?:run|rebuild)\b|\btbpf (?:-|doctor\b)|\bBPFTRACE_\w+/;

function speaksCommand(text: string): boolean {
  return commandLine.test(text.replaceAll(shell, ''));
}

t.test('what is looked for is found', async (t) => {
  for (const text of ['Use --unsafe.', 'Use -v for more', 'leave out `-d verifier`', 'tbpf -l lists them', 'See tbpf doctor', 'Run: npm run build:addon', 'raise BPFTRACE_MAX_PROBES']) t.ok(speaksCommand(text), text);
  for (const text of ['The - operator', '$x--', '-1', 'mount -t proc proc /proc', "printf('%-8s')", 'a non-scalar map', '{ unsafe: true }']) t.notOk(speaksCommand(text), text);
});

t.test('every kind of message', async (t) => {
  for (const [code, kind] of diagnosticKinds) {
    const { message, hint } = kind.template('library');
    t.notOk(speaksCommand(`${message} ${hint ?? ''}`), `${code}: ${message} ${hint ?? ''}`);
  }
});

t.test('every message that a script in this folder brings out', async (t) => {
  for (const name of caseNames()) {
    for (const diagnostic of compileCase(readCase(name)).diagnostics) {
      const { code, message, hints, notes } = diagnostic;
      for (const text of [message, ...hints.map((hint) => hint.text), ...notes.map((note) => note.message)]) t.notOk(speaksCommand(text), `${name}: ${code}: ${text}`);
    }
  }
});

t.test('the command says its own', async (t) => {
  const [diagnostic] = compileCase(readCase('T0403-unsafe.bt')).diagnostics;
  t.match(renderDiagnostic(diagnostic!, { face: 'command' }), /HINT: Run tbpf with --unsafe to allow it\.\n$/);
  t.match(diagnosticToObject(diagnostic!, 'command'), { hints: ['Run tbpf with --unsafe to allow it.'] });
  t.match(renderDiagnostic(diagnostic!), /HINT: Give \{ unsafe: true \} to allow it\.\n$/);
  t.strictSame(diagnostic!.hints, [{ text: 'Give { unsafe: true } to allow it.', option: 'unsafe' }]);
});

t.test('whoever writes scripts in JavaScript is told of its templates', async (t) => {
  for (const [name, words] of [['P0001-line-break.bt', /write \\\\n, or bpf before the template/], ['T0101-text.bt', /bpf`…`/]] as const) {
    const [diagnostic] = compileCase(readCase(name)).diagnostics;
    t.match(diagnostic!.hints[0]!.text, words, name);
    t.notMatch(renderDiagnostic(diagnostic!, { face: 'command' }), words, name);
  }
});

const operations = ['bpf_prog_load', 'bpf_map_create', 'bpf_map_lookup_elem', 'attach', 'bpf_program__attach_kprobe', 'bpf_link_create', 'perf_event_open', 'open', 'execve', 'fork', 'mount', 'memfd_create'];
const codes = ['E2BIG', 'EACCES', 'EADDRNOTAVAIL', 'EAGAIN', 'EBUSY', 'EEXIST', 'EILSEQ', 'EINVAL', 'EISDIR', 'EMFILE', 'ENFILE', 'ENODEV', 'ENOENT', 'ENOEXEC', 'ENOMEM', 'ENOSPC', 'ENOTDIR', 'ENOTSUPP', 'EOPNOTSUPP', 'EPERM', 'ESRCH'];

t.test('what the kernel refuses', async (t) => {
  for (const operation of operations) {
    for (const code of codes) {
      const error = createNativeError({ operation, code, errno: 1, detail: 'x' }) as TbpfError;
      t.notOk(speaksCommand(`${error.message} ${error.advice ?? ''}`), `${operation} ${code}: ${error.message} ${error.advice ?? ''}`);
    }
  }
});

t.test('a program that is refused', async (t) => {
  const { manifest } = compile(new Source('stdin', 'begin { @x = 1; }'), new FixtureTarget()).output!;
  for (const [code, log] of [['EACCES', '0: (b7) r0 = 0\nR6 invalid mem access\n'], ['ENOSPC', 'x'], ['ENOMEM', ''], ['EMFILE', '']] as const) {
    const { message, hints } = reportLoadError(new LoadError('refused', { code, errno: 1, program: 'p', log }), manifest);
    for (const text of [message, ...hints.map((hint) => hint.text)]) t.notOk(speaksCommand(text), `${code}: ${text}`);
  }
});

t.test('what another thread says keeps the words of the library', async (t) => {
  const [diagnostic] = compileCase(readCase('T0403-unsafe.bt')).diagnostics;
  const arrived = new Revival().diagnostic(structuredClone(diagnostic!));
  t.strictSame(arrived.hints, diagnostic!.hints);
  t.match(renderDiagnostic(arrived), 'HINT: Give { unsafe: true } to allow it.');
  const error = errorOf(structuredClone(plainError(new TbpfError('no', { code: 'EPERM', advice: unsafe })))) as TbpfError;
  t.equal(error.advice, 'Use { unsafe: true } to force it.');
  t.equal(error.adviceOf('command'), 'Use { unsafe: true } to force it.');
});
