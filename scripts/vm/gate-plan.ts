// Which files of test/kernel the gate runs in which guest. `npm run test:vm` runs all of them in all guests.
//
//   why    an emulated guest takes ten times as long as the machine, and CI has half an hour for the whole gate
//   idea   what a kernel decides runs on each: what its verifier accepts, what helpers answer, where probes go, what it says of itself. A file is of this
//          kind unless a row below says otherwise, so a new one runs in every guest
//   facts  what a row names runs on the machine itself besides, as every file does (../test.ts)

interface Row {
  /** the guests that the gate runs the files in; none: the machine tries all of it */
  readonly guests: readonly string[];
  readonly why: string;
  /** below test/kernel, without `.test.ts` */
  readonly files: readonly string[];
}

export const gatePlan: readonly Row[] = [
  {
    guests: [],
    why: 'they read files, parse arguments, hand events to programs, draw: tracing is what they need something to do for',
    files: [
      'cli/built', 'cli/imports', 'cli/killed', 'cli/readme', 'cli/watch',
      'discover/symbolize-files',
      'library/docs', 'library/docs-anywhere', 'library/event-loop', 'library/examples', 'library/facts', 'library/many', 'library/options', 'library/program', 'library/readers', 'library/tools',
      'native/child', 'native/elf', 'native/usdt-notes',
      'probes/dwarf-damaged', 'probes/dwarf-types',
      'tools/execsnoop-script', 'tools/opensnoop-filters',
    ],
  },
  {
    guests: [],
    why: 'threads, processes, handles and signals of this side: Node, the addon and the tools decide, and what they ask the kernel for is asked by files of the rows below',
    files: ['cli/exact', 'cli/faults', 'cli/flood', 'cli/pid-namespace', 'cli/process', 'cli/signals', 'library/take', 'native/leak', 'native/worker', 'tools/owners'],
  },
  {
    guests: [],
    why: 'debug information and symbols decide where they probe and what they read there; that the kernel puts a probe there, and reads, is tried by probes/uprobe, probes/usdt and cli/refused-places',
    files: ['probes/dwarf', 'probes/dwarf-calls', 'probes/lines', 'probes/namesakes', 'probes/usdt-providers'],
  },
  {
    guests: ['6.1'],
    why: 'processes, control groups and user probes, where the newer guest does what the machine does, and Linux 6.1 does it the older way (no multi link for user probes)',
    files: [
      'cli/cgroup', 'cli/follow', 'cli/refused-places', 'cli/stacks',
      'discover/symbolize-processes',
      'native/pin',
      'probes/cgroup', 'probes/usdt', 'probes/usdt-late',
      'tools/argdist', 'tools/execsnoop', 'tools/execsnoop-load', 'tools/opensnoop-elsewhere', 'tools/usdt',
    ],
  },
  {
    guests: ['6.1'],
    why: 'the oldest verifier is the one that may refuse them, and the machine has the newest; one half of the random programs each',
    files: ['codegen/random-programs-1', 'probes/dw-ustack'],
  },
  {
    guests: ['6.1'],
    why: 'libbpf relocates before the kernel sees a program; the oldest kernel has to take the types in the object, and has other places of members than the machine',
    files: ['relocation'],
  },
  {
    guests: ['6.1'],
    why: 'neither kprobes nor fentry: the machine, whose kernel is newer than those of both guests, tries all of it, and where a kernel differs it is the oldest one',
    files: [
      'codegen/failures',
      'functions/user-addresses',
      'native/code-copy', 'native/machine', 'native/map', 'native/object', 'native/ring-buffer',
      'probes/edges', 'probes/rawtracepoint', 'probes/timers', 'probes/tracepoint', 'probes/uprobe',
    ],
  },
  {
    guests: ['6.12'],
    why: 'what the command, the library and the tools do with probes that are tried one by one in every guest',
    files: [
      'cli/attach', 'cli/lessons', 'cli/one-liners', 'cli/options', 'cli/surroundings',
      'codegen/random-programs-2',
      'library/command', 'library/trace',
      'probes/own',
      'tools/ending', 'tools/fleet', 'tools/funccount', 'tools/opensnoop', 'tools/serve', 'tools/trace',
    ],
  },
];

const guestsByFile = new Map<string, readonly string[]>(gatePlan.flatMap(({ guests, files }) => files.map((file) => [`test/kernel/${file}.test.ts`, guests] as const)));

/** Whether the gate runs a test file in the guest of this name. */
export const isInGate = (file: string, guest: string): boolean => guestsByFile.get(file)?.includes(guest) ?? true;
