// serve: labels that the text of a script gives.

import t from 'tap';
import { keyNames, labelNames, metricComments } from '../../../../tools/serve/labels.js';

const keys: readonly (readonly [script: string, names: readonly (string | undefined)[]])[] = [
  ['begin { @[comm] = count(); }', ['comm']],
  ['begin { @[pid, tid] = count(); }', ['pid', 'tid']],
  ['t:a:b { @[args.dev, str(args.path), (uint64)$x, func] = count(); }', ['dev', 'path', 'x', 'func']],
  ['t:a:b { @[(dev = args.major, 5)] = count(); }', undefined!],
  ['begin { @[(pid = pid, what = comm)] = count(); }', ['pid', 'what']],
  ['begin { @[$1 + 2, comm] = count(); }', [undefined, 'comm']],
  ['begin { @[1] = 1; } end { print(@[pid]); }', ['pid']],
  ['begin { @[curtask.comm] = 1; }', ['comm']],
  ['begin { @ = count(); }', undefined!],
];
for (const [script, names] of keys) {
  t.test(script, (t) => {
    const found = keyNames(script).get('@');
    if (names !== undefined) t.same(found, names);
    else t.equal(found, undefined);
    t.end();
  });
}

t.test('names that Prometheus takes, each once', (t) => {
  t.same(labelNames(['comm', 'comm', undefined, 'le', '__x', '9a', 'a.b'], 8), ['comm', 'comm_2', 'key3', 'key4', 'x', 'key6', 'a_b', 'key8']);
  t.end();
});

t.test('comments', (t) => {
  const script = '// @metric @reads disk_reads{disk, comm} Requests that read.\n/* @metric @ all */\n  // @metric @t only_name\n// @metric nothing\nbegin { @ = count(); } // @metric @no inside_a_line\n';
  t.same(Object.fromEntries(metricComments(script)), {
    '@reads': { name: 'disk_reads', labels: ['disk', 'comm'], help: 'Requests that read.' },
    '@': { name: 'all', labels: undefined, help: undefined },
    '@t': { name: 'only_name', labels: undefined, help: undefined },
  });
  t.end();
});
