// The package's face. Re-exports only.

export { compile, type CompileOptions, type CompileResult, type Compiled } from './compile.js';
export {
  compileScript, trace, Trace, TraceMaps, type CompiledScript, type CompileScriptOptions, type Script, type TraceEnd, type TraceOptions,
} from './trace.js';
export type { TraceEvent } from './trace/events.js';
export type { MapEntryValue } from './trace/values.js';
export { Diagnostic, type Note, type Severity } from './model/diagnostics/diagnostic.js';
export { AttachError, Bug, CompileError, LoadError, NotSupportedError, PermissionError, TbpfError } from './model/diagnostics/errors.js';
export { renderDiagnostic, renderDiagnostics } from './model/diagnostics/render.js';
export { Source, type Span } from './model/source/source.js';
export { manifestFromJson, manifestToJson, type Manifest } from './model/layout/manifest.js';
export type { StackValue, SymbolValue, TimestampValue, Value } from './model/layout/value.js';
export type { Target } from './model/target/target.js';
