// debugf: text for the kernel's own trace, which tracefs' trace_pipe shows.
//
//   facts  bpf_trace_printk takes three arguments; flags and widths since Linux 5.13; %p would print a hash. Conversions are those of seq-printf.ts

import { s64 } from '../../model/ir/ir.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { voidType } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import { parseFormat } from '../format.js';
import { checkedConversions, checkKernelPrints } from './checked-format.js';
import { argumentOf, defineFunction } from './define.js';
import { argumentValue, kernelConversion } from './seq-printf.js';

const MOST_CONVERSIONS = 3;

export const debugf = defineFunction({
  name: 'debugf', mode: 'S', variadic: true, doc: 'Writes formatted text into the kernel\'s trace (trace_pipe of tracefs).',
  params: [{ name: 'fmt', accepts: 'format', doc: 'format with at most three of %d, %u, %x, %p, %s' }],
  check(call, c) {
    const printed = checkedConversions(call, c);
    if (printed && printed.length > MOST_CONVERSIONS) c.report(say.tooManyConversions.at(call.span, {}));
    else if (printed) checkKernelPrints(printed, c, say.notInTrace);
    c.report(say.debugfWarning.at(call.span, {}));
    return voidType;
  },
  lower(call, l) {
    let format = '';
    let index = 1;
    const values = parseFormat(String(l.literal(call.args[0]!))).flatMap((piece) => {
      if (typeof piece === 'string') {
        format += piece.replaceAll('%', '%%');
        return [];
      }
      const argument = argumentOf(call, index++);
      const type = l.typeOf(argument);
      format += kernelConversion(piece, type);
      return [argumentValue(piece, argument, type, l)];
    });
    const text = bytesOfText(`${format}\0`);
    l.b.call('trace_printk', [l.constant(text), l.b.const(text.length), ...values], s64);
  },
});
