// What trace.ts uses of this room.

export { compileText } from './text.js';
export { compileJson, jsonString } from './json.js';
export { mapJson, mapText, printAll, type PrintOptions } from './maps.js';
export { escapeControls, plainRendering, type Rendering } from './rendering.js';
export { strftime } from './strftime.js';
export { helperErrorText, placeText } from './messages.js';
export { MemorySink, Sink, type Buffering, type SinkOptions } from './sink.js';
export { JsonWriter, TextWriter, createWriter, type HelperFailure, type WarningKind, type Writer, type WriterOptions } from './writer.js';
