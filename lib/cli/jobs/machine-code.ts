// Keeps V8 from making machine code while a script is compiled.
//
//   facts  V8 makes machine code, on another thread, of a function that has run for `--interrupt-budget` bytes of bytecode. Compiling a script runs
//          much of the compiler a few hundred times: at V8's own number more processor time goes into machine code than into the script, and much of the
//          code is thrown away again. A long script still comes to the higher number.
//          Code that Node keeps of its own modules is refused while a flag differs, so the number is put back.
//          Loading node:v8 takes milliseconds, which a short script does not win back

import { v8 } from '../../runtime/native/node-modules.js';

/** V8's own */
const ORDINARY = 67_584;
const PATIENT = 1_000_000;
const SHORT_SCRIPT = 500;

/** A wildcard makes many programs of a short text. */
export function withLateMachineCode<T>(scriptText: string, compile: () => T): T {
  if (scriptText.length < SHORT_SCRIPT && !scriptText.includes('*')) return compile();
  const { setFlagsFromString } = v8();
  setFlagsFromString(`--interrupt-budget=${PATIENT}`);
  try {
    return compile();
  } finally {
    setFlagsFromString(`--interrupt-budget=${ORDINARY}`);
  }
}
