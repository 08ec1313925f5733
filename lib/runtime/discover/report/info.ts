// `tbpf --info`: the report that belongs in a bug report (language.md 8.7).
//
//   facts  sections and names are bpftrace's, so that tools which read its report read this one

import { arch, release, type, version as systemVersion } from 'node:os';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { programType } from '../../../model/bpf/uapi.js';
import type { NativeAddon } from '../../native/types.js';
import { errnoOf } from '../errno.js';
import type { RunningTarget } from '../running-target.js';

export interface InfoOptions {
  /** of tbpf, without `v` */
  readonly version: string;
  /** what was built in, beyond what is always so */
  readonly systemdNotify?: boolean;
}

type Entry = readonly [name: string, value: string];

const COLUMN = 35;

/** The whole report, ending with a line break. */
export function renderInfo(target: RunningTarget, native: NativeAddon, options: InfoOptions): string {
  const yes = (name: string, feature: string): Entry => [name, answer(() => target.has(feature))];
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['System', [`  OS: ${type()} ${release()} ${systemVersion()}`, `  Arch: ${arch() === 'x64' ? 'x86_64' : arch()}`]],
    ['Build', [
      `  version: v${options.version}`,
      '  LLVM: none, tbpf compiles to BPF itself',
      `  libbpf: ${native.libbpfVersion}`,
      '  bfd: no',
      '  libdw (DWARF support): none, tbpf reads DWARF itself',
      `  libsystemd (systemd notify support): ${options.systemdNotify === true ? 'yes' : 'no'}`,
      '  blazesym (advanced symbolization): no',
      '  dwunwind (DWARF stack unwinding): no',
    ]],
    ['Kernel helpers', inColumns([
      yes('dpath', 'helper:d_path'), yes('get_tai_ns', 'helper:ktime_get_tai_ns'), yes('get_func_ip', 'helper:get_func_ip'),
      yes('lookup_percpu_elem', 'helper:map_lookup_percpu_elem'), yes('loop', 'helper:loop'),
    ])],
    ['Kernel features', inColumns([['Instruction limit', instructionLimit(native)], yes('btf', 'btf'), yes('module btf', 'module_btf')])],
    ['Probe types', inColumns(['kprobe_multi', 'uprobe_multi', 'kprobe_session', 'iter'].map((name) => yes(name, name)))],
  ];
  return sections.map(([title, lines]) => `${title}\n${lines.join('\n')}\n`).join('\n');
}

/** Two entries a line, each as wide as a column. */
export function inColumns(entries: readonly Entry[]): string[] {
  const cells = entries.map(([name, value]) => `  ${name}: ${value}`.padEnd(COLUMN));
  return cells.flatMap((cell, index) => (index % 2 === 0 ? [`${cell}${cells[index + 1] ?? ''}`.trimEnd()] : []));
}

/** What cannot be found out is said so, with the reason. */
function answer(test: () => boolean): string {
  try {
    return test() ? 'yes' : 'no';
  } catch (error) {
    if (error instanceof TbpfError) return `unknown (${error.code})`;
    throw error;
  }
}

/** Instructions a program may have: 4096 before Linux 5.2 and for unprivileged users. */
function instructionLimit(native: NativeAddon): string {
  const count = 4097;
  const insns = new Uint8Array(count * 8);
  for (let at = 0; at < insns.length; at += 8) insns[at] = 0xb7;
  insns[insns.length - 8] = 0x95;
  try {
    native.loadProgram({ name: 'tbpf_probe', type: programType.raw_tracepoint, insns }).close();
    return '1000000';
  } catch (error) {
    if (errnoOf(error) === 'E2BIG') return '4096';
    if (error instanceof TbpfError) return `unknown (${error.code})`;
    throw error;
  }
}
