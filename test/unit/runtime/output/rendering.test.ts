import t from 'tap';
import { type Type, string } from '../../../../lib/model/types/types.js';
import { parseFormat } from '../../../../lib/language/format.js';
import { layoutRecord } from '../../../../lib/model/layout/layout.js';
import { compileRecordFormat } from '../../../../lib/runtime/collect/index.js';
import { compileJson, compileText, escapeControls, plainRendering } from '../../../../lib/runtime/output/index.js';
import { encodeRecord } from '../collect/support.js';

const cases: readonly (readonly [string, string])[] = [
  ['plain ✓ \u{1f600}', 'plain ✓ \u{1f600}'],
  ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
  ['\x1b[31mred', '\\x1b[31mred'],
  ['over\rwritten', 'over\\x0dwritten'],
  ['\x07\x08\x7f', '\\x07\\x08\\x7f'],
  ['C1 \u009b31m', 'C1 \\x9b31m'],
  ['a byte \udc9b', 'a byte \\x9b'],
];
for (const [text, want] of cases) t.test(JSON.stringify(text), async (t) => { t.equal(escapeControls(text), want); });

const terminal = { ...plainRendering, data: escapeControls };

t.test('on a terminal data is escaped, at any depth, the script\'s own text is not', async (t) => {
  const tuple: Type = { kind: 'tuple', elements: [string(8), { kind: 'array', of: string(8), count: 1 }] };
  t.equal(compileText(tuple, terminal)(['\x1b', ['\x1b']]), '(\\x1b, [\\x1b])');
  const layout = layoutRecord([string(8)], () => true);
  const format = compileRecordFormat(layout, parseFormat('\x1b[1m%s\x1b[0m\n'), { textOf: (type) => compileText(type, terminal) });
  t.equal(format(encodeRecord(layout, ['\x1b[2J']), 16), '\x1b[1m\\x1b[2J\x1b[0m\n');
});

t.test('JSON has its own escapes', async (t) => {
  t.equal(compileJson(string(8), terminal)('\x1b'), '"\\u001b"');
  t.equal(compileJson({ kind: 'username' }, { ...terminal, userName: () => '\x1b' })(1n), '"\\u001b"');
});
