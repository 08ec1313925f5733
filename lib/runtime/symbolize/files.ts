// Symbol tables of the files that processes map, each read once whoever maps it.
//
//   idea   a path says nothing: it may lead to another file tomorrow, and an inode's number is used again. What a file is shows when it is opened:
//          the same inode with the same times, or the same build id. Files of different users never stand for each other, for a build id is
//          just bytes that whoever makes a file may write
//   facts  ctime changes with every change of a file's bytes or length, and nobody can set it (inode(7))

import { statSync } from 'node:fs';
import type { NativeAddon } from '../native/types.js';
import { FileSource } from './file-source.js';

const MAX_FILES = 4096;
/** Of symbol tables; beyond that those of the files met first are forgotten. */
const MAX_TABLE_BYTES = 512 << 20;
const ROOT = 0;

export class SymbolFiles {
  readonly #native: () => NativeAddon;
  readonly #debugFolders: readonly string[];
  readonly #fileByInode = new Map<string, FileSource>();
  readonly #fileByBuildId = new Map<string, FileSource>();

  /** @param debugFolders  asked for separate debug files before /usr/lib/debug */
  constructor(native: () => NativeAddon, debugFolders: readonly string[]) {
    this.#native = native;
    this.#debugFolders = debugFolders;
  }

  /** The first of the paths that leads to an ELF file, which is the one that is asked for.
   * @param wanted     the file's build id where that is known
   * @param debugRoot  root folder whose /usr/lib/debug is asked, too */
  open(paths: readonly string[], { wanted, debugRoot }: { readonly wanted?: string; readonly debugRoot?: string } = {}): FileSource | undefined {
    for (const path of paths) {
      try {
        const file = this.#openPath(path, debugRoot === undefined ? [] : [`${debugRoot}/usr/lib/debug`]);
        if (wanted === undefined || file.buildId === wanted) return file;
      } catch {
        // gone, closed to us, or no ELF file: the next path may do, else its addresses have no names
      }
    }
    return undefined;
  }

  /** A file met before, for one that cannot be opened any more: only root's, since anybody may write another file's build id. */
  withBuildId(buildId: string): FileSource | undefined {
    for (const [key, file] of this.#fileByBuildId) if (key.startsWith(`${ROOT}:`) && file.buildId === buildId) return file;
    return undefined;
  }

  #openPath(path: string, debugFolders: readonly string[]): FileSource {
    const { dev, ino, size, ctimeNs, uid } = statSync(path, { bigint: true });
    const inode = `${dev}:${ino}:${size}:${ctimeNs}`;
    const known = this.#fileByInode.get(inode);
    if (known !== undefined) {
      known.foundAt(path);
      return known;
    }
    const opened = FileSource.open(path, this.#native(), [...this.#debugFolders, ...debugFolders]);
    this.#makeRoom();
    const key = `${uid}:${size}:${opened.buildId}`;
    const twin = opened.buildId === '' ? undefined : this.#fileByBuildId.get(key);
    twin?.foundAt(path);
    const file = twin ?? opened;
    this.#fileByInode.set(inode, file);
    if (file.buildId !== '') this.#fileByBuildId.set(key, file);
    return file;
  }

  #makeRoom(): void {
    let bytes = 0;
    for (const file of new Set(this.#fileByInode.values())) bytes += file.tableBytes;
    while (this.#fileByInode.size > 0 && (bytes > MAX_TABLE_BYTES || this.#fileByInode.size >= MAX_FILES)) {
      const forgotten = this.#fileByInode.values().next().value!;
      for (const byKey of [this.#fileByInode, this.#fileByBuildId]) for (const [key, file] of byKey) if (file === forgotten) byKey.delete(key);
      bytes -= forgotten.tableBytes;
    }
  }
}
