// The language, from files: each script is compiled to the bytes of a file and run from them, and says what it says when it is compiled.
//
//   facts  guests run several files in a process, where the setting would reach the others and an imported file runs once

import t from 'tap';

if (process.env['TBPF_GUEST'] !== undefined) t.pass('this machine tries it', { skip: 'this machine tries it' });
else {
  process.env['TBPF_FROM_FILE'] = '1';
  await import('../language.test.js');
}
