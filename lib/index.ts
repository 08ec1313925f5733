// The package's face. Re-exports only.

export { compile, kernelInfo, listProbes, load, trace } from './api/verbs.js';
export type { Argument, ListedProbe } from './api/list-probes.js';
export type { Feature, KernelInfo } from './api/kernel-info.js';
export type { Script } from './api/script.js';
export { bpf, type ScriptText } from './api/script-text.js';
export { toJSON } from './api/to-json.js';
export { openMachine, type Machine } from './api/machine.js';
export type { CompileOptions, NamedValues } from './api/compile-options.js';
export type { Command, LoadOptions, TraceOptions } from './api/options.js';
export type { Facts } from './model/target/facts.js';
export type { Arch, TracepointFormat } from './model/target/target.js';
export type { Compiled, Parameter, Program, Site } from './api/program.js';
export type { QueueOptions } from './api/reader.js';
export type { RunningCommand } from './api/running-command.js';
export type { Session, SessionEnd, SessionStats, Skipped } from './api/session.js';
export type { CallEvent, EmitEvent, EventBase, MapEvent, PrintEvent, TraceEvent, WarningEvent } from './api/event.js';
export type { AnyTypes, Entry, EventName, FieldsOf, KeyOf, MapName, MapValue, ScriptTypes, UnknownTypes, ValueOf } from './api/script-types.js';
export type { Maps } from './api/maps.js';
export type { MapHandle, MapType } from './api/map-handle.js';
export { Histogram, type HistogramLayout, type Row } from './api/histogram.js';
export type { Frame, Symbols, Unnamed } from './api/symbols.js';
export type { Clock } from './api/clock.js';
export { AbortError } from './api/abort.js';
export { shellPattern, shellPrefix } from './model/target/shell-pattern.js';
export { openPinnedMap, PinnedMap } from './api/pinned-map.js';
export { escapeControls } from './runtime/output/rendering.js';
export { Sink, type Buffering, type SinkOptions } from './runtime/output/sink.js';
export { sendNow } from './api/send-now.js';
export { bytesOfText as bytesOf } from './model/syntax/text.js';
export { textOfMemory as textOf } from './model/syntax/decode-text.js';
export type { Face, Hint } from './model/diagnostics/faces.js';
export { Diagnostic, type Note, type Severity } from './model/diagnostics/diagnostic.js';
export { AttachError, Bug, CompileError, LoadError, NotSupportedError, OptionError, PermissionError, TbpfError, type TbpfErrorOptions } from './model/diagnostics/errors.js';
export { renderDiagnostic, renderDiagnostics, type Renderable, type RenderOptions } from './model/diagnostics/render.js';
export { nearest } from './model/diagnostics/nearest.js';
export { Source, type Place, type Position, type Range, type Span } from './model/source/source.js';
export type { StackValue, SymbolValue, TimestampValue, Value } from './model/layout/value.js';
export type {
  AggregateType, ArrayType, BufferType, CgroupPathType, EnumType, IntType, PointerType, RecordType, StackType, StringType, StructType, TimestampType, TupleType, Type,
} from './model/types/types.js';
