// What trace.ts uses of this room.

export { compileText } from './text.js';
export { compileJson } from './json.js';
export { chosenEntries, mapJson, mapText, printAll } from './maps.js';
export { escapeControls, plainRendering, type Rendering } from './rendering.js';
export { strftime } from './strftime.js';
export { helperErrorText, messageText, outputText, placeText } from './messages.js';
export { Texts } from './texts.js';
export { MemorySink, Sink, type Buffering, type SinkOptions } from './sink.js';
export { hasFoldedMaps } from './folded-writer.js';
export { createWriter, outputFormats, type OutputFormat } from './create-writer.js';
export type { Writer, WriterOptions } from './writer.js';
