// What docs/fleet.md puts together: the dashboard asks for metrics that the script has, the manifest mounts what it names.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { metricComments } from '../../../tools/serve/labels.js';
import { packageRoot } from '../../helpers/command.js';

const textOf = (path: string): string => readFileSync(join(packageRoot, path), 'utf8');

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

interface DaemonSet {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly selector: { readonly matchLabels: unknown };
    readonly template: {
      readonly metadata: { readonly labels: unknown; readonly annotations: Record<string, string> };
      readonly spec: {
        readonly containers: readonly { readonly command: readonly string[]; readonly ports: readonly { readonly containerPort: number }[]; readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[] }[];
        readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string }; readonly hostPath?: { readonly path: string } }[];
      };
    };
  };
}

t.test('metrics and labels of the dashboard', async (t) => {
  const comments = metricComments(textOf('examples/kubernetes/read-latency.bt'));
  t.same([...comments].map(([map, { name }]) => [map, name]), [['@latency', 'read_latency_ns'], ['@failed', 'read_failed'], ['@start', '-']]);
  const known = new Set(['read_latency_ns_bucket', 'read_failed_total', 'tbpf_lost_events_total', 'tbpf_folded_elements']);
  const expressions = (JSON.parse(textOf('examples/grafana/read-latency.json')) as Dashboard).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  t.equal(expressions.length, 7);
  for (const expression of expressions) for (const [, name] of expression.matchAll(/(\w+)\{/g)) t.ok(known.has(name!), name);
  t.same(new Set(expressions.flatMap((each) => [...each.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels]) => labels!.split(', ')))), new Set(['le', 'instance', 'pod']));
});

t.test('the manifest', async (t) => {
  const { apiVersion, kind, spec: { selector, template: { metadata, spec } } } = parse(textOf('examples/kubernetes/daemonset.yaml')) as DaemonSet;
  t.same([apiVersion, kind], ['apps/v1', 'DaemonSet']);
  t.same(selector.matchLabels, metadata.labels);
  const [container] = spec.containers;
  t.same(container!.volumeMounts.map(({ name }) => name).sort(), spec.volumes.map(({ name }) => name).sort());
  for (const { name, hostPath } of spec.volumes) if (hostPath) t.equal(container!.volumeMounts.find((mount) => mount.name === name)!.mountPath, hostPath.path);
  t.equal(metadata.annotations['prometheus.io/port'], String(container!.ports[0]!.containerPort));
  t.equal(container!.command.at(-1), `:${container!.ports[0]!.containerPort}`);
  t.ok(container!.command[2]!.startsWith(`${container!.volumeMounts.find(({ name }) => name === 'program')!.mountPath}/`));
});
