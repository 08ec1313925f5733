// The forms in which a tool prints records: text, CSV, a JSON document, JSON lines.
//
//   in     columns, rows
//   out    text: heading and lines.  csv: RFC 4180, a line of names first.  json: one document, {"tool", "columns", "records": […], "lost"},
//          complete once the tool has ended.  ndjson: an object a line; the first, of type `columns`, describes the fields, and losses are told in between.
//          otlp: OpenTelemetry's log records (otlp.ts)
//   facts  JSON as toJSON() of the library writes it: text that is not UTF-8 is {"base64": "…"}, integers beyond 2^53 are strings

import { toJSON } from '../../lib/index.js';
import { textLines, printable, type Column } from './columns.js';
import type { Printable } from './pad.js';

/** What every tool has; besides these a tool may have `otlp`, and `prom` where it counts. */
export const formats = ['text', 'json', 'ndjson', 'csv'] as const;
export type MetricFormat = 'otlp' | 'prom';
export type Format = (typeof formats)[number] | MetricFormat;

export interface RecordWriter<Row> {
  /** Heading, or what stands in its place. */
  begin(): void;
  write(row: Row): void;
  /** Events that did not fit into the buffer since this was last told. Text tells people on stderr instead. */
  lost(count: number): void;
  end(): void;
}

/** Where lines go: an Output. */
export interface Lines {
  write(text: string): void;
  /** Text of traced programs, fit for the reader. */
  clean(text: string): string;
}

export interface RecordKind<Row> {
  readonly tool: string;
  /** `type` of each record in ndjson */
  readonly record: string;
  readonly columns: readonly Column<Row>[];
  /** when the row was, ns since 1970; undefined: rows have no time */
  readonly epochNs?: (row: Row) => bigint;
}

export function recordWriter<Row>(format: Exclude<Format, 'otlp'>, kind: RecordKind<Row>, out: Lines): RecordWriter<Row> {
  switch (format) {
    case 'prom': throw new Error(`${kind.tool} has no metrics`);
    case 'text': return textWriter(kind, out);
    case 'csv': return csvWriter(kind, out);
    case 'json': return jsonWriter(kind, out);
    case 'ndjson': return ndjsonWriter(kind, out);
  }
}

function textWriter<Row>({ columns }: RecordKind<Row>, out: Lines): RecordWriter<Row> {
  const lines = textLines(columns, (text) => out.clean(text));
  return {
    begin: () => out.write(`${lines.heading}\n`),
    write: (row) => out.write(`${lines.row(row)}\n`),
    lost: () => undefined,
    end: () => undefined,
  };
}

function csvWriter<Row>({ columns }: RecordKind<Row>, out: Lines): RecordWriter<Row> {
  const known = knownOf(columns);
  return {
    begin: () => out.write(`${known.map(({ field }) => field).join(',')}\r\n`),
    write: (row) => out.write(`${known.map(({ value }) => csvField(textOf(printable(value(row)), out))).join(',')}\r\n`),
    lost: () => undefined,
    end: () => undefined,
  };
}

function jsonWriter<Row>({ tool, columns }: RecordKind<Row>, out: Lines): RecordWriter<Row> {
  const known = knownOf(columns);
  let separator = '\n';
  let lost = 0;
  return {
    begin: () => out.write(`{"tool": ${JSON.stringify(tool)}, "columns": ${JSON.stringify(described(known))}, "records": [`),
    write: (row) => {
      out.write(`${separator}${recordJson(known, row)}`);
      separator = ',\n';
    },
    lost: (count) => (lost += count),
    end: () => out.write(`\n], "lost": ${lost}}\n`),
  };
}

function ndjsonWriter<Row>({ tool, record, columns }: RecordKind<Row>, out: Lines): RecordWriter<Row> {
  const known = knownOf(columns);
  return {
    begin: () => out.write(`{"type":"columns","tool":${JSON.stringify(tool)},"columns":${JSON.stringify(described(known))}}\n`),
    write: (row) => out.write(`${recordJson(known, row, record)}\n`),
    lost: (count) => out.write(`{"type":"lost","count":${count}}\n`),
    end: () => undefined,
  };
}

export function knownOf<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  return columns.filter(({ known }) => known !== false);
}

function described<Row>(columns: readonly Column<Row>[]): object[] {
  return columns.map(({ field, type, doc }) => ({ name: field, type, doc }));
}

function recordJson<Row>(columns: readonly Column<Row>[], row: Row, type?: string): string {
  const fields = columns.map(({ field, value }) => `${JSON.stringify(field)}:${toJSON(value(row))}`);
  return `{${[...(type === undefined ? [] : [`"type":${JSON.stringify(type)}`]), ...fields].join(',')}}`;
}

function textOf(value: Printable, out: Lines): string {
  return typeof value === 'string' ? out.clean(value) : String(value);
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
