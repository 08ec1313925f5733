// Entry of `tbpf run FILE`, a bundle of its own that holds no compiler: reading the command's is most of a start (bin/tbpf chooses).

import { enter } from './entry.js';
import { runFile } from './jobs/run-file.js';

enter(runFile, () => Promise.resolve('Options: tbpf -h\n'));
