// What scripts with some probes need to know of the running machine, as plain data.
//
//   idea   the probes say what is asked: formats of tracepoints, names of functions, whether types of the kernel are needed. Features are those
//          that the compiler asks for by name

import { readFileSync } from 'node:fs';
import { splitAttachPoint } from '../compiler/parse/attach-point.js';
import { providersMatching } from '../language/probes/index.js';
import { OptionError } from '../model/diagnostics/errors.js';
import { base64OfBytes } from '../model/bytes/base64.js';
import type { Facts } from '../model/target/facts.js';
import type { Target, TracepointFormat } from '../model/target/target.js';
import { knownOptions, booleanOption, wrongType } from './check.js';
import { runningTarget } from './running-target.js';

const KERNEL_TYPES = '/sys/kernel/btf/vmlinux';
const features = [
  'kprobe', 'kprobe_multi', 'kprobe_session', 'uprobe_multi', 'fentry', 'iter', 'helper:for_each_map_elem', 'helper:get_attach_cookie', 'helper:get_current_task_btf',
  'helper:get_func_ip', 'helper:jiffies64', 'helper:ktime_get_tai_ns', 'helper:loop', 'helper:map_lookup_percpu_elem', 'helper:task_pt_regs',
];
const ofFiles = new Set(['uprobe', 'uretprobe', 'usdt', 'watchpoint', 'asyncwatchpoint']);
const needTypes = new Set(['fentry', 'fexit', 'rawtracepoint', 'iter']);

/** @throws OptionError */
export function recordFacts(machine: object, probes: unknown, options: unknown): Facts {
  if (!Array.isArray(probes) || !probes.every((probe) => typeof probe === 'string')) throw wrongType('probes', probes, 'a list of strings');
  knownOptions('options', options, ['types']);
  const types = booleanOption('options.types', (options as { types?: unknown }).types);
  const target = runningTarget(machine);
  const points = probes.map((probe: string) => ({ probe, parts: splitAttachPoint(probe).parts }));
  const providers = points.map(({ probe, parts }) => providerOf(probe, parts[0] ?? ''));
  const tracepoints = new Map<string, TracepointFormat>();
  const raw = new Map<string, readonly [string, string]>();
  const functions = new Map<string, Facts['functions'][number]>();
  points.forEach(({ probe, parts: [, ...rest] }, i) => {
    const [first = '*', second] = rest;
    switch (providers[i]) {
      case 'tracepoint':
        for (const [category, event] of target.matchTracepoints(first, second ?? '*')) {
          const format = target.tracepoint(category, event);
          if (format) tracepoints.set(`${category}:${event}`, format);
        }
        break;
      case 'rawtracepoint':
        for (const pair of target.matchRawTracepoints(second === undefined ? '*' : first, second ?? first)) raw.set(pair.join(':'), pair);
        break;
      case 'kprobe': case 'kretprobe': case 'fentry': case 'fexit':
        for (const { module, name } of target.matchKernelFunctions(second === undefined ? '*' : first, (second ?? first).replace(/\+.*/, ''))) functions.set(`${module}:${name}`, described(target, module, name));
        break;
      default:
        if (ofFiles.has(providers[i]!)) throw new OptionError('probes', `${probe} cannot be recorded: its place lies in a file or a process of this machine`, 'ERR_OPTION_VALUE');
    }
  });
  const { arch, kernelRelease, cpuCount } = target;
  return {
    version: 1, arch, kernelRelease, cpuCount,
    features: Object.fromEntries(features.map((feature) => [feature, target.has(feature)])),
    tracepoints: [...tracepoints.values()], rawTracepoints: [...raw.values()], functions: [...functions.values()],
    ...((types ?? providers.some((provider) => needTypes.has(provider))) && { btf: base64OfBytes(readFileSync(KERNEL_TYPES)) }),
  };
}

/** The name of the probe's kind, spelled out. */
function providerOf(probe: string, word: string): string {
  const [kind] = providersMatching(word);
  if (!kind) throw new OptionError('probes', `${probe} is no probe: there is no kind ${word}`, 'ERR_OPTION_VALUE');
  return kind.name;
}

function described(target: Target, module: string, name: string): Facts['functions'][number] {
  const address = target.kernelSymbol(name);
  return { module, name, ...(address !== undefined && { address: String(address) }), size: target.kernelFunctionSize(name) };
}
