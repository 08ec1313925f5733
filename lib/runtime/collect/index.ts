// What the session and the printers use of this room.

export { compileReader, defaultReadOptions, flatMembers, type Reader, type ReadOptions } from './reader.js';
export { recordReader } from './record.js';
export { readMap, zeroEntry, type MapEntry, type MapReadOptions, type MergedMap, type RawMap } from './merged-map.js';
export { compileRecordFormat, type RecordFormat } from './record-format.js';
