// The options of the command: one row each, for parsing, for help and for complaints.
//
//   facts  names and meanings are bpftrace's (language.md 8.2); `instead` is said to whoever gives an option that means nothing here

import { outputFormats } from '../../runtime/output/formats.js';
import { shownNames } from './stages.js';

export type OptionGroup = 'OPTIONS' | 'DEVELOPER OPTIONS' | 'TROUBLESHOOTING OPTIONS';

export interface OptionSpec {
  /** long name without dashes; an option that has none is known by its letter */
  readonly name: string;
  /** single letter */
  readonly short?: string;
  /** what the argument is called in help; undefined: a switch */
  readonly argument?: string;
  /** the argument may be left out; it is a number, so that a word that is none is not taken for it */
  readonly optionalNumber?: true;
  /** what the argument may be, where that is a choice of words */
  readonly words?: readonly string[];
  /** may be given several times, all count */
  readonly repeated?: boolean;
  readonly group: OptionGroup;
  readonly doc: string;
  /** it cannot be used: why, and what to use instead */
  readonly instead?: string;
}

const O = 'OPTIONS';
const D = 'DEVELOPER OPTIONS';
const T = 'TROUBLESHOOTING OPTIONS';

export const optionSpecs: readonly OptionSpec[] = [
  { name: 'e', short: 'e', argument: 'PROGRAM', group: O, doc: 'run this program text' },
  { name: 'format', short: 'f', argument: 'FORMAT', words: Object.keys(outputFormats), group: O, doc: 'output format: text, json, ndjson (JSON that loses nothing), or of stacks folded (flamegraph.pl) and pprof' },
  { name: 'flame', argument: 'FILE', group: O, doc: 'draw maps keyed by stacks as a flame graph: FILE becomes a page for browsers' },
  { name: 'diff', argument: 'FILE', group: O, doc: 'with --flame: compare with an earlier trace, which -f folded wrote to FILE' },
  { name: 'heatmap', argument: 'FILE', group: O, doc: 'draw hist() and lhist() over time as a heat map: FILE becomes a page for browsers' },
  { name: 'chart', argument: 'FILE', group: O, doc: 'draw counts, sums, averages, numbers, percentiles of histograms and tseries() over time as lines: FILE becomes a page for browsers' },
  { name: 'watch', argument: 'SECONDS', optionalNumber: true, group: O, doc: 'show maps on the terminal while they change, drawn anew every SECONDS (1); keys are shown there' },
  { name: 'output', short: 'o', argument: 'FILE', group: O, doc: 'write script output to FILE' },
  { name: 'pid', short: 'p', argument: 'PID', group: O, doc: 'trace this process only, end when it ends' },
  { name: 'cmd', short: 'c', argument: 'CMD', group: O, doc: 'run CMD when tracing has begun, end when it ends' },
  { name: 'follow', group: O, doc: 'with -p or -c: trace this process and all that descend from it, each from its first instruction on' },
  { name: 'cgroup', argument: 'PATH', group: O, doc: 'trace this control group (v2) and those below it only; a path, or a pattern such as system.slice/web*: those that come later too' },
  { name: 'container', argument: 'NAME', group: O, doc: 'trace this container only: its name or the start of its id' },
  { name: 'pod', argument: 'NS/NAME', group: O, doc: 'trace the containers of this pod only' },
  { name: 'quiet', short: 'q', group: O, doc: 'do not say how many probes were attached' },
  { name: 'for', argument: 'FACTS', group: O, doc: 'of build: compile for the machine whose `tbpf facts` wrote the file FACTS' },
  { name: 'script', group: O, doc: 'of inspect: show the text of the script' },
  { name: 'check', group: O, doc: 'of fmt: write nothing, name the files that would change, end with status 1 if there are any' },
  { name: 'unsafe', group: O, doc: 'allow functions that change the system' },
  { name: 'list', short: 'l', group: O, doc: 'list probes that match a pattern, or those of a program' },
  { name: 'verbose', short: 'v', group: O, doc: 'say more; with -l show arguments' },
  { name: 'help', short: 'h', group: O, doc: 'show this text' },
  { name: 'version', short: 'V', group: O, doc: 'show the version' },
  { name: 'I', short: 'I', argument: 'DIR', repeated: true, group: O, doc: 'look for C headers in DIR first' },
  { name: 'include', argument: 'FILE', repeated: true, group: O, doc: 'read this C header before those of the script' },
  { name: 'usdt-file-activation', group: O, doc: 'accepted for compatibility: the kernel raises semaphores of USDT probes in every process that maps the file' },
  { name: 'traceable-functions', argument: 'FILE', group: O, doc: 'names of functions that kprobes may be put on, in place of the kernel\'s list' },
  { name: 'no-warnings', group: O, doc: 'no warnings' },
  { name: 'warnings', short: 'k', group: O, doc: 'also tell failed reads of traced memory and missing map elements' },
  { name: 'B', short: 'B', argument: 'MODE', words: ['line', 'full', 'none'], group: O, doc: 'when output is written: line, full or none' },
  { name: 'no-feature', argument: 'FEATURE', words: ['kprobe_multi', 'kprobe_session', 'uprobe_multi'], repeated: true, group: O, doc: 'do without kprobe_multi, kprobe_session, uprobe_multi' },
  { name: 'dwarf-pid', argument: 'PID', repeated: true, group: O, doc: 'unwind stacks of this process by its .eh_frame (dw_ustack), besides those of -p or -c' },
  { name: 'no-cache', group: O, doc: 'compile the script, whether an earlier start kept what it compiled or not, and keep nothing' },
  { name: 'debuginfo', argument: 'DIR', repeated: true, group: O, doc: 'look for debug information (DWARF) of programs in DIR before /usr/lib/debug' },
  { name: 'dry-run', group: D, doc: 'end right after attaching, print nothing' },
  { name: 'emit-elf', argument: 'FILE', group: D, doc: 'write the BPF object to FILE' },
  { name: 'mode', argument: 'MODE', words: ['codegen', 'compiler-bench', 'format', 'test', 'bench'], group: D, doc: 'codegen: only compile; compiler-bench: how long that takes; format: print the program formatted; test, bench: run such probes' },
  { name: 'fmt', group: D, doc: 'the same as --mode format' },
  { name: 'test', group: D, doc: 'run test probes' },
  { name: 'bench', group: D, doc: 'run benchmark probes' },
  { name: 'probe-filter', argument: 'REGEX', group: D, doc: 'attach only probes whose name matches' },
  { name: 'aot', argument: 'FILE', group: D, doc: 'compile to FILE, which is run as a command where tbpf is installed; as build does it' },
  { name: 'info', group: T, doc: 'report what the system and its kernel can do' },
  { name: 'debug', short: 'd', argument: 'STAGE', words: shownNames, repeated: true, group: T, doc: `show what a stage made: ${shownNames.join(' ')}` },
  { name: 'emit-llvm', argument: 'FILE', group: T, doc: 'refused: tbpf has no LLVM', instead: 'tbpf has no LLVM. Its own intermediate form is shown by -d ir, the object is written by --emit-elf FILE' },
  { name: 'verify-llvm-ir', group: T, doc: 'accepted for compatibility' },
  { name: 'btf', short: 'b', group: T, doc: 'accepted for compatibility' },
];

/** What is said to whoever gives an option that cannot be used; undefined for those that work. */
export const refusalOf = ({ name, instead }: OptionSpec): string | undefined => (instead === undefined ? undefined : `--${name} cannot be used: ${instead}`);
