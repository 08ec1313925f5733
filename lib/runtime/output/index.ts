// What trace.ts uses of this room.

export { compileText } from './text.js';
export { compileJson } from './json.js';
export { chosenEntries, histogramRows, mapJson, mapText, printAll } from './maps.js';
export { escapeControls, plainRendering, type Rendering } from './rendering.js';
export { strftime } from './strftime.js';
export { helperErrorText, messageText, outputText, placeText } from './messages.js';
export { captureHeader, captureRecord } from './pcap.js';
export { Texts } from './texts.js';
export { MemorySink, Sink, type Buffering, type SinkOptions } from './sink.js';
export { hasStackMaps, NO_STACK_MAPS } from './stacks/stack-samples.js';
export { createWriter, loadWriter, type PromptFormat, type WriterMaker } from './create-writer.js';
export { outputFormats, type OutputFormat } from './formats.js';
export type { Writer, WriterOptions } from './writer.js';
