// Helpers on strings.
//
//   facts  strncmp and snprintf take their constant string from a read-only map (kernel/bpf/helpers.c)

import { latin1, latin1Bytes } from '../../model/bytes/bytes.js';
import { errno } from '../errno.js';
import { formatKernel } from './printf.js';
import type { Call, Helper } from './helper.js';

const TRACE_ARGS = 3;

function words(call: Call, dataIndex: number, sizeIndex: number): bigint[] | undefined {
  const size = call.size(sizeIndex, { zero: true });
  if (size % 8 !== 0) return undefined;
  const data = call.read(dataIndex, size);
  const view = new DataView(data.buffer, data.byteOffset, size);
  return Array.from({ length: size / 8 }, (_, i) => view.getBigUint64(i * 8, true));
}

/** A format passed with its size, which counts the NUL. */
function sizedFormat(call: Call, index: number, sizeIndex: number): string | undefined {
  const format = latin1(call.read(index, call.size(sizeIndex, { zero: false })));
  return format.endsWith('\0') ? format.slice(0, format.indexOf('\0')) : undefined;
}

export const textHelpers: readonly Helper[] = [
  {
    name: 'strncmp', args: 3,
    run(call) {
      const size = call.size(1, { zero: false });
      const left = call.read(0, size);
      const right = call.constantString(2);
      for (let i = 0; i < size; i++) {
        const a = left[i]!;
        const b = right[i] ?? 0;
        if (a !== b) return a < b ? -1 : 1;
        if (a === 0) return 0;
      }
      return 0;
    },
  },
  {
    name: 'snprintf', args: 5,
    run(call) {
      const size = call.size(1, { zero: true });
      const format = latin1(call.constantString(2));
      const args = words(call, 3, 4);
      const output = args && formatKernel(call.machine, format, args);
      if (typeof output !== 'string') {
        call.write(0, size, 0);
        return -errno.EINVAL;
      }
      if (size > 0) {
        const cut = latin1Bytes(`${output.slice(0, size - 1)}\0`);
        call.write(0, size, cut.length).set(cut);
      }
      return output.length + 1;
    },
  },
  {
    name: 'trace_printk', args: 2,
    run(call) {
      const format = sizedFormat(call, 0, 1);
      if (format === undefined) return -errno.EINVAL;
      const args = [3, 4, 5].slice(0, TRACE_ARGS).map((register) => call.frame.r[register]);
      const given = args.slice(0, args.indexOf(undefined) < 0 ? TRACE_ARGS : args.indexOf(undefined)) as bigint[];
      const output = formatKernel(call.machine, format, given);
      if (typeof output === 'number') return output;
      call.machine.tracePipe.push(output);
      return output.length;
    },
  },
  {
    name: 'seq_printf', args: 5,
    run(call) {
      const format = sizedFormat(call, 1, 2);
      const args = words(call, 3, 4);
      const output = format !== undefined && args && formatKernel(call.machine, format, args);
      if (typeof output !== 'string') return -errno.EINVAL;
      call.machine.seqOutput.push(latin1Bytes(output));
      return 0;
    },
  },
  {
    name: 'seq_write', args: 3,
    run(call) {
      call.machine.seqOutput.push(call.read(1, call.size(2, { zero: true })).slice());
      return 0;
    },
  },
];
