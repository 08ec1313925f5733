// Which files a uprobe target means, and their facts.
//
//   in     a path, a program of PATH, a library's name (`libc`, `libc.so.6`, `c` as linkers have it), a glob, `*`; with a pid as that process sees it
//   out    paths as we can open them: in another mount namespace they start with /proc/PID/root
//   facts  with a pid a library is first looked for among what the process has mapped

import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { MAGIC } from '../../../model/target/elf-layout.js';
import type { Arch, BinaryFacts } from '../../../model/target/target.js';
import type { NativeAddon } from '../../native/types.js';
import { ElfBinary } from './elf-binary.js';
import { errnoOf } from '../errno.js';
import { readStart, statIfThere } from '../files.js';
import { glob, isFile } from '../glob.js';
import { isLibraryNamed, readLibraryCache, type CachedLibrary } from './library-cache.js';
import { hasWildcard, matcher } from '../../../model/target/pattern.js';
import { mappedFiles, processExecutable, rootOf } from './processes.js';

const ELF_MAGIC = Buffer.from(MAGIC);

export class Binaries {
  readonly #native: () => NativeAddon;
  readonly #arch: Arch;
  readonly #factsByPath = new Map<string, BinaryFacts>();
  readonly #librariesByRoot = new Map<string, readonly CachedLibrary[]>();

  /** @param debugFolders  of --debuginfo: where separate debug information is looked for before /usr/lib/debug */
  constructor(native: () => NativeAddon, arch: Arch, private readonly debugFolders: readonly string[] = []) {
    this.#native = native;
    this.#arch = arch;
  }

  /** undefined when there is no such file. Whether it is an ELF file shows only when symbols are asked for. */
  find(name: string, pid?: number): BinaryFacts | undefined {
    const path = this.resolve(name, pid);
    if (path === undefined) return undefined;
    let facts = this.#factsByPath.get(path);
    if (facts === undefined) this.#factsByPath.set(path, facts = new ElfBinary(path, this.#native, this.debugFolders));
    return facts;
  }

  /** Path of the file a name without wildcards means. */
  resolve(name: string, pid?: number): string | undefined {
    const root = pid === undefined ? '' : openRootOf(pid);
    const running = /^\/proc\/(\d+)\/exe$/.exec(name)?.[1];
    if (running !== undefined) return programOf(Number(running));
    if (name.includes('/')) {
      const inside = name.startsWith('/') && !name.startsWith('/proc/') ? root + name : name;
      return isFile(inside) ? inside : undefined;
    }
    const library = (file: string): string | undefined => this.#library(file, root, pid);
    return (name.startsWith('lib') ? library(name) : undefined) ?? this.#program(name, root) ?? library(`lib${name}`);
  }

  /** Paths a pattern means, sorted, of ELF files only; for a name without wildcards none or one. */
  match(pattern: string, pid?: number): readonly string[] {
    const root = pid === undefined ? '' : openRootOf(pid);
    if (pattern === '*') return mappedFiles(pid).filter(isElfFile);
    if (!hasWildcard(pattern)) {
      const path = this.resolve(pattern, pid);
      return path === undefined ? [] : [path];
    }
    if (pattern.includes('/')) return glob(pattern.startsWith('/') && !pattern.startsWith('/proc/') ? root + pattern : pattern).filter(isElfFile);
    const wanted = matcher(pattern);
    const programs = searchPath().flatMap((folder) => glob(`${root}${folder}/${pattern}`)).filter(isExecutable);
    const libraries = pattern.startsWith('lib') ? this.#libraries(root).filter(({ name }) => wanted(name)).map(({ path }) => root + path) : [];
    return [...new Set([...programs, ...libraries])].filter(isElfFile).sort();
  }

  #library(name: string, root: string, pid?: number): string | undefined {
    const mapped = pid === undefined ? undefined : mappedFiles(pid).find((path) => isLibraryNamed(basename(path), name));
    const cached = this.#libraries(root).find((library) => isLibraryNamed(library.name, name))?.path;
    const path = mapped ?? (cached === undefined ? undefined : root + cached);
    return path !== undefined && isFile(path) ? path : undefined;
  }

  #libraries(root: string): readonly CachedLibrary[] {
    let libraries = this.#librariesByRoot.get(root);
    if (libraries === undefined) this.#librariesByRoot.set(root, libraries = readLibraryCache(this.#arch, root));
    return libraries;
  }

  #program(name: string, root: string): string | undefined {
    return searchPath().map((folder) => `${root}${folder}/${name}`).find((path) => isFile(path) && isExecutable(path));
  }
}

/** As rootOf(), for a caller that opens files there.
 * @throws TbpfError  EACCES: the process belongs to somebody else;  ESRCH: there is none */
function openRootOf(pid: number): string {
  const root = rootOf(pid);
  try {
    if (root !== '') statSync(`${root}/`);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '')) throw new TbpfError(`there is no process ${pid}`, { code: 'ESRCH', errno: 3, operation: `stat ${root}`, cause: error });
    if (!['EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    throw new TbpfError(`Process ${pid} must not be looked into`, { code: 'EACCES', operation: `stat ${root}`, advice: 'Run as root, as the user of the process, or with CAP_SYS_PTRACE.', cause: error });
  }
  return root;
}

/** The file a process runs, by its real name where that still leads to it. */
function programOf(pid: number): string | undefined {
  const link = `/proc/${pid}/exe`;
  const path = processExecutable(pid);
  const real = path === undefined ? undefined : rootOf(pid) + path;
  const there = real === undefined ? undefined : statIfThere(real);
  if (there !== undefined && there.ino === statIfThere(link)?.ino) return real;
  return isFile(link) ? link : undefined;
}

/** Folders that programs are looked for in. */
export function searchPath(): string[] {
  return (process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(':').filter((folder) => folder.startsWith('/'));
}

/** A pattern may match scripts, sources and pipes, which are not ELF files. */
function isElfFile(path: string): boolean {
  return isFile(path) && (readStart(path, 4)?.equals(ELF_MAGIC) ?? false);
}

function isExecutable(path: string): boolean {
  return ((statIfThere(path)?.mode ?? 0) & 0o111) !== 0;
}
