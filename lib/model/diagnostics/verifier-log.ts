// The verifier's log: which of its lines is the complaint.
//
//   facts  kernel/bpf/verifier.c; logs end with the complaint, then lines of statistics

const noise = /^(processed \d|verification time|stack depth|insns_processed|max_states|END|-- |mark_precise|\s*$)/;

/** The last line of a log that is a complaint, not a statistic; '' where there is none. */
export function complaintOf(log: string): string {
  return log.split('\n').map((line) => line.trim()).filter((line) => !noise.test(line)).pop() ?? '';
}
