import t from 'tap';
import { layoutRecord } from '../../../../lib/model/layout/layout.js';
import type { Manifest } from '../../../../lib/model/layout/manifest.js';
import { type Type, int8, string } from '../../../../lib/model/types/types.js';
import { parseFormat } from '../../../../lib/language/format.js';
import { escapeControls, valueServices } from '../../../../lib/runtime/output/index.js';
import { parsePasswd, userNames } from '../../../../lib/runtime/output/users.js';
import { encodeRecord } from '../collect/support.js';
import { rendering } from './support.js';

const manifestWith = (config: Manifest['config']): Manifest => ({ version: 1, programs: [], maps: [], events: [], config, startValues: [] });
const services = valueServices(manifestWith({ str_trunc_trailer: '~' }), { ...rendering, data: escapeControls });
const layout = layoutRecord([string(4), int8], (type) => type.kind === 'string');

t.test('records as values and as text, with the trailer of the config', async (t) => {
  const view = encodeRecord(layout, ['abcd', 7]);
  t.same(services.recordReader(layout)(view, 16, 0), ['abcd~', 7]);
  t.equal(services.recordFormat(layout, parseFormat('%s %d'))(view, 16), 'abcd~ 7');
});

t.test('what goes to a shell is not escaped', async (t) => {
  const view = encodeRecord(layout, ['\x1b', 7]);
  t.equal(services.recordFormat(layout, parseFormat('%s'.concat(' %d')))(view, 16), '\\x1b 7');
  t.equal(services.recordFormat(layout, parseFormat('%s %d'), { raw: true })(view, 16), '\x1b 7');
});

t.test('values', async (t) => {
  const tuple: Type = { kind: 'tuple', elements: [int8, string(8)] };
  for (const round of [1, 2]) {
    t.equal(services.formatText(tuple, [round, '\x07']), `(${round}, \\x07)`);
    t.equal(services.formatJson(tuple, [round, '\x07']), `[${round},"\\u0007"]`);
  }
  t.equal(services.data('\r'), '\\x0d');
  t.equal(services.bootToRealtimeNs(), 1_000_000_000n);
});

t.test('passwd', async (t) => {
  const names = parsePasswd('root:x:0:0:root:/root:/bin/sh\n# comment\ntoor:x:0:0::/:\n\nbroken\nann:x:1000:1000::/home/ann:/bin/sh\n+:::\n');
  t.same([...names], [[0n, 'root'], [1000n, 'ann']]);
  t.equal(userNames('/nowhere/passwd')(0n), undefined);
  t.equal(userNames()(0n), 'root');
});
