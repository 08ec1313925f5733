// watchpoint: fires when memory at an address is read, written or executed; a hardware breakpoint on each CPU.
//
//   facts  include/uapi/linux/hw_breakpoint.h; which modes a processor has: arch_build_bp_info of the kernel. A breakpoint on
//          execution is as long as a `long` (perf_event_open(2))

import { perfType } from '../../model/bpf/perf-uapi.js';
import type { Arch } from '../../model/target/target.js';
import type { ProbeRecord } from '../record.js';
import * as say from './diagnostics.js';
import { expectParts, refuse } from './diagnostics.js';

const LONG_BYTES = 8;
const modeBits: Readonly<Record<string, number>> = { r: 1, w: 2, x: 4 };
const modesByArch: Readonly<Record<Arch, readonly string[]>> = { x86_64: ['rw', 'w', 'x'], arm64: ['r', 'w', 'x', 'rw'] };

export const watchpoint: ProbeRecord = {
  name: 'watchpoint', aliases: ['w'], doc: 'Access to a piece of memory.', syntax: 'watchpoint:address:length:mode',
  programKind: 'perf_event', needs: 'watchpoint', addressSpace: 'none', pidFilter: 'kernel', registers: true, returnValue: 0,
  facts: 'elsewhere',
  resolve(point, c) {
    if (!expectParts(c, point, watchpoint, [3])) return [];
    const [, where, bytes, letters] = point.parts as [string, string, string, string];
    const address = c.parseNumber(where);
    if (address === undefined) return refuse(c, point, say.badAddress.with({ address: where, syntax: watchpoint.syntax }));
    if (address <= 0n) return refuse(c, point, say.zeroAddress.with({}));
    const length = Number(c.parseNumber(bytes) ?? 0n);
    if (![1, 2, 4, 8].includes(length)) return refuse(c, point, say.badWatchLength.with({}));
    if (letters === '' || /[^rwx]/.test(letters)) return refuse(c, point, say.badWatchMode.with({}));
    if (new Set(letters).size !== letters.length) return refuse(c, point, say.repeatedWatchMode.with({}));
    const mode = [...letters].sort().join('');
    const modes = modesByArch[c.target.arch];
    if (!modes.includes(mode)) return refuse(c, point, say.unsupportedWatchMode.with({ mode, modes }));
    return [{
      record: watchpoint, point, section: 'perf_event',
      matches: [{
        probe: point.label ?? `watchpoint:${address}:${length}:${mode}`,
        attach: {
          kind: 'perf_event', type: perfType.breakpoint, config: 0n, samplePeriod: 1n, cpus: 'all', ...(c.pid === undefined ? {} : { pid: c.pid }),
          breakpoint: { address, length: mode === 'x' ? LONG_BYTES : length, mode: [...mode].reduce((all, letter) => all | modeBits[letter]!, 0) },
        },
      }],
    }];
  },
};
