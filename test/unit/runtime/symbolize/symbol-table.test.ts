import t from 'tap';
import { FileSource, functionsOf } from '../../../../lib/runtime/symbolize/file-source.js';
import type { ElfInfo } from '../../../../lib/runtime/native/types.js';
import { elfInfo, elfSymbols, GLOBAL_FUNCTION, GLOBAL_OBJECT, LOCAL_FUNCTION, nativeWith } from './tables.js';

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
const fileWith = (segments: ElfInfo['segments'], table = symbols): FileSource => FileSource.open('/any', nativeWith({ elfInfo: () => elfInfo(segments), readElfSymbols: () => table }));
const source = fileWith([{ fileOffset: 0x1000, address: 0, fileBytes: 0x8000, memoryBytes: 0x9000, flags: 5 }]);
for (const [address, want] of cases) {
  t.test(`0x${address.toString(16)} is ${want}`, async (t) => {
    const found = source.find(address);
    t.equal(found && `${found.name}+${found.offset}`, want);
  });
}

t.test('file offsets become addresses by segments', async (t) => {
  const source = fileWith([{ fileOffset: 0x1000, address: 0x401000, fileBytes: 0x800, memoryBytes: 0x900, flags: 5 }]);
  t.equal(source.addressAt(0x1234), 0x401234);
  t.equal(source.addressAt(0xfff), undefined);
  t.equal(source.addressAt(0x1800), undefined);
});

t.test('variables are no functions', async (t) => {
  const table = functionsOf(symbols);
  t.strictSame(Array.from(table.addresses, (_, index) => table.name(index)), ['_start', 'read', 'read_inner', 'assembly', 'strlen']);
});

// as a C library ends: code, then the section .fini with a symbol without size, then data; code of another segment follows further up
const layout: ElfInfo['segments'] = [
  { fileOffset: 0, address: 0, fileBytes: 0x1000, memoryBytes: 0x1000, flags: 4 },
  { fileOffset: 0x1000, address: 0x1000, fileBytes: 0x1000, memoryBytes: 0x1000, flags: 5 },
  { fileOffset: 0x2000, address: 0x3000, fileBytes: 0x1000, memoryBytes: 0x2000, flags: 6 },
  { fileOffset: 0x3000, address: 0x8000, fileBytes: 0x100, memoryBytes: 0x100, flags: 5 },
];
const ends = elfSymbols([
  [0x1100, 0x100, GLOBAL_FUNCTION, 'exit'],
  [0x1f00, 0, LOCAL_FUNCTION, '_fini'],
  [0x8010, 0x10, LOCAL_FUNCTION, 'late'],
]);
const farAway: [address: number, want: string | undefined][] = [
  [0x1150, 'exit+80'],
  [0x1f00, '_fini+0'],
  [0x1fff, '_fini+255'],
  [0x2000, undefined],
  [0x3000, undefined],
  [0x8000, undefined],
  [0x8015, 'late+5'],
  [0x8100, undefined],
  [45972205854886, undefined],
  [-1, undefined],
];
const library = fileWith(layout, ends);
for (const [address, want] of farAway) {
  t.test(`a symbol without size ends with its segment: 0x${address.toString(16)} is ${want}`, async (t) => {
    const found = library.find(address);
    t.equal(found && `${found.name}+${found.offset}`, want);
  });
}

t.test('symbols that cannot be read: said once, then there are none', async (t) => {
  let reads = 0;
  const broken = FileSource.open('/any', nativeWith({ elfInfo: () => elfInfo(layout), readElfSymbols: () => { reads++; throw new Error('EFBIG'); } }));
  t.throws(() => broken.find(0x1150), /EFBIG/);
  t.equal(broken.find(0x1150), undefined);
  t.equal(reads, 1);
});
