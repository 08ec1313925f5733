// The signals of Linux: their names and what strsignal(3) says of them, in the words of the C library.
//
//   facts  the same on x86_64 and arm64 (include/uapi/asm-generic/signal.h). 32 and 33 belong to the threads library; those from 34 on have no
//          meaning of their own

/** by number, from 1 on: names without SIG, and the text */
const named: readonly (readonly [names: string, text: string])[] = [
  ['HUP', 'Hangup'], ['INT', 'Interrupt'], ['QUIT', 'Quit'], ['ILL', 'Illegal instruction'], ['TRAP', 'Trace/breakpoint trap'], ['ABRT IOT', 'Aborted'],
  ['BUS', 'Bus error'], ['FPE', 'Floating point exception'], ['KILL', 'Killed'], ['USR1', 'User defined signal 1'], ['SEGV', 'Segmentation fault'],
  ['USR2', 'User defined signal 2'], ['PIPE', 'Broken pipe'], ['ALRM', 'Alarm clock'], ['TERM', 'Terminated'], ['STKFLT', 'Stack fault'],
  ['CHLD CLD', 'Child exited'], ['CONT', 'Continued'], ['STOP', 'Stopped (signal)'], ['TSTP', 'Stopped'], ['TTIN', 'Stopped (tty input)'],
  ['TTOU', 'Stopped (tty output)'], ['URG', 'Urgent I/O condition'], ['XCPU', 'CPU time limit exceeded'], ['XFSZ', 'File size limit exceeded'],
  ['VTALRM', 'Virtual timer expired'], ['PROF', 'Profiling timer expired'], ['WINCH', 'Window changed'], ['POLL IO', 'I/O possible'], ['PWR', 'Power failure'],
  ['SYS', 'Bad system call'],
];
const OF_THREADS = 2;
const REAL_TIME = 31;

/** By number; '' where there is none. */
export const signalTexts: readonly string[] = [
  '', ...named.map(([, text]) => text), ...Array<string>(OF_THREADS).fill(''), ...Array.from({ length: REAL_TIME }, (_, i) => `Real-time signal ${i}`),
];

export const LAST_SIGNAL = signalTexts.length - 1;

const numberByName: ReadonlyMap<string, number> = new Map(named.flatMap(([names], i) => names.split(' ').map((name): [string, number] => [name, i + 1])));

/** `KILL`, `SIGKILL` or `sigkill`; undefined for what is no signal. */
export function signalNumber(name: string): number | undefined {
  return numberByName.get(name.toUpperCase().replace(/^SIG/, ''));
}
