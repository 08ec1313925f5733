// The programs people start with, from files: each is compiled to the bytes of a file and run from them, and prints what it prints when it is compiled.
//
//   facts  in guests only: on a machine that others use these programs are restricted to a process by the command, which compiles them

import t from 'tap';

if (process.env['TBPF_GUEST'] === undefined) t.pass('in guests only', { skip: 'the programs are for the whole system' });
else {
  process.env['TBPF_FROM_FILE'] = '1';
  await import('../seed-programs.test.js');
}
