// `npm run vm -- [--kernel 6.1|6.12|PATH] [--timeout SECONDS] [--append PARAMETERS] [CMD…]`: one command in a guest, or a shell.
//
//   out    the command's stdout and stderr as they come, its exit status; 124 when it took too long, 125 when the guest died
//   facts  one CMD is a line for the shell, several are a program and its arguments

import { join } from 'node:path';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Complaint } from '../complaint.js';
import { lastLines, quote, runGuest } from './guest.js';
import { findKernel, knownKernels } from './kernel.js';
import { cache } from './paths.js';

const { values, positionals } = parseArgs({
  options: { kernel: { type: 'string' }, timeout: { type: 'string', default: '600' }, append: { type: 'string' }, quiet: { type: 'boolean', short: 'q' } },
  args: beforeCommand(process.argv.slice(2)).options,
  allowPositionals: true,
});
const timeoutMs = Number(values.timeout) * 1000;
if (!(timeoutMs > 0)) throw new Complaint(`--timeout takes seconds, not '${values.timeout}'.`);
const words = [...positionals, ...beforeCommand(process.argv.slice(2)).command];
const kernel = findKernel(values.kernel ?? knownKernels.at(-1)!.name);
mkdirSync(cache, { recursive: true });
const share = mkdtempSync(join(cache, 'run-'));
const command = words.length === 0 ? undefined : words.length === 1 ? words[0]! : words.map(quote).join(' ');
const cwd = process.env['INIT_CWD'] ?? process.cwd();
if (command === undefined) console.error(`A shell in Linux ${kernel.release}. Leave it with exit; Ctrl-a x ends the guest at once.`);
const end = await runGuest({
  kernel, command, share, cwd,
  parameters: values.append?.split(' '),
  timeoutMs: command === undefined ? 2 ** 31 - 1 : timeoutMs,
  onStdout: (bytes) => process.stdout.write(bytes),
  onStderr: (bytes) => process.stderr.write(bytes),
});
rmSync(share, { recursive: true });
if (end.timedOut) {
  console.error(`vm: ended after ${values.timeout} s; the console's last lines:\n${lastLines(end.console)}`);
  process.exitCode = 124;
} else if (end.status === undefined) {
  console.error(`vm: the guest died; the console's last lines:\n${lastLines(end.console)}`);
  process.exitCode = 125;
} else {
  if (!values.quiet && command !== undefined) console.error(`vm: Linux ${kernel.release}, up after ${end.bootSeconds.toFixed(1)} s, ${end.seconds.toFixed(1)} s in all`);
  process.exitCode = end.status;
}

/** Splits the rig's own options from the command, which may have options too. */
function beforeCommand(args: string[]): { options: string[]; command: string[] } {
  let at = 0;
  while (at < args.length && args[at]!.startsWith('-') && args[at] !== '--') at += /^--(kernel|timeout|append)$/.test(args[at]!) ? 2 : 1;
  return { options: args.slice(0, at), command: args.slice(args[at] === '--' ? at + 1 : at) };
}
