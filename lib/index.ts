// The package's face. Re-exports only.

export { load, trace } from './trace.js';
export { compile } from './api/compile-script.js';
export { bpf, type Script, type ScriptText } from './api/script.js';
export { openMachine, type Machine } from './api/machine.js';
export type { Command, CompileOptions, LoadOptions, TraceOptions } from './api/options.js';
export type { Compiled, Place, Program, Range, Site } from './api/program.js';
export type { QueueOptions } from './api/reader.js';
export type { Session, SessionEnd, SessionStats, Skipped } from './api/session.js';
export type { CallEvent, EmitEvent, EventBase, MapEvent, PrintEvent, TraceEvent, WarningEvent } from './api/event.js';
export type { AnyTypes, Entry, KeyOf, MapValue, ScriptTypes, ValueOf } from './api/script-types.js';
export type { Maps } from './api/maps.js';
export type { MapHandle, MapType } from './api/map-handle.js';
export { Histogram, type Row } from './api/histogram.js';
export type { Frame, Symbols } from './api/symbols.js';
export type { Clock } from './api/clock.js';
export { AbortError } from './api/abort.js';
export { openPinnedMap, PinnedMap } from './api/pinned-map.js';
export { escapeControls, Sink, type SinkOptions } from './runtime/output/index.js';
export { bytesOfText as bytesOf } from './model/syntax/text.js';
export { textOfAll as textOf } from './model/syntax/decode-text.js';
export { Diagnostic, type Note, type Severity } from './model/diagnostics/diagnostic.js';
export { AttachError, Bug, CompileError, LoadError, NotSupportedError, OptionError, PermissionError, TbpfError } from './model/diagnostics/errors.js';
export { renderDiagnostic, renderDiagnostics } from './model/diagnostics/render.js';
export { Source, type Position, type Span } from './model/source/source.js';
export type { StackValue, SymbolValue, TimestampValue, Value } from './model/layout/value.js';
export type { Type } from './model/types/types.js';
