// The formatter: its text has the same tree, and formatting it again changes nothing.

import t from 'tap';
import { formatScript } from '../../../../lib/model/syntax/print.js';
import { corpus, parsed, plain, tree } from '../../compiler/parse/corpus.js';

for (const { name, text } of corpus) {
  t.test(`round trip: ${name}`, async (t) => {
    const before = tree(text);
    const formatted = formatScript(before);
    const again = parsed(formatted);
    if (!t.ok(again.tree, `parses: ${formatted}${again.messages}`)) return;
    t.same(plain(again.tree), plain(before), formatted);
    t.equal(formatScript(again.tree!), formatted, 'stable');
  });
}
