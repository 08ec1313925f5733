// The tracing file system: where it is, and the tracepoints in it.
//
//   idea   nothing is read before it is asked for: one tracepoint costs one format file, `sched:*` one directory,
//          only a wildcard category reads available_events
//   facts  tracefs is at /sys/kernel/tracing, or on demand under debugfs at /sys/kernel/debug/tracing. events/ftrace/* (records
//          of ftrace itself) is no tracepoint; available_events leaves it out as well

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { PermissionError, TbpfError } from '../../../model/diagnostics/errors.js';
import type { TracepointFormat } from '../../../model/target/target.js';
import { errnoOf } from '../errno.js';
import { exists } from '../files.js';
import { parseFormat } from './format.js';
import { alternatives, hasWildcard, isForSeveral, matcher } from '../../../model/target/pattern.js';
import { missingSurroundings } from '../kernel/surroundings.js';

export type EventName = readonly [category: string, event: string];

const usualRoots = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

export interface TracefsOptions {
  /** folder to use instead of looking for it */
  root?: string;
  /** mounts a pseudo file system; without it a missing tracefs is an error that names the command */
  mount?: (type: string, path: string) => void;
}

export class Tracefs {
  readonly #options: TracefsOptions;
  readonly #formatByName = new Map<string, TracepointFormat | undefined>();
  readonly #eventsByCategory = new Map<string, readonly string[]>();
  #root: string | undefined;
  #available: readonly EventName[] | undefined;

  constructor(options: TracefsOptions = {}) {
    this.#options = options;
  }

  /** Folder that has `events`; mounted when it is not and may be.
   * @throws PermissionError  it is there but closed to us, or cannot be mounted by us
   * @throws TbpfError ENOENT  the kernel has no tracefs */
  get root(): string {
    return this.#root ??= this.#options.root ?? this.#find();
  }

  #find(): string {
    for (const root of usualRoots) {
      try {
        // an unmounted tracefs is an empty folder
        if (statSync(`${root}/events`, { throwIfNoEntry: false }) !== undefined) return root;
      } catch (error) {
        if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM') throw closed(root, error);
        throw error;
      }
    }
    if (!exists('/sys/kernel/tracing')) {
      const around = missingSurroundings();
      if (around !== undefined) throw new TbpfError(around, { code: 'ENOENT', operation: 'open tracefs' });
      throw new TbpfError('This kernel has no tracefs (CONFIG_TRACING is off), so there are no tracepoints', { code: 'ENOENT', operation: 'open tracefs' });
    }
    return this.#mount(usualRoots[0]!);
  }

  #mount(path: string): string {
    const advice = `Mount it as root: mount -t tracefs tracefs ${path}`;
    if (this.#options.mount === undefined) {
      throw new TbpfError('The tracing file system is not mounted', { code: 'ENOENT', operation: 'open tracefs', advice });
    }
    try {
      this.#options.mount('tracefs', path);
    } catch (error) {
      // it is there, and a kernel that is locked down shows nothing of it
      if (errnoOf(error) === 'EBUSY') {
        throw new PermissionError('The tracing file system is mounted and cannot be read: the kernel is locked down (confidentiality), or a security module forbids it',
          { missing: ['access to tracefs'], code: 'EPERM', operation: 'read tracefs', advice: 'Boot without lockdown=confidentiality.', cause: error });
      }
      throw new PermissionError('The tracing file system is not mounted and could not be mounted',
        { missing: ['CAP_SYS_ADMIN'], code: errnoOf(error) ?? 'EPERM', operation: 'mount tracefs', advice, cause: error });
    }
    return path;
  }

  /** undefined when there is no such tracepoint. */
  format(category: string, event: string): TracepointFormat | undefined {
    const name = `${category}:${event}`;
    if (this.#formatByName.has(name)) return this.#formatByName.get(name);
    const format = this.#readFormat(category, event);
    this.#formatByName.set(name, format);
    return format;
  }

  #readFormat(category: string, event: string): TracepointFormat | undefined {
    if (!isFileName(category) || !isFileName(event)) return undefined;
    const text = readOptional(`${this.root}/events/${category}/${event}/format`);
    return text === undefined ? undefined : parseFormat(category, event, text);
  }

  /** [category, event] pairs, sorted by both; patterns may have `*`, events alternatives. */
  match(category: string, event: string): readonly EventName[] {
    if (!hasWildcard(category) && !isForSeveral(event)) return this.format(category, event) === undefined ? [] : [[category, event]];
    if (!hasWildcard(category)) {
      const wanted = alternatives(event);
      return this.#eventsOf(category).filter(wanted).map((name) => [category, name]);
    }
    const wantedCategory = matcher(category);
    const wantedEvent = alternatives(event);
    return this.available().filter(([c, e]) => wantedCategory(c) && wantedEvent(e));
  }

  /** Events of one category, sorted. */
  #eventsOf(category: string): readonly string[] {
    let events = this.#eventsByCategory.get(category);
    if (events === undefined) {
      events = category === 'ftrace' || !isFileName(category) ? [] : listDirectories(`${this.root}/events/${category}`);
      this.#eventsByCategory.set(category, events);
    }
    return events;
  }

  /** Every tracepoint, sorted by category and event. */
  available(): readonly EventName[] {
    return this.#available ??= parseAvailableEvents(this.read('available_events') ?? '');
  }

  /** A file of tracefs by its path there; undefined when it is not there.
   * @throws PermissionError */
  read(path: string): string | undefined {
    return readOptional(`${this.root}/${path}`);
  }
}

/** `category:event` lines to sorted pairs. */
export function parseAvailableEvents(text: string): EventName[] {
  const lines = text.split('\n').filter((line) => line.includes(':'));
  const pairs = lines.map((line): EventName => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
  return pairs.sort(([c1, e1], [c2, e2]) => (c1 < c2 ? -1 : c1 > c2 ? 1 : e1 < e2 ? -1 : e1 > e2 ? 1 : 0));
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

function listDirectories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  } catch (error) {
    return absentOrThrow(error, path) ?? [];
  }
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    return absentOrThrow(error, path);
  }
}

function absentOrThrow(error: unknown, path: string): undefined {
  const code = errnoOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  if (code === 'EACCES' || code === 'EPERM') throw closed(path, error);
  throw error;
}

function closed(path: string, cause: unknown): PermissionError {
  return new PermissionError(`No permission to read ${path}; run as root or with CAP_DAC_READ_SEARCH`,
    { missing: ['CAP_DAC_READ_SEARCH'], code: errnoOf(cause) ?? 'EACCES', operation: 'read tracefs', cause });
}
