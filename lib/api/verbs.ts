// The verbs as the library exports them: each loads what it needs when it is first called, so that importing the library
// costs little.

import type { CompileOptions } from './compile-options.js';
import type { KernelInfo } from './kernel-info.js';
import type { ListedProbe } from './list-probes.js';
import type { LoadOptions, TraceOptions } from './options.js';
import type { Compiled, Program } from './program.js';
import type { Script } from './script.js';
import type { ScriptTypes, UnknownTypes } from './script-types.js';
import type { Session } from './session.js';

/** Compiles and loads a script, runs its begin probes and attaches the others.
 * @throws AbortError  the signal was aborted before all was attached
 * @throws CompileError, LoadError (`.span`, `.log`), AttachError (`.attachPoint`), NotSupportedError, PermissionError, OptionError, TbpfError */
export async function trace<S extends ScriptTypes = UnknownTypes>(script: Script, options: TraceOptions = {}): Promise<Session<S>> {
  return (await import('../trace.js')).trace<S>(script, options);
}

/** Runs what compile() made, or the bytes of a file that Program.toBytes() or `tbpf build` wrote; the compiler is not needed.
 * @throws AbortError, LoadError, AttachError, NotSupportedError, PermissionError, OptionError, TbpfError */
export async function load<S extends ScriptTypes = UnknownTypes>(program: Program<S> | Compiled | Uint8Array, options: LoadOptions = {}): Promise<Session<S>> {
  return (await import('../trace.js')).load<S>(program, options);
}

/** Compiles a script without running it. For the running machine that is done in a thread of its own, for recorded facts at once.
 * @throws CompileError  `.diagnostics` say what is wrong, with places
 * @throws OptionError; TbpfError  the script's file cannot be read */
export async function compile<S extends ScriptTypes = UnknownTypes>(script: Script, options: CompileOptions = {}): Promise<Program<S>> {
  return (await import('./compile-script.js')).compile<S>(script, options);
}

/** The probes that match, as they are found: `tracepoint:sched:*`, `*sleep*`, `uprobe:/bin/bash:*`. A regular expression is held against the whole name of
 *  each of the kernel's probes, with a pid of those of the process.
 * @throws TbpfError ERR_PATTERN  no such provider;  OptionError; PermissionError */
export async function* listProbes(pattern: string | RegExp, options: { readonly pid?: number } = {}): AsyncGenerator<ListedProbe, void, undefined> {
  yield* (await import('./list-probes.js')).listProbes(pattern, options);
}

/** Looks at the machine; takes about 100 ms. */
export async function kernelInfo(): Promise<KernelInfo> {
  return (await import('./kernel-info.js')).kernelInfo();
}
