// Options that every tool has, and what the shared room does with them.

import { formats } from './records.js';
import { flag, integerFrom, option, optionOr, text } from './options.js';
import type { Format, MetricFormat } from './records.js';

export const timeFormats = ['iso', 'epoch', 'rel'] as const;
export type TimeFormat = (typeof timeFormats)[number];

/** Forms of the output, and the script.
 * @param more  the forms that not every tool has */
export const outputOptions = (...more: readonly MetricFormat[]) => ({
  output: optionOr<Format>(['-o', '--output'], 'text', { metavar: 'FORM', choices: [...formats, ...more], parse: (word) => word as Format, help: `form of the output: text, json (one document), ndjson (an object a line), csv${more.map((form) => `, ${formHelp[form]}`).join('')}` }),
  timeFormat: option<TimeFormat>('--time-format', { choices: timeFormats, parse: (word) => word as TimeFormat, help: 'times as ISO 8601 in UTC, seconds since 1970, or seconds since the start' }),
  dumpProgram: flag('--dump-program', 'print the script that would run, and exit'),
  ebpf: flag('--ebpf', undefined),
  // everything but waiting for events: set-up runs it, to keep what V8 compiles
  dryRun: flag('--dry-run', undefined),
});

export type OutputOptions = ReturnType<typeof outputOptions>;

const formHelp: Readonly<Record<MetricFormat, string>> = { otlp: "otlp (OpenTelemetry's JSON)", prom: 'prom (metrics for Prometheus)' };

/** Of tools with -p. */
export const followOption = {
  follow: flag('--follow', 'with -p: trace the process and all that descend from it, each from its first instruction on'),
};

/** Whose events are shown (bcc's pinned maps, cgroups, containers, namespaces). */
export const ownerOptions = {
  cgroupmap: option('--cgroupmap', { parse: text, help: 'trace cgroups in this BPF map only' }),
  mntnsmap: option('--mntnsmap', { parse: text, help: 'trace mount namespaces in this BPF map only' }),
  cgroup: option('--cgroup', { metavar: 'PATH', parse: text, help: 'trace this cgroup (v2) and those below it; a path, or a pattern such as system.slice/ssh*: those that come later, too' }),
  container: option('--container', { metavar: 'NAME', parse: text, help: 'trace this container: its name or the start of its id' }),
  pod: option('--pod', { metavar: 'NS/NAME', parse: text, help: 'trace the containers of this pod' }),
  pidns: option('--pidns', { metavar: 'PID', parse: integerFrom(1), help: "trace the PID namespace of this process" }),
  netns: option('--netns', { metavar: 'PID', parse: integerFrom(1), help: "trace the network namespace of this process" }),
  mntns: option('--mntns', { metavar: 'PID', parse: integerFrom(1), help: "trace the mount namespace of this process" }),
};
