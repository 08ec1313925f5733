// bpf`…`: whatever a value holds, it is one literal of the script and never more.

import t from 'tap';
import { bpf } from '../../../lib/api/script-text.js';
import { parse } from '../../../lib/compiler/parse/index.js';
import type { Diagnostic } from '../../../lib/model/diagnostics/diagnostic.js';
import { Source } from '../../../lib/model/source/source.js';
import { bytesOfText } from '../../../lib/model/syntax/text.js';
import { walk } from '../../../lib/model/syntax/visit.js';
import { dice } from '../../helpers/dice.js';

/** The string literals and the calls of a script. */
function contents(text: string): { readonly strings: string[]; readonly calls: number } {
  const found: Diagnostic[] = [];
  const tree = parse(new Source('script', text), (diagnostic) => found.push(diagnostic));
  if (!tree || found.length > 0) throw new Error(`${found.map(({ message }) => message).join(', ')}: ${text}`);
  const strings: string[] = [];
  let calls = 0;
  walk(tree, (node) => {
    if (node.kind === 'string') strings.push(node.value);
    if (node.kind === 'call') calls++;
  });
  return { strings, calls };
}

const pieces = ['"', '\\', '\n', '\r', '*/', '/*', '//', '); exit(); print("', '${', '`', "'", '$1', '@x', '\x7f', '\x80', 'ä', '😀', '\ud800', '0', '7', 'x41', ' ', ';', '}', 'end {'];

t.test('what strings hold stays within their quotes', async (t) => {
  const random = dice(1);
  for (let round = 0; round < 2000; round++) {
    const value = Array.from({ length: random.below(8) }, () => random.one(pieces)).join('');
    const { strings, calls } = contents(bpf`begin { print(${value}); print(${'second'}); }`.text);
    if (calls === 2 && strings.length === 2 && Buffer.compare(bytesOfText(strings[0]!), bytesOfText(value)) === 0 && strings[1] === 'second') continue;
    t.same({ strings, calls }, { strings: [value, 'second'], calls: 2 }, JSON.stringify(value));
  }
  t.pass('2000 values');
});

const rows: [title: string, text: string, want: string][] = [
  ['numbers', bpf`${1} ${-1} ${0xffff_ffff_ffff_ffffn}`.text, '1 (-1) 18446744073709551615'],
  ['truth', bpf`${true} ${false}`.text, 'true false'],
  ['escapes of the script stay as they are written', bpf`printf("\n", ${1})`.text, 'printf("\\n", 1)'],
  ['a string before, a comment before', bpf`"a\"b" /* " */ ${'x'} // "
${'y'}`.text, '"a\\"b" /* " */ "x" // "\n"y"'],
  ['a digit behind an escape', bpf`${'\x017'}`.text, '"\\0017"'],
];
for (const [title, text, want] of rows) t.test(title, async (t) => t.equal(text, want));
