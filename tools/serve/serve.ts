// serve: a script runs as a service, and its maps are metrics.
//
//   facts  what the script prints goes to stdout, as a service's log; maps are not printed. Lost events are a metric, because nobody reads that log

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { load, trace, type Session, type TraceEvent } from '../../lib/index.js';
import { followOption, ownerOptions } from '../shared/common.js';
import { ToolFailure } from '../shared/failure.js';
import { processesOf, scopeOf } from '../shared/owners.js';
import { ArgumentProblem, flag, integerFrom, operand, operands, option, optionOr, text, type Given } from '../shared/options.js';
import type { Metric } from '../shared/metrics.js';
import { defineTool, type ToolIo } from '../shared/tool.js';
import type { Collector } from './collector.js';
import { metricsOf } from './series.js';

interface Address {
  readonly host: string | undefined;
  readonly port: number;
}

const HERE: Address = { host: 'localhost', port: 9435 };
const DEFAULT_SERIES = 2000;
const DEFAULT_INTERVAL = 15;

const options = {
  script: operand({ metavar: 'script', parse: text, help: 'the file of the script, one that tbpf build wrote, or - for standard input' }),
  params: operands('*', { metavar: 'params', parse: text, help: '$1, $2 … of the script' }),
  metrics: option('--metrics', { metavar: '[ADDR]:PORT', parse: addressOf, help: 'where Prometheus asks: :9435 on all addresses. Default: localhost:9435, unless --otlp is given' }),
  otlp: option('--otlp', { metavar: 'URL', parse: urlOf, help: 'send to an OpenTelemetry collector, as in http://localhost:4318' }),
  interval: optionOr('--otlp-interval', DEFAULT_INTERVAL, { metavar: 'SECONDS', parse: integerFrom(1, 86_400), help: `how often to send (default ${DEFAULT_INTERVAL})` }),
  maxSeries: optionOr('--max-series', DEFAULT_SERIES, { metavar: 'N', parse: integerFrom(1), help: `series of each metric; what comes later counts as "other" (default ${DEFAULT_SERIES})` }),
  pid: option(['-p', '--pid'], { metavar: 'PID', parse: integerFrom(1), help: 'trace this process only, end when it ends' }),
  ...followOption,
  cgroup: ownerOptions.cgroup,
  container: ownerOptions.container,
  pod: ownerOptions.pod,
  unsafe: flag('--unsafe', 'allow functions that change the system'),
};

export const serve = defineTool({
  name: 'serve',
  about: 'Run a script as a service: its maps are metrics for others to read.',
  options,
  examples: [
    ['serve reads.bt', 'metrics at http://localhost:9435/metrics'],
    ['serve reads.bt --metrics :9435', 'for servers on other machines, too'],
    ['serve reads.tbpf --pod shop/cart', 'a compiled script, about the containers of one pod'],
    ['serve reads.bt --otlp http://collector:4318', 'send to a collector each 15 seconds'],
  ],

  async run(given, io: ToolIo) {
    const session = await started(given, io);
    const script = session.program.source ?? '';
    try {
      const [{ servePrometheus }, { Producer, machineResource }] = await Promise.all([import('./exporters.js'), import('../shared/opentelemetry.js')]);
      const maps = metricsOf(session, script, given.maxSeries);
      for (const reason of maps.left) io.out.complain(`serve: ${reason}`);
      const resource = machineResource(serviceName(given.script));
      const told: { collector?: Collector } = {};
      const metrics = [...maps.metrics, ...ownMetrics(session, maps.folded), ...(given.otlp === undefined ? [] : [unsentMetric(() => told.collector?.dropped ?? 0)])];
      const producer = new Producer(() => metrics, resource);
      const collector = told.collector = given.otlp === undefined ? undefined : new (await import('./collector.js')).Collector(given.otlp, producer, resource, session.clock);
      const complain = (problem: string): void => io.out.complain(`serve: ${problem}`);
      const address = given.metrics ?? (given.otlp === undefined ? HERE : undefined);
      const listening = address && await servePrometheus(producer, metrics, address.host, address.port, complain).catch((error: NodeJS.ErrnoException) => {
        throw new ToolFailure(`serve: cannot listen on ${address.host ?? ''}:${address.port}: ${error.message}`);
      });
      const send = collector && (() => collector.send());
      const timer = send && setInterval(() => void send().then((problem) => problem !== undefined && complain(`${given.otlp}: ${problem}`)), given.interval * 1000);
      if (listening) io.out.complain(`Metrics at ${listening.url}`);
      if (send) io.out.complain(`Metrics go to ${given.otlp} each ${given.interval} s`);
      for await (const events of session.batches()) for (const event of events) {
        collector?.take(event);
        tell(event, io);
      }
      clearInterval(timer);
      // what was counted since the last time is not lost
      const problem = await send?.();
      if (problem !== undefined) complain(`${given.otlp}: ${problem}`);
      await collector?.close();
      listening?.close();
      await session.done;
      return 0;
    } finally {
      await session.stop();
    }
  },
});

