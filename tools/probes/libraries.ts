// Libraries and programs by name: `c` is libc, `bash` the program of PATH.
//
//   in     a name or path, perhaps the process that has it loaded
//   out    the path of the file
//   facts  a name is looked for among what the process maps, in the directories of the dynamic linker, then in PATH; with a process, in its root. Both glibc's directories
//          (/etc/ld.so.conf) and those of musl (/etc/ld-musl-*.path) are read. /usr/lib/…/libc.so is a text for the link editor, and libraries of
//          other machines or 32 bits may stand beside: the ELF header tells (System V ABI, "ELF Header"). Of several versions the newest counts

import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Place {
  /** where the machine's files are found; other than `/` in tests */
  readonly root?: string;
  readonly path?: string;
}

/** undefined: there is none */
export function findBinary(name: string, pid?: number, { root = '/', path = process.env['PATH'] ?? '' }: Place = {}): string | undefined {
  if (name.includes('/')) return name;
  if (pid === undefined) return binaryIn(name, root, path);
  const mapped = mappedLibrary(name, pid, root);
  if (mapped !== undefined) return mapped;
  const seen = rootOf(pid, root);
  const found = binaryIn(name, seen.root, path);
  return found && `${seen.prefix}${found}`;
}

/** What the process sees as `/`: the files of a container are not those of the machine.
 *  @returns its place here, and what stands before paths in it */
function rootOf(pid: number, root: string): { readonly root: string; readonly prefix: string } {
  const prefix = `/proc/${pid}/root`;
  const [its, ours] = [fileId(join(root, prefix)), fileId(root)];
  return its === undefined || its === ours ? { root, prefix: '' } : { root: join(root, prefix, '/'), prefix };
}

function fileId(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch (error) {
    return missing(error, undefined);
  }
}

function binaryIn(name: string, root: string, path: string): string | undefined {
  return libraryIn(name, root) ?? path.split(':').map((directory) => join(directory, name)).find((file) => directoryEntry(join(root, file)));
}

/** As messages of bcc have it, with what has a similar name. */
export function noBinary(name: string, pid?: number, place: Place = {}): string {
  const { root } = pid === undefined ? { root: '/', ...place } : rootOf(pid, place.root ?? '/');
  const near = [...new Set(directories(root).flatMap((directory) => list(join(root, directory))).flatMap((file) => /^lib([^.]+)\.so/.exec(file)?.[1] ?? []))]
    .filter((library) => name.length > 1 && (library.startsWith(name) || name.startsWith(library) || library.includes(name))).slice(0, 5);
  return `unable to find library ${name}${near.length > 0 ? `; there are ${near.join(', ')}` : ''}`;
}

function mappedLibrary(name: string, pid: number, root: string): string | undefined {
  const maps = read(join(root, `proc/${pid}/maps`));
  const paths = maps.split('\n').flatMap((line) => /^(?:\S+\s+){5}(\/.*)$/.exec(line)?.[1] ?? []);
  const found = paths.find((path) => path.includes('.so') && (path.includes(`/lib${name}.`) || path.includes(`/lib${name}-`)));
  // the process may see other files than we do
  return found && (isElf(join(root, found)) ? found : `/proc/${pid}/root${found}`);
}

function libraryIn(name: string, root: string): string | undefined {
  const named = new RegExp(`^lib${name.replace(/[^\w]/g, '\\$&')}\\.so(\\.|$)`);
  for (const directory of directories(root)) {
    const file = list(join(root, directory)).filter((each) => named.test(each)).sort((a, b) => b.localeCompare(a, 'en', { numeric: true })).find((each) => isElf(join(root, directory, each)));
    if (file !== undefined) return join('/', directory, file);
  }
  return undefined;
}

const usual = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'lib64', 'usr/lib64', 'lib', 'usr/lib', 'usr/local/lib'];

function directories(root: string): readonly string[] {
  return [...new Set([...configured(join(root, 'etc/ld.so.conf'), root), ...musl(root), ...usual])];
}

function configured(file: string, root: string): string[] {
  return read(file).split('\n').flatMap((line) => {
    const text = line.replace(/#.*/, '').trim();
    const include = /^include\s+(\S+)$/.exec(text)?.[1];
    if (include === undefined) return text.startsWith('/') ? [text.slice(1)] : [];
    const pattern = join(root, include.startsWith('/') ? include : join(dirname(file.slice(root.length - 1)), include));
    return list(dirname(pattern)).filter((name) => name.endsWith('.conf')).sort().flatMap((name) => configured(join(dirname(pattern), name), root));
  });
}

function musl(root: string): string[] {
  return list(join(root, 'etc')).filter((name) => /^ld-musl-.*\.path$/.test(name)).flatMap((name) => read(join(root, 'etc', name)).split(/[\n:]/)).filter((path) => path.startsWith('/')).map((path) => path.slice(1));
}

/** e_ident and e_type stand before e_machine, which is the header's bytes 18 and 19. */
const MACHINE_AT = 18;
const CLASS_AT = 4;
const CLASS_64 = 2;
/** EM_AARCH64, EM_X86_64 */
const machine = process.arch === 'arm64' ? 183 : 62;

/** The file is an ELF file of 64 bits for this machine. */
function isElf(file: string): boolean {
  const header = Buffer.alloc(MACHINE_AT + 2);
  try {
    const fd = openSync(file, 'r');
    try {
      readSync(fd, header, 0, header.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return missing(error, false);
  }
  return header.toString('latin1', 0, CLASS_AT) === '\x7fELF' && header[CLASS_AT] === CLASS_64 && header.readUInt16LE(MACHINE_AT) === machine;
}

function directoryEntry(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch (error) {
    return missing(error, false);
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    return missing(error, []);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return missing(error, '');
  }
}

/** What is not there, or not for us to see, is not found. */
function missing<T>(error: unknown, instead: T): T {
  if (['ENOENT', 'ENOTDIR', 'EACCES', 'ESRCH', 'EISDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return instead;
  throw error;
}
