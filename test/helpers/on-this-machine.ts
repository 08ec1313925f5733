// Tests that a guest leaves out: it is emulated and slow, and what does not depend on the kernel was tried on this machine.

/** Options of a test.
 * @param why  what the skipped test says */
export function onThisMachine(why = 'this machine tries it'): { readonly skip: string | false } {
  return { skip: process.env['TBPF_GUEST'] === undefined ? false : why };
}

/** The guest whose kernel lies between the oldest one and the machine's. */
const isBetween = process.env['TBPF_GUEST'] === '6.12' && !process.env['TBPF_ALL_CASES'];

/** Why a row is not tried here that the machine tries with a newer kernel, and the other guest with an older one; undefined: it is tried. Rows that need kprobes
 *  or fentry, which the machine may lack, are no such rows. */
export const triedByNewerAndOlder: string | undefined = isBetween ? 'the machine and the older guest try it' : undefined;
