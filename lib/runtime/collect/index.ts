// What the session and the shells use of this room.

export { compileReader, defaultReadOptions, type Reader, type ReadOptions } from './reader.js';
export { recordReader } from './record.js';
export { compileRecordFormat, type RecordFormat } from './record-format.js';
export { sameValue } from './same-value.js';
export { addedSince } from './taken.js';
export { bytesOfElement, indexesWritten, namedElements } from './named-elements.js';
export { readMap, zeroEntry, type MapReadOptions } from './merged-map.js';
export type { MapEntry, MergedMap } from '../../language/merged-map.js';
