import t from 'tap';
import { compareAliases } from '../../../../lib/model/target/aliases.js';

const aliases: [better: [name: string, local: boolean], worse: [name: string, local: boolean]][] = [
  [['read', false], ['__read', false]],
  [['malloc', false], ['__libc_malloc', false]],
  [['read', true], ['__read', false]],
  [['open', false], ['open', true]],
  [['open', false], ['open64', false]],
  [['aa', false], ['ab', false]],
  [['getpgid', false], ['__GI_getpgid', true]],
  [['__getpgid', false], ['__GI___getpgid', true]],
];
for (const [[better, betterLocal], [worse, worseLocal]] of aliases) {
  t.test(`${better}${betterLocal ? ' (local)' : ''} reads better than ${worse}${worseLocal ? ' (local)' : ''}`, async (t) => {
    t.ok(compareAliases({ name: better, isLocal: betterLocal }, { name: worse, isLocal: worseLocal }) < 0);
    t.ok(compareAliases({ name: worse, isLocal: worseLocal }, { name: better, isLocal: betterLocal }) > 0);
  });
}
