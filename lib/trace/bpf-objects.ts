// BPF objects that scripts import: made of C by clang, joined with the script's own by libbpf's linker.
//
//   facts  Both work on files; these lie in a folder of their own, for this process only, and are gone afterwards

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Link } from '../compile.js';
import type { ImportResult } from '../compiler/expand/index.js';
import { TbpfError } from '../model/diagnostics/errors.js';
import { loadNative } from '../runtime/native/index.js';
import { childProcess } from '../runtime/native/node-modules.js';

const COMPILER = 'clang';
const COMPILER_MS = 60_000;
const SHOWN_LINES = 3;

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The object of a file with BPF C, or why there is none. */
export function compileBpf(path: string): Uint8Array | Extract<ImportResult, { problem: 'uncompiled' }> {
  return inFolder((folder) => {
    const object = join(folder, 'compiled.bpf.o');
    const arch = process.arch === 'arm64' ? 'arm64' : 'x86';
    const multiarch = `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
    const { error, status, stderr } = childProcess().spawnSync(
      COMPILER, ['-O2', '-g', '-target', 'bpf', `-D__TARGET_ARCH_${arch}`, '-idirafter', multiarch, '-I', dirname(path), '-c', path, '-o', object], { encoding: 'utf8', timeout: COMPILER_MS },
    );
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      return { problem: 'uncompiled', text: `${path} needs ${COMPILER}, which is not installed`, advice: 'Install it, or compile the file elsewhere and import the .bpf.o.' };
    }
    if (error) return { problem: 'uncompiled', text: `${COMPILER} gave up on ${path}: ${error.message}`, advice: 'Compile it by hand to see more.' };
    if (status === 0) return readFileSync(object);
    const lines = stderr.split('\n').filter((line) => /\b(error|fatal error):/.test(line)).slice(0, SHOWN_LINES);
    return { problem: 'uncompiled', text: `${COMPILER} cannot compile ${path}: ${lines.join('; ') || `status ${status}`}`, advice: 'Correct the file. Its headers come from where clang finds them, and from beside it.' };
  });
}

/** Joins objects: the sections of the first stand in front, so that offsets into its data stay. */
export const linkObjects: Link = (objects) => inFolder((folder) => {
  const inputs = objects.map((bytes, i) => {
    const path = join(folder, `${i}.bpf.o`);
    writeFileSync(path, bytes);
    return path;
  });
  const output = join(folder, 'linked.bpf.o');
  try {
    loadNative().linkObjects(output, inputs);
  } catch (error) {
    if (error instanceof TbpfError && error.syscall?.startsWith('bpf_linker')) return { refused: error.message };
    throw error;
  }
  return readFileSync(output);
});
