// Where the command writes, and how: script output on stdout or in the -o file, everything else on stderr.

import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import type { TbpfError } from '../model/diagnostics/errors.js';
import { renderDiagnostics } from '../model/diagnostics/render.js';
import { strerror } from '../language/strerror.js';
import { Sink, createWriter, type Rendering, type Writer } from '../runtime/output/index.js';
import { isatty } from 'node:tty';
import type { CommandLine } from './command-line.js';
import { Failure, status } from './failure.js';

const STDOUT = 1;
const STDERR = 2;

export class Output {
  readonly out: Sink;
  readonly errors = new Sink(STDERR);
  /** warnings of the compiler and the like: stdout, also with -o */
  private readonly stdout: Sink;
  private readonly colour: boolean;

  /** @param onClosed  nobody reads the output any more
   *  @throws Failure  the file of -o cannot be written */
  constructor(
    private readonly line: Pick<CommandLine, 'output' | 'buffering' | 'warnings' | 'format'>,
    onClosed: () => void,
  ) {
    const options = { buffering: line.buffering, onClosed };
    this.stdout = new Sink(STDOUT, options);
    this.out = line.output === undefined ? this.stdout : openFile(line.output, options);
    this.colour = wantsColour(process.env['BPFTRACE_COLOR'] ?? 'auto', (text) => this.warn(text));
  }

  get terminalErrors(): boolean {
    return isatty(STDERR);
  }

  writer(rendering: Rendering): Writer {
    return createWriter(this.line.format, { out: this.out, errors: this.errors, rendering, terminal: this.line.output === undefined && isatty(STDOUT), terminalErrors: this.terminalErrors });
  }

  /** Errors (and with them warnings) on stderr; warnings alone on stdout. */
  diagnostics(found: readonly Diagnostic[]): void {
    const failed = found.some(({ severity }) => severity === 'error');
    const shown = this.line.warnings ? found : found.filter(({ severity }) => severity === 'error');
    const text = renderDiagnostics(shown, { colour: this.colour });
    if (failed) this.message(text);
    else this.print(text);
  }

  /** Text on stdout that is not script output. */
  print(text: string): void {
    this.stdout.write(text);
  }

  /** Text on stderr, after what was printed before. */
  message(text: string): void {
    this.out.flush();
    this.errors.write(text);
    this.errors.flush();
  }

  warn(text: string): void {
    if (this.line.warnings) this.message(`WARNING: ${text}\n`);
  }

  flush(): void {
    this.out.flush();
    this.stdout.flush();
    this.errors.flush();
  }
}

function openFile(path: string, options: { readonly buffering?: CommandLine['buffering'] }): Sink {
  try {
    return Sink.openFile(path, options);
  } catch (error) {
    const { errno } = error as TbpfError;
    const reason = errno === undefined ? (error as TbpfError).message : strerror(errno);
    throw new Failure(`ERROR: Failed to open output file: "${path}": ${reason}`, status.wrong);
  }
}

function wantsColour(setting: string, warn: (text: string) => void): boolean {
  if (setting === 'always' || setting === 'never') return setting === 'always';
  if (setting !== 'auto') warn(`Invalid env value! The valid values of BPFTRACE_COLOR are auto, always, never; it is ${setting}`);
  return isatty(STDOUT) && isatty(STDERR);
}