function tell(event: TraceEvent, { out }: ToolIo): void {
  switch (event.type) {
    case 'map': case 'lost': return; // metrics
    case 'pinned': return out.complain(`The iterator is pinned to ${event.path}`);
    case 'warning': case 'error': case 'runtime-error': case 'helper-error': return out.complain(event.text);
    case 'emit': return out.write(`${event.text}\n`);
    default: return out.write(out.clean(event.text));
  }
}

/** What tbpf itself has to say. */
function ownMetrics(session: Session, folded: () => number): Metric[] {
  const one = (value: number) => Promise.resolve([{ labels: {}, value }]);
  return [
    { name: 'tbpf_lost_events', help: 'Events of the script that were lost', kind: 'counter', read: () => one(session.stats().lost.reduce((sum, { count }) => sum + Number(count), 0)) },
    { name: 'tbpf_folded_elements', help: 'Elements of maps that count as "other"', kind: 'gauge', read: () => one(folded()) },
    { name: 'tbpf_probes', help: 'Places that the script is attached to', kind: 'gauge', read: () => one(session.probes.reduce((sum, { count }) => sum + count, 0)) },
  ];
}

function unsentMetric(dropped: () => number): Metric {
  return { name: 'tbpf_unsent_records', help: 'Logs and spans that found no room while the collector did not take them', kind: 'counter', read: () => Promise.resolve([{ labels: {}, value: dropped() }]) };
}

/** @throws TbpfError  the script cannot run here */
async function started(given: Given<typeof options>, io: ToolIo): Promise<Session> {
  const { asked, options: followed } = processesOf(given);
  const scope = { parameters: given.params, signal: io.stop.signal, ...(asked !== undefined && { pid: asked }), ...scopeOf(given) };
  const bytes = readScript(given.script);
  if (!isProgram(bytes)) return trace(given.script === '-' ? bytes.toString('utf8') : { file: given.script }, { ...scope, ...followed, unsafe: given.unsafe, blocking: true });
  if (given.follow) throw new ToolFailure('serve: --follow is for scripts: what tbpf build wrote takes -p');
  return load(bytes, scope);
}

/** The first byte of what tbpf build writes, which no text begins with. */
function isProgram(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89;
}

function readScript(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new ToolFailure(`serve: cannot read ${path}: ${(error as Error).message}`);
  }
}

function serviceName(path: string): string {
  return path === '-' ? 'tbpf' : `tbpf-${basename(path).replace(/\.\w+$/, '')}`;
}

/** `:9435`, `localhost:9435`, `[::1]:9435` */
function addressOf(word: string): Address {
  const found = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(word);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) throw new ArgumentProblem(`'${word}' is no [ADDR]:PORT`);
  return { host: found[1] ?? (found[2] === '' ? undefined : found[2]), port };
}

function urlOf(word: string): string {
  if (!/^https?:\/\/[^/]/.test(word) || !URL.canParse(word)) throw new ArgumentProblem(`'${word}' is no http:// or https:// address`);
  return word;
}
