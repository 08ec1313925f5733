// BTF of the running kernel and of its modules, each read when first asked for.
//
//   in     /sys/kernel/btf/vmlinux, /sys/kernel/btf/MODULE (split BTF on top of it); the file that BPFTRACE_BTF names
//   facts  a kernel without /sys/kernel/btf may have its types in an uncompressed vmlinux on disk, in the section .BTF

import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { Btf } from '../../../model/btf/btf.js';
import { elfSection, isElf } from '../../../model/target/elf.js';
import { errnoOf } from '../errno.js';
import { checkReadable, readIfThere } from '../files.js';

const sysfsFolder = '/sys/kernel/btf';

export class BtfSource {
  readonly #path: string | undefined;
  readonly #btfByModule = new Map<string, Btf | undefined>();
  #kernel: { readonly btf: Btf | undefined } | undefined;
  #modules: readonly string[] | undefined;

  /** @param path  file to read in place of the kernel's own: raw BTF or an ELF file with a section .BTF */
  constructor(path?: string) {
    this.#path = path;
  }

  /** @throws TbpfError  the file given does not exist or is no BTF */
  get kernel(): Btf | undefined {
    if (!this.#kernel) {
      const bytes = this.kernelBytes();
      this.#kernel = { btf: bytes && Btf.parse(bytes) };
    }
    return this.#kernel.btf;
  }

  /** The kernel's types as bytes, read anew. @throws TbpfError  as `kernel` */
  kernelBytes(): Uint8Array | undefined {
    return this.#path === undefined ? readKernel() : readFileOf(this.#path);
  }

  /** Types of a module on top of the kernel's; `vmlinux` is the kernel itself. */
  module(name: string): Btf | undefined {
    if (name === 'vmlinux') return this.kernel;
    if (this.#btfByModule.has(name)) return this.#btfByModule.get(name);
    const base = this.kernel;
    const bytes = base !== undefined && this.modules.includes(name) ? readIfThere(`${sysfsFolder}/${name}`) : undefined;
    const btf = bytes === undefined ? undefined : Btf.parse(bytes, base);
    this.#btfByModule.set(name, btf);
    return btf;
  }

  /** `vmlinux`, where there is any BTF, then modules sorted. With a file in place of the kernel's BTF modules are left out: their ids
   *  refer to the kernel's. */
  get modules(): readonly string[] {
    return this.#modules ??= this.#listModules();
  }

  #listModules(): readonly string[] {
    if (this.#path !== undefined) return ['vmlinux'];
    try {
      const names = readdirSync(sysfsFolder);
      return names.includes('vmlinux') ? ['vmlinux', ...names.filter((name) => name !== 'vmlinux').sort()] : [];
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      return this.kernel === undefined ? [] : ['vmlinux'];
    }
  }
}

function readKernel(): Uint8Array | undefined {
  const bytes = readIfThere(`${sysfsFolder}/vmlinux`);
  if (bytes !== undefined) return bytes;
  const kernel = release();
  for (const path of [`/boot/vmlinux-${kernel}`, `/lib/modules/${kernel}/vmlinux-${kernel}`, `/lib/modules/${kernel}/build/vmlinux`, `/usr/lib/debug/boot/vmlinux-${kernel}`]) {
    const file = readIfThere(path);
    const section = file === undefined || !isElf(file) ? undefined : elfSection(file, '.BTF');
    if (section !== undefined) return section;
  }
  return undefined;
}

function readFileOf(path: string): Uint8Array {
  checkReadable(path, 'BTF file (BPFTRACE_BTF)');
  const file = readFileSync(path);
  if (!isElf(file)) return file;
  const section = elfSection(file, '.BTF');
  if (section === undefined) throw new TbpfError(`'${path}' (BPFTRACE_BTF) has no section .BTF`, { code: 'ERR_BTF', operation: 'read BTF' });
  return section;
}
