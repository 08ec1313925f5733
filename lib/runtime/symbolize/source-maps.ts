// Where a function of JavaScript stands in what somebody wrote: the perf map's `JS:*name /app/dist/app.js:1:200` → src/app.ts:120.
//
//   in     names of V8's perf maps; the files of the process: the script, and the source map that its last comment names
//   facts  V8 counts lines and columns from 1, source maps from 0 (ECMA-426); Node's own SourceMap decodes them. Data URLs have the map in the
//          script. A path of a source is relative to its map
//   why    limits: these are files of whoever runs the process. A mapping of two bytes takes some ninety when it is decoded

import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readForeignFile } from '../native/foreign-file.js';
import { opensInTime } from './far-file.js';

const MOST_SCRIPT_BYTES = 32 << 20;
const MOST_MAP_BYTES = 32 << 20;
/** of one map, and of all that are kept */
const MOST_MAPPINGS_BYTES = 4 << 20;
const MOST_KEPT_BYTES = 8 << 20;
const MOST_SCRIPTS = 4096;
/** it is the last line but for empty ones; a data URL may be long */
const COMMENT = /^\/\/[#@] ?sourceMappingURL=(\S+)\s*$/gm;

/** A function as V8 names it. */
export interface CompiledFunction {
  /** with V8's marks, without the place: `JS:*outer` */
  readonly name: string;
  /** path or URL of a file */
  readonly script: string;
  /** from 1 */
  readonly line: number;
  readonly column: number;
}

export interface SourcePlace {
  readonly file: string;
  /** from 1 */
  readonly line: number;
}

/** Undefined for what has no place in a file: stubs, Node's own scripts. */
export function compiledFunction(symbol: string): CompiledFunction | undefined {
  const parts = /^((?:JS|LazyCompile|Function|Eval|Script):[~^*+']*\S*) (\/.*|file:\/\/.*):(\d+):(\d+)$/.exec(symbol);
  if (parts === null) return undefined;
  const [, name, script, line, column] = parts;
  return { name: name!, script: script!, line: Number(line), column: Number(column) };
}

interface KnownScript {
  readonly map: SourceMap;
  /** folder that its sources are relative to */
  readonly folder: string;
  readonly bytes: number;
}

export class SourceMaps {
  readonly #scripts = new Map<string, KnownScript | undefined>();
  #keptBytes = 0;

  /** @param root  root folder of the process, '' for ours
   *  @returns undefined  there is no map, or it has nothing there */
  find(pid: number, root: string, { script, line, column }: CompiledFunction): SourcePlace | undefined {
    try {
      const known = this.#script(pid, root, script);
      const entry = known?.map.findEntry(line - 1, column - 1);
      if (known === undefined || entry === undefined || !('originalSource' in entry) || typeof entry.originalSource !== 'string' || !(entry.originalLine >= 0)) return undefined;
      return { file: resolved(known.folder, entry.originalSource), line: entry.originalLine + 1 };
    } catch {
      // the map makes no sense there: the place in the compiled script stays
      return undefined;
    }
  }

  #script(pid: number, root: string, place: string): KnownScript | undefined {
    const key = `${root}:${place}`;
    if (this.#scripts.has(key)) return this.#scripts.get(key);
    let script: KnownScript | undefined;
    try {
      script = readScript(pid, root, place.startsWith('file:') ? fileURLToPath(place) : place);
    } catch {
      // no such file, none that may be read, or no source map
    }
    this.#keptBytes += script?.bytes ?? 0;
    for (const [oldest, { bytes } = { bytes: 0 }] of this.#scripts) {
      if (this.#keptBytes <= MOST_KEPT_BYTES && this.#scripts.size < MOST_SCRIPTS) break;
      this.#scripts.delete(oldest);
      this.#keptBytes -= bytes;
    }
    this.#scripts.set(key, script);
    return script;
  }
}

/** @throws whatever is wrong with the files */
function readScript(pid: number, root: string, path: string): KnownScript | undefined {
  if (!opensInTime(pid, root + path)) return undefined;
  const url = [...readForeignFile(root + path, MOST_SCRIPT_BYTES).toString('utf8').matchAll(COMMENT)].at(-1)?.[1];
  if (url === undefined) return undefined;
  const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(url);
  const place = inline === null ? mapPath(path, url) : path;
  if (place === undefined || (inline === null && !opensInTime(pid, root + place))) return undefined;
  const text = inline === null ? readForeignFile(root + place, MOST_MAP_BYTES).toString('utf8') : inline[1] === undefined ? decodeURIComponent(inline[2]!) : Buffer.from(inline[2]!, 'base64').toString('utf8');
  const payload = JSON.parse(text) as SourceMapPayload;
  const bytes = mappingsBytes(payload);
  return bytes > MOST_MAPPINGS_BYTES ? undefined : { map: new SourceMap(payload), folder: dirname(place), bytes };
}

function mapPath(script: string, url: string): string | undefined {
  if (url.startsWith('file:')) return fileURLToPath(url);
  return /^[a-z][a-z0-9+.-]+:/i.test(url) ? undefined : join(dirname(script), decodeURIComponent(url));
}

/** Of the map, and of its sections where it has some. */
function mappingsBytes({ mappings, sections }: { mappings?: unknown; sections?: unknown }): number {
  const inSections = Array.isArray(sections) ? sections.map((section: { map?: object } | null) => mappingsBytes(section?.map ?? {})) : [];
  return inSections.reduce((sum, bytes) => sum + bytes, typeof mappings === 'string' ? mappings.length : 0);
}

/** A path that the map has; a URL (`webpack://…`) stays as it is. */
function resolved(folder: string, source: string): string {
  if (source.startsWith('file:')) return fileURLToPath(source);
  return source.startsWith('/') || /^[a-z][a-z0-9+.-]+:/i.test(source) ? source : join(folder, source);
}
