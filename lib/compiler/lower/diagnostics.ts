// What lowering reports about a script: L codes.

import { diagnostic } from '../../model/diagnostics/diagnostic.js';

export const stackTooLarge = diagnostic('L0101', {
  message: () => 'Stack size is too large. Trying moving some scratch variables into maps or try setting a lower on_stack_limit (e.g. `config = { on_stack_limit=16 }`)',
  hint: () => 'A program, its loops and the functions it calls have 512 bytes together: nest fewer of them, or divide a long expression.',
});
export const tooManyMaps = diagnostic<{ limit: number; count: number; own: number }>('L0102', {
  message: (a) => `This probe uses ${a.count} maps, the kernel allows ${a.limit} for each program`,
  hint: (a) => `Use one map with a key for several: @a["x"] and @a["y"] for @x and @y, or divide the probe into several with the same attach point.${a.own > 0 ? ` ${a.own} of the maps are tbpf's own.` : ''}`,
});
export const tooDeep = diagnostic<{ limit: number }>('L0103', {
  message: (a) => `Loops and functions are nested too deeply: the body of a loop is a function too, and the kernel allows ${a.limit} to call each other, the probe included`,
  hint: () => 'Make one loop of two: for $i : 0..(rows * columns), with $i / columns and $i % columns. unroll (N) { } is no such loop; strcontains(), len() and their like may be one.',
});
export const tooLong = diagnostic<{ slots: number }>('L0104', {
  message: (a) => `The code of this probe is too long: a jump here would have to pass over ${a.slots} instructions, and one reaches 32767`,
  hint: () => 'Divide the probe into several with the same attach point, or write for $i : 0..N in place of unroll (N).',
});
export const tooManyOperations = diagnostic<{ limit: number }>('L0105', {
  message: (a) => `The code of this probe is too long: it has more than ${a.limit} operations, every turn of unroll counted`,
  hint: () => 'Divide the probe into several with the same attach point, or write for $i : 0..N in place of unroll (N).',
});
