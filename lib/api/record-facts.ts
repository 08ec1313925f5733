// What scripts with some probes need to know of the running machine, as plain data.
//
//   idea   the records of the probes say what is asked: formats of tracepoints, names of functions, whether types of the kernel are needed.
//          Features are those that the compiler asks for by name

import { splitAttachPoint } from '../compiler/parse/attach-point.js';
import { builtins } from '../language/builtins/index.js';
import { functions } from '../language/functions/index.js';
import { withoutOffset } from '../language/probes/facts.js';
import { providersMatching } from '../language/probes/index.js';
import { isMissing } from '../language/probes/kprobe.js';
import type { ProbeFacts } from '../language/record.js';
import { OptionError } from '../model/diagnostics/errors.js';
import { base64OfBytes } from '../model/bytes/base64.js';
import { type Facts, recordedFormat } from '../model/target/facts.js';
import { hasWildcard } from '../model/target/pattern.js';
import type { Target } from '../model/target/target.js';
import { knownOptions, booleanOption, wrongType } from './check.js';
import { runningTarget } from './running-target.js';

/** Those that decide how probes and statements are compiled, and those that functions and builtins ask for. */
export const recordedFeatures: ReadonlySet<string> = new Set([
  'kprobe', 'kprobe_multi', 'kprobe_session', 'uprobe_multi', 'fentry', 'iter', 'helper:for_each_map_elem', 'helper:get_attach_cookie', 'helper:get_current_task_btf',
  'helper:loop', 'helper:map_lookup_percpu_elem', 'helper:task_pt_regs',
  ...[...functions.values(), ...builtins.values()].flatMap(({ needs = [], asks = [] }) => [...needs, ...asks]),
]);

/** @throws OptionError */
export function recordFacts(machine: object, probes: unknown, options: unknown): Facts {
  if (!Array.isArray(probes) || !probes.every((probe) => typeof probe === 'string')) throw wrongType('probes', probes, 'a list of strings');
  knownOptions('options', options, ['types']);
  const wanted = booleanOption('options.types', (options as { types?: unknown }).types);
  const target = runningTarget(machine);
  const found = probes.map((probe: string) => factsOf(probe, target));
  const types = wanted ?? found.some((each) => each.types);
  const { arch, kernelRelease, kernelBuild, cpuCount } = target;
  const btf = types ? target.btfSource.kernelBytes() : undefined;
  return {
    version: 1, arch, kernelRelease, ...(kernelBuild !== undefined && { kernelBuild }), cpuCount,
    features: Object.fromEntries([...recordedFeatures].map((feature) => [feature, target.has(feature)])),
    tracepoints: unique(found.flatMap(({ tracepoints = [] }) => tracepoints.map(recordedFormat)), ({ category, event }) => `${category}:${event}`),
    rawTracepoints: unique(found.flatMap(({ rawTracepoints = [] }) => rawTracepoints), (pair) => pair.join(':')),
    functions: unique(found.flatMap((each) => each.functions ?? []), ({ module, name }) => `${module}:${name}`).map(({ module, name }) => described(target, module, name)),
    ...(btf && { btf: base64OfBytes(btf) }),
  };
}

/** @throws OptionError */
function factsOf(probe: string, target: Target): ProbeFacts {
  const point = splitAttachPoint(probe);
  const [word = '', ...parts] = point.parts;
  const [kind] = providersMatching(word);
  if (!kind) throw new OptionError('probes', `${probe} is no probe: there is no kind ${word}`, 'ERR_OPTION_VALUE');
  if (kind.facts === 'elsewhere') throw new OptionError('probes', `${probe} cannot be recorded: its place lies in a file or a process of this machine`, 'ERR_OPTION_VALUE');
  const facts = kind.facts?.(parts, target) ?? {};
  if (isNothing(facts) && !isClosed(parts.at(-1) ?? '', facts, target)) {
    const near = kind.similar?.(point, { target });
    throw new OptionError('probes', `${probe} matches nothing on this machine${near === undefined ? '' : `: did you mean ${near}?`}`, 'ERR_OPTION_VALUE');
  }
  return facts;
}

function isNothing({ tracepoints, rawTracepoints, functions }: ProbeFacts): boolean {
  const lists = [tracepoints, rawTracepoints, functions].filter((list) => list !== undefined);
  return lists.length > 0 && lists.every(({ length }) => length === 0);
}

/** The kernel keeps the list of its traceable functions, or their addresses, to itself: the function may be there. */
function isClosed(name: string, { functions: found }: ProbeFacts, target: Target): boolean {
  if (found === undefined) return false;
  return hasWildcard(name) ? target.matchKernelFunctions('*', '*').length === 0 : !isMissing({ target }, withoutOffset(name));
}

function unique<T>(list: readonly T[], nameOf: (item: T) => string): readonly T[] {
  return [...new Map(list.map((item) => [nameOf(item), item])).values()];
}

function described(target: Target, module: string, name: string): Facts['functions'][number] {
  const address = target.kernelSymbol(name);
  return { module, name, ...(address !== undefined && { address: String(address) }), size: target.kernelFunctionSize(name) };
}
