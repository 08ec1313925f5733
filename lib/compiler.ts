// tbpf/compiler: scripts compiled for a machine whose facts come in as data. Needs neither Linux nor Node.

export { check, compile, type CompileAnywhereOptions } from './api/compile-anywhere.js';
export { bpf, type ScriptText } from './api/script-text.js';
export { toJSON } from './api/to-json.js';
export type { Compiled, Parameter, Program, Site } from './api/program.js';
export type { AnyTypes, Entry, EventName, FieldsOf, KeyOf, MapName, MapValue, ScriptTypes, UnknownTypes, ValueOf } from './api/script-types.js';
export type { Face, Hint } from './model/diagnostics/faces.js';
export { Diagnostic, type Note, type Severity } from './model/diagnostics/diagnostic.js';
export { CompileError, OptionError, TbpfError } from './model/diagnostics/errors.js';
export { renderDiagnostic, renderDiagnostics, type Renderable, type RenderOptions } from './model/diagnostics/render.js';
export { Source, type Place, type Position, type Range, type Span } from './model/source/source.js';
export type { Facts } from './model/target/facts.js';
export type { Type } from './model/types/types.js';
export type { StackValue, SymbolValue, TimestampValue, Value } from './model/layout/value.js';
