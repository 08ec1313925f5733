// What lowering has to say of a script.

import { diagnostic } from '../../model/diagnostics/diagnostic.js';

export const stackTooLarge = diagnostic('L0101', {
  message: () => 'Stack size is too large. Trying moving some scratch variables into maps or try setting a lower on_stack_limit (e.g. `config = { on_stack_limit=16 }`)',
  hint: () => 'A program and the loops in it have 512 bytes together: nest fewer loops, or divide a long expression.',
});
