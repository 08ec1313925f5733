// Records what opens.bt needs to know of this machine, once and as root: with it the script compiles and is tested anywhere.
//
//   node record.mjs

import { writeFileSync } from 'node:fs';
import { openMachine } from 'tbpf';

const facts = await openMachine().record(['tracepoint:syscalls:sys_enter_openat', 'tracepoint:syscalls:sys_exit_openat']);
writeFileSync(new URL('opens.facts.json', import.meta.url), `${JSON.stringify(facts, undefined, 1)}\n`);
