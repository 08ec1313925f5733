// The forms of output by name; create-writer.ts has their writers.

/** The formats, and what the command's messages beside them are. json: as bpftrace writes it;  ndjson: as JSON that loses nothing;  folded, pprof: stacks for flame graphs */
export const outputFormats = { text: 'text', json: 'objects', ndjson: 'objects', folded: 'text', pprof: 'text' } as const;
export type OutputFormat = keyof typeof outputFormats;
