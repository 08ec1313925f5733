// tbpf/tools: the tools for programs. Re-exports only.

export { runTool, type ToolTypes } from './library/run-tool.js';
export type { ArgdistOptions, ExecsnoopOptions, FunccountOptions, HitOptions, OpensnoopOptions, OwnerOptions, ProcessOptions, RunOptions } from './library/options.js';
export type { CallsRecord, DistributionRecord, ExecRecord, HitRecord, OpenRecord } from './library/records.js';
export type { ToolRun } from './library/tool-run.js';
