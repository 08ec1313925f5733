// What test files get for `import t from 'tap'` in a guest: the test that stands for the file.
//
//   why    several files run in one process, one after the other (runner.ts), and each writes to the `t` it imports

import { t as root, type Test } from 'tap';

export type { Test } from 'tap';

let current: Test | undefined;

/** Runs one file's tests in a test of their own. Resolves when all of them have ended, to whether they passed. */
export function asOneTest(name: string, timeoutMs: number, load: () => Promise<unknown>): Promise<boolean> {
  const { subtest } = root.test(name, { timeout: timeoutMs }, async (test) => {
    current = test;
    await load();
  });
  // its promise is done when `load` is, and that only puts tests in line
  return new Promise((resolve) => subtest!.parser.once('complete', ({ ok }) => resolve(ok)));
}

export const t = new Proxy({} as Test, {
  get(_, name) {
    const value = current![name as keyof Test] as unknown;
    return typeof value === 'function' ? (value as () => unknown).bind(current) : value;
  },
});

export default t;
