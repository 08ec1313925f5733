// Tests that a guest leaves out: it is emulated and slow, and what does not depend on the kernel was tried on this machine.

/** Options of a test.
 * @param why  what the skipped test says */
export function onThisMachine(why = 'this machine tries it'): { readonly skip: string | false } {
  return { skip: process.env['TBPF_GUEST'] === undefined ? false : why };
}
