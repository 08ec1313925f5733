// Where things are: the package, the folder of what the bench builds, the tools in C.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const benchFolder = dirname(fileURLToPath(import.meta.url));
export const rootFolder = dirname(benchFolder);
export const command = join(rootFolder, 'bin', 'tbpf');

/** Folder for built things; not in git. */
export const builtFolder = join(rootFolder, '.cache', 'bench');
mkdirSync(builtFolder, { recursive: true });

/** What tbpf keeps between starts is kept here, and thrown away before a bench. */
const cachesFolder = join(builtFolder, 'caches');
const keptFolder = join(cachesFolder, 'tbpf', 'programs');
rmSync(cachesFolder, { recursive: true, force: true });
process.env['XDG_CACHE_HOME'] = cachesFolder;

/** Compiled programs that tbpf has kept. */
export const keptPrograms = (): number => (existsSync(keptFolder) ? readdirSync(keptFolder).length : 0);

/** The measured processes have the last CPU for themselves, as far as that can be had; everything else goes to the first. */
export const measuredCpu = cpus().length - 1;
export const otherCpu = 0;

export function output(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Path of bpftrace, undefined where it is not installed. */
export function findBpftrace(): string | undefined {
  try {
    return output('sh', '-c', 'command -v bpftrace').trim();
  } catch {
    return undefined;
  }
}

/** Compiles a C file of this folder to a command of that name. */
export function buildTool(source: string, name: string): string {
  const result = join(builtFolder, name);
  output('clang', '-O2', '-Wall', join(benchFolder, source), '-o', result);
  return result;
}

/** What the numbers depend on, as lines of Markdown. */
export function describeMachine(bpftrace: string | undefined): string[] {
  const clang = output('clang', '--version').split('\n')[0]!;
  const package_ = JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8')) as { version: string };
  return [
    `- CPU: ${cpus()[0]!.model.trim()}, ${cpus().length} CPUs${/hypervisor/.test(readFileSync('/proc/cpuinfo', 'utf8')) ? ' of a virtual machine' : ''}`,
    `- kernel: Linux ${release()} ${process.arch}`,
    `- tbpf ${package_.version}, Node.js ${process.version}`,
    `- ${clang}`,
    `- ${bpftrace === undefined ? 'bpftrace is not installed' : output(bpftrace, '--version').trim()}`,
  ];
}
