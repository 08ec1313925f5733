// What the verifier's phrases mean, in words; and where in its log the offending instruction is named.
//
//   in     the log of a refused program
//   out    a sentence for people, the index of the instruction
//   facts  kernel/bpf/verifier.c; which line is the complaint: model/diagnostics/verifier-log.ts

/** Phrases of the verifier and what they mean; the first that matches counts. */
const meanings: readonly (readonly [phrase: RegExp, words: string | ((match: RegExpExecArray) => string)])[] = [
  [/(?:R\d+ )?invalid mem access '(?:scalar|inv)'/, 'it reads memory through a number that the verifier cannot prove to be an address'],
  [/invalid mem access '(\w*?_or_null)'/, 'it uses an address that may be null without testing it'],
  [/invalid mem access '(\w+)'/, (m) => `it accesses memory of a kind that must not be accessed so (${m[1]})`],
  [/(?:invalid access to map value|map_value), value_size=(\d+) off=(-?\d+) size=(\d+)/, (m) => `it accesses ${m[3]} bytes at offset ${m[2]} of a map value of ${m[1]} bytes`],
  [/R\d+ (?:min value is negative|max value is outside of the allowed memory range|unbounded memory access)/, 'it uses an index or a length that the verifier cannot prove to be within bounds'],
  [/R(\d+) !read_ok/, 'it uses a value that was not set on every path'],
  [/(?:invalid (?:indirect )?read from stack|invalid stack type|invalid read from stack)/, 'it reads stack memory that was not written before'],
  [/(?:combined stack size|stack size .*too large|looks like the BPF stack limit)/i, 'it needs more stack than the kernel gives (512 bytes)'],
  [/BPF program is too large\. Processed (\d+) insn/, (m) => `the verifier gave up after ${m[1]} instructions: the program has too many paths`],
  [/(?:The sequence of \d+ jumps is too complex|too many states)/, 'the program has too many branches for the verifier'],
  [/infinite loop detected|back-edge from insn/, 'it has a loop that the verifier cannot prove to end'],
  [/unknown func (bpf_)?(\w+?)(#\d+)?$/m, (m) => `the kernel has no helper function bpf_${m[2]}, or forbids it here`],
  [/(?:program of this type cannot use helper|cannot use helper) (?:bpf_)?(\w+?)#/, (m) => `the helper function bpf_${m[1]} must not be used in this kind of probe`],
  [/helper call (?:is not allowed in probe|might sleep)/, 'it calls a helper function that must not be called there'],
  [/cannot call GPL[- ]?(?:only|restricted) function from non-?GPL/i, 'it calls a function for GPL programs only: set config license to GPL'],
  [/Unreleased reference/i, 'a record or reference is not given back on every path'],
  [/attach_btf_id .* is not|FENTRY\/FEXIT program can only be attached/, 'the function it attaches to is not what the program expects'],
  [/calling kernel function .* is not allowed/, 'it calls a kernel function that is not open to this kind of program'],
  [/arg#\d+ .*expected|R\d+ type=\w+ expected=/, 'an argument of a helper function is not of the kind that the kernel wants'],
  [/access beyond struct (\w+) at off (\d+) size (\d+)/, (m) => `it reads ${m[3]} bytes at offset ${m[2]}, beyond struct ${m[1]}`],
  [/leads to invalid memory access|Invalid bpf_context access|invalid bpf_context access/, 'it reads a part of the probe context that does not exist'],
  [/At program exit the register R0 has/, 'the value it returns is out of the range that this kind of probe may return'],
];

/** What is wrong, in words; undefined for a phrase that the table does not have. */
export function explainVerifierLog(log: string): string | undefined {
  const tail = log.split('\n').slice(-12).join('\n');
  for (const [phrase, words] of meanings) {
    const match = phrase.exec(tail);
    if (match) return typeof words === 'string' ? words : words(match);
  }
  return undefined;
}

/** Index (in 8-byte slots) of the last instruction that the log names; undefined when it names none. */
export function faultyInstruction(log: string): number | undefined {
  const lines = log.split('\n');
  for (let i = lines.length - 1; i >= 0; i--) {
    const match = /^(\d+): \([0-9a-f]{2}\) /.exec(lines[i]!);
    if (match) return Number(match[1]);
  }
  return undefined;
}
