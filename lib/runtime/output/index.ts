// What trace.ts uses of this room.

export { compileText } from './text.js';
export { compileJson, jsonString } from './json.js';
export { mapJson, mapText, printAll, type PrintOptions } from './maps.js';
export { escapeControls, plainRendering, type Rendering } from './rendering.js';
export { strftime } from './strftime.js';
