// A process that runs test files one after the other, as driver.ts sends them.
//
//   why    in an emulated CPU it takes two seconds to load tap, two more to read the kernel's types and symbols, and the compiler is slow
//          until V8 has compiled it: files that share a process share these
//   in     messages: FileToRun
//   out    TAP, a test for each file; a message FileEnd when a file has ended

import { asOneTest } from './test-of-file.js';

export interface FileToRun {
  readonly name: string;
  readonly module: string;
  readonly timeoutSeconds: number;
}

export interface FileEnd {
  readonly name: string;
  readonly passed: boolean;
}

process.on('message', ({ name, module, timeoutSeconds }: FileToRun) => {
  void asOneTest(name, timeoutSeconds * 1000, () => import(module)).then((passed) => {
    process.channel!.ref(); // tap lets a process end though the channel is open
    process.send!({ name, passed } satisfies FileEnd);
  });
});
