// Entry of the tools: `tbpf execsnoop …`, and `execsnoop-tbpf …`.
//
//   in     process.argv[2], the name of a tool as bin/tbpf has found it, and the words behind it

import { runCommandLine } from './shared/command-line.js';
import { tools } from './tools.js';

const [name, ...words] = process.argv.slice(2);

tools[name as keyof typeof tools]().then((tool) => runCommandLine(tool, words)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\nThis is a mistake in tbpf. Please report it.\n`);
    process.exit(2);
  },
);
