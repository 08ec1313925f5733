// test, bench: probes that nothing but `tbpf --test` and `tbpf --bench` runs, by BPF_PROG_TEST_RUN of an XDP program.

import type { ProbeRecord } from '../record.js';
import { refuse, testWithoutName } from './diagnostics.js';

function named(name: 'test' | 'bench', doc: string): ProbeRecord {
  const record: ProbeRecord = {
    name, aliases: [], doc, syntax: `${name}:name`,
    programKind: 'xdp', needs: 'cap:CAP_NET_ADMIN', addressSpace: 'none', pidFilter: 'none', registers: false, returnValue: 0, uniqueNames: true, ...(name === 'bench' ? { typeName: 'benchmark' } : {}),
    resolve(point, c) {
      const [, own, ...more] = point.parts as [string, string?, ...string[]];
      if (own === undefined || own === '' || more.length > 0) return refuse(c, point, testWithoutName.with({ record: name, syntax: record.syntax }));
      return [{ record, point, section: 'xdp', matches: [{ probe: point.label ?? `${name}:${own}`, attach: { kind: name, name: own } }] }];
    },
  };
  return record;
}

export const test = named('test', 'A test of the script itself, run by --test.');
export const bench = named('bench', 'A piece of script to be timed, run by --bench.');
