// What is said where the kernel lacks what a kind of probe needs. It refuses such programs with EPERM or EINVAL, from which no user learns the reason.

/** Where the feature is not called as the probes are. */
const probesOf: Readonly<Record<string, string>> = { fentry: 'fentry and fexit', perf_event: 'profile, interval, software and hardware' };

const sentences: Readonly<Record<string, string>> = {
  kprobe_session: 'the script was compiled for a kernel that runs one program at both ends of a function, which came with Linux 6.10. Compile it on this machine',
  hardware: "the processor's counters are not there: most virtual machines hide them",
  watchpoint: 'this machine has no debug registers',
  'cap:CAP_NET_ADMIN': 'test and bench probes need CAP_NET_ADMIN too: the kernel repeats and measures only programs for packets. Run as root',
};

/** A sentence.
 * @param feature  ProbeRecord.needs: a name of Target.has() */
export function lackOf(feature: string): string {
  return sentences[feature] ?? `${probesOf[feature] ?? feature} probes are not supported by this kernel`;
}
