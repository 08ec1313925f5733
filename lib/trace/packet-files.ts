// The capture files of a script (skboutput): made anew when it is loaded, each for all calls that name it.
//
//   idea   what a while's packets add is written at once, when the session has handled them
//   owners the files are closed by close()

import { closeSync, openSync, writeSync } from 'node:fs';
import { TbpfError } from '../model/diagnostics/errors.js';
import type { Manifest } from '../model/layout/manifest.js';
import type { PacketFile } from '../language/services.js';
import { captureFiles } from '../language/functions/skboutput.js';
import { captureHeader, captureRecord } from '../runtime/output/index.js';

/** that wait to be written */
const MOST_BYTES = 1 << 20;

export class PacketFiles {
  private readonly files = new Map<string, OpenFile>();

  /** @throws TbpfError  a file cannot be made */
  constructor(manifest: Manifest, private readonly bootToRealtimeNs: () => bigint) {
    try {
      for (const path of captureFiles(manifest)) if (!this.files.has(path)) this.files.set(path, new OpenFile(path));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  file = (path: string): PacketFile => ({
    add: (bootNs, bytes, length) => this.files.get(path)!.write(captureRecord(bootNs + this.bootToRealtimeNs(), bytes, length)),
  });

  /** @throws TbpfError  the disk is full, or the like */
  flush(): void {
    for (const file of this.files.values()) file.flush();
  }

  close(): void {
    for (const file of this.files.values()) file.close();
    this.files.clear();
  }
}

class OpenFile {
  private readonly fd: number;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;

  constructor(private readonly path: string) {
    this.fd = this.orError('open', () => openSync(path, 'w'));
    this.write(captureHeader());
    this.flush();
  }

  write(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    if (this.waitingBytes >= MOST_BYTES) this.flush();
  }

  flush(): void {
    if (this.waitingBytes === 0) return;
    const bytes = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    this.orError('write', () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
    });
  }

  close(): void {
    closeSync(this.fd);
  }

  private orError<T>(operation: string, act: () => T): T {
    try {
      return act();
    } catch (cause) {
      const { code = 'EIO', errno = 0 } = cause as NodeJS.ErrnoException;
      throw new TbpfError(`Failed to ${operation === 'open' ? 'create' : 'write'} the pcap file ${this.path}: ${(cause as Error).message}`, { code, errno, operation, cause });
    }
  }
}
