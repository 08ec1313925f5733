// Entry of `tbpf run FILE`, and of a script that an earlier start compiled: a bundle of its own that holds no compiler: reading the command's is most of a start (bin/tbpf chooses).

import { enter } from './entry.js';
import { runFile, runKept } from './jobs/run-file.js';

enter((line) => (line.action === 'run file' ? runFile(line) : runKept(line)), () => Promise.resolve('Options: tbpf -h\n'));
