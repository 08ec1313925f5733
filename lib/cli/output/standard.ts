// Text on standard output for the parts of the command that print and end.

import { Sink } from '../../runtime/output/sink.js';

const STDOUT = 1;
const stdout = new Sink(STDOUT, { buffering: 'none' });

/** Waits until everything is written. @returns false when nobody reads any more
 *  @throws TbpfError  it cannot be written */
export function print(text: string): boolean {
  stdout.write(text);
  return !stdout.closed;
}
