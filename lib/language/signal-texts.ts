// What strsignal(3) says of a signal, in the words of the C library.
//
//   facts  Linux signals of x86_64 and arm64 (include/uapi/asm-generic/signal.h). 32 and 33 belong to the threads library

/** The first signal that has no meaning of its own. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

const named = [
  'Hangup', 'Interrupt', 'Quit', 'Illegal instruction', 'Trace/breakpoint trap', 'Aborted', 'Bus error', 'Floating point exception', 'Killed',
  'User defined signal 1', 'Segmentation fault', 'User defined signal 2', 'Broken pipe', 'Alarm clock', 'Terminated', 'Stack fault', 'Child exited',
  'Continued', 'Stopped (signal)', 'Stopped', 'Stopped (tty input)', 'Stopped (tty output)', 'Urgent I/O condition', 'CPU time limit exceeded',
  'File size limit exceeded', 'Virtual timer expired', 'Profiling timer expired', 'Window changed', 'I/O possible', 'Power failure', 'Bad system call',
];

/** By signal; '' where there is none. */
export const signalTexts: readonly string[] = [
  '', ...named, '', '', ...Array.from({ length: SIGRTMAX - SIGRTMIN + 1 }, (_, i) => `Real-time signal ${i}`),
];
