// Modules of Node that few runs need. Each is loaded by the first call that asks for it, because loading one of them takes milliseconds of every start.
//
//   facts  createRequire() takes any absolute path for Node's own modules

import type * as ChildProcess from 'node:child_process';
import { createRequire } from 'node:module';
import type * as Tty from 'node:tty';
import type * as V8 from 'node:v8';
import type * as Zlib from 'node:zlib';

/** node:child_process */
export function childProcess(): typeof ChildProcess {
  return createRequire(process.execPath)('node:child_process') as typeof ChildProcess;
}

/** node:tty, which brings node:net along */
export function tty(): typeof Tty {
  return createRequire(process.execPath)('node:tty') as typeof Tty;
}

/** node:v8 */
export function v8(): typeof V8 {
  return createRequire(process.execPath)('node:v8') as typeof V8;
}

/** node:zlib */
export function zlib(): typeof Zlib {
  return createRequire(process.execPath)('node:zlib') as typeof Zlib;
}
