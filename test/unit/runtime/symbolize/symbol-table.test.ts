import t from 'tap';
import { FileSource, functionsOf } from '../../../../lib/runtime/symbolize/file-source.js';
import { compareAliases } from '../../../../lib/runtime/symbolize/symbol-table.js';
import { elfInfo, elfSymbols, GLOBAL_FUNCTION, GLOBAL_OBJECT, LOCAL_FUNCTION, nativeWith } from './tables.js';

const aliases: [better: [name: string, local: boolean], worse: [name: string, local: boolean]][] = [
  [['read', false], ['__read', false]],
  [['malloc', false], ['__libc_malloc', false]],
  [['read', true], ['__read', false]],
  [['open', false], ['open', true]],
  [['open', false], ['open64', false]],
  [['aa', false], ['ab', false]],
];
for (const [[better, betterLocal], [worse, worseLocal]] of aliases) {
  t.test(`${better}${betterLocal ? ' (local)' : ''} reads better than ${worse}${worseLocal ? ' (local)' : ''}`, async (t) => {
    t.ok(compareAliases({ name: better, local: betterLocal }, { name: worse, local: worseLocal }) < 0);
    t.ok(compareAliases({ name: worse, local: worseLocal }, { name: better, local: betterLocal }) > 0);
  });
}

const symbols = elfSymbols([
  [0x1000, 0x10, LOCAL_FUNCTION, '_start'],
  [0x1100, 0x100, GLOBAL_FUNCTION, '__read'],
  [0x1100, 0x100, GLOBAL_FUNCTION, 'read'],
  [0x1140, 0x10, LOCAL_FUNCTION, 'read_inner'],
  [0x1300, 0, LOCAL_FUNCTION, 'assembly'],
  [0x1400, 0x10, GLOBAL_OBJECT, 'table'],
  [0x1500, 0x10, 0x1a, 'strlen'],
]);

const cases: [address: number, want: string | undefined][] = [
  [0xfff, undefined],
  [0x1000, '_start+0'],
  [0x1010, undefined],
  [0x1105, 'read+5'],
  [0x1141, 'read_inner+1'],
  [0x1155, 'read+85'],
  [0x1200, undefined],
  [0x1310, 'assembly+16'],
  [0x1404, 'assembly+260'],
  [0x1504, 'strlen+4'],
  [0x1510, undefined],
];
const source = FileSource.open('/any', nativeWith({ elfInfo: () => elfInfo([{ fileOffset: 0x1000, address: 0x401000, fileBytes: 0x800, memoryBytes: 0x900, flags: 5 }]), readElfSymbols: () => symbols }));
for (const [address, want] of cases) {
  t.test(`0x${address.toString(16)} is ${want}`, async (t) => {
    const found = source.find(address);
    t.equal(found && `${found.name}+${found.offset}`, want);
  });
}

t.test('file offsets become addresses by segments', async (t) => {
  t.equal(source.addressAt(0x1234), 0x401234);
  t.equal(source.addressAt(0xfff), undefined);
  t.equal(source.addressAt(0x1800), undefined);
});

t.test('variables are no functions', async (t) => {
  const table = functionsOf(symbols);
  t.strictSame(Array.from(table.addresses, (_, index) => table.name(index)), ['_start', 'read', 'read_inner', 'assembly', 'strlen']);
});
