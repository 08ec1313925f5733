// One guest: boots a kernel in QEMU, runs one command in it, and gives back what it wrote and how it ended.
//
//   in     a kernel, a command, a folder that the guest sees as its results share
//   out    exit status of the command, seconds to boot and in all, the console
//   idea   the host's root is the guest's root, read-only over 9p with a tmpfs on top: what is installed here runs there;
//          output goes through files of the share, which is much faster than the emulated serial line
//   facts  software emulation (TCG): two CPUs run in two threads; qemu(1), kernel-parameters.txt

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { spawnBound } from '../bound.js';
import { Complaint } from '../complaint.js';
import { cpio, type Entry } from './cpio.js';
import { loadOrder, type Kernel } from './kernel.js';
import { cache, root } from './paths.js';
import { findQemu } from './qemu.js';

export interface GuestRun {
  kernel: Kernel;
  /** a shell script; undefined gives a shell on the terminal */
  command: string | undefined;
  /** variables for the command */
  env?: Record<string, string>;
  /** where the command begins; must exist on the host */
  cwd: string;
  /** a folder of the host, seen in the guest as /run/tbpf and writable */
  share: string;
  /** more kernel parameters, as `lockdown=integrity` */
  parameters?: string[];
  /** the guest is ended when it takes longer */
  timeoutMs: number;
  onStdout?: (bytes: Buffer) => void;
  onStderr?: (bytes: Buffer) => void;
}

export interface GuestEnd {
  /** of the command; undefined when the guest died or was ended before it was known */
  status: number | undefined;
  timedOut: boolean;
  /** from the start of QEMU to the start of the command, 0 when it never started */
  bootSeconds: number;
  seconds: number;
  /** all that the kernel and the rig wrote on the console */
  console: string;
}

/** What QEMU gives a guest. Programs use what a CPU has, and wide vectors are what emulation does slowest: a model without them saves a tenth. */
const machine = { cpus: 2, memoryMb: 2048, model: 'Nehalem' };

const kernelParameters = [
  'console=ttyS0',
  'quiet',
  'panic=-1', // restart at once, which -no-reboot makes the end of QEMU
  'mitigations=off',
  'nowatchdog', // an emulated CPU is slow, not hung
  'no_timer_check',
  'random.trust_cpu=on',
  'audit=0',
  'apparmor=0',
  'raid=noautodetect',
  'cryptomgr.notests',
  'cpu0_hotplug', // CPU 0 can be taken offline, until Linux 6.5
];

/** Boots, runs, waits for the end. Rejects only when QEMU itself cannot run. */
export async function runGuest(run: GuestRun): Promise<GuestEnd> {
  const interactive = run.command === undefined;
  mkdirSync(run.share, { recursive: true });
  for (const name of ['stdout', 'stderr', 'status', 'interactive', 'console']) rmSync(join(run.share, name), { force: true });
  for (const name of interactive ? ['interactive'] : ['stdout', 'stderr']) writeFileSync(join(run.share, name), '');
  writeFileSync(join(run.share, 'modules'), run.kernel.modules ?? '');
  writeFileSync(join(run.share, 'command'), commandScript(run));

  const started = process.hrtime.bigint();
  const elapsed = () => Number(process.hrtime.bigint() - started) / 1e9;
  const { program, options } = findQemu();
  const qemu = spawnBound('KILL', program, [...options, ...qemuArguments(run, interactive)], { stdio: interactive ? 'inherit' : ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  qemu.stderr?.on('data', (bytes: Buffer) => (complaints += bytes.toString()));
  const stopGuest = () => qemu.kill('SIGKILL');

  const followers = interactive ? [] : [new Follower(join(run.share, 'stdout'), run.onStdout), new Follower(join(run.share, 'stderr'), run.onStderr)];
  const consoleFile = join(run.share, 'console');
  let bootSeconds = 0;
  const poll = setInterval(() => {
    for (const follower of followers) follower.read();
    if (bootSeconds === 0 && !interactive && existsSync(consoleFile) && readFileSync(consoleFile, 'latin1').includes('rig: up after')) bootSeconds = elapsed();
  }, 20);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    stopGuest();
  }, run.timeoutMs);

  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      qemu.on('error', reject);
      qemu.on('close', resolve);
    });
    if (code !== 0 && !timedOut && complaints !== '') throw new Complaint(`${program}: ${complaints.trim()}`);
  } finally {
    clearTimeout(timer);
    clearInterval(poll);
    for (const follower of followers) follower.end();
  }
  const status = existsSync(join(run.share, 'status')) ? Number(readFileSync(join(run.share, 'status'), 'utf8')) : undefined;
  const consoleText = existsSync(consoleFile) ? readFileSync(consoleFile, 'utf8') : '';
  return { status, timedOut, bootSeconds, seconds: elapsed(), console: consoleText };
}

/** The end of a console's text, for a person who wonders why the guest died. */
export function lastLines(text: string, count = 25): string {
  return text.replaceAll('\r', '').trimEnd().split('\n').slice(-count).map((line) => `  | ${line}`).join('\n');
}

/** Quotes a word for the shell. */
export const quote = (word: string) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function commandScript(run: GuestRun): string {
  const variables = { TBPF_GUEST: run.kernel.name, ...(run.kernel.config ? { TBPF_KERNEL_CONFIG: run.kernel.config } : {}), ...run.env };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return `${exports.join('')}cd ${quote(run.cwd)} || exit 1\n${run.command ?? 'exec ${SHELL:-/bin/bash} -i'}\n`;
}

function qemuArguments(run: GuestRun, interactive: boolean): string[] {
  const folder = (tag: string, path: string, options: string) => [
    '-fsdev', `local,id=${tag},path=${path},security_model=none,multidevs=remap${options}`,
    '-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
  ];
  return [
    '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', machine.model, '-smp', String(machine.cpus), '-m', String(machine.memoryMb),
    '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-vga', 'none',
    ...(interactive ? ['-serial', 'mon:stdio'] : ['-serial', `file:${join(run.share, 'console')}`]),
    ...folder('root', '/', ',readonly=on'),
    ...folder('share', run.share, ''),
    '-kernel', run.kernel.image, '-initrd', initialFiles(run.kernel), '-append', [...kernelParameters, ...(run.parameters ?? [])].join(' '),
  ];
}

/** The modules that lead to the host's files. */
const bootModules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];

/** The first file system of a kernel: busybox, the modules, init. Kept in the cache under a hash of what is in it. */
function initialFiles(kernel: Kernel): string {
  const modules = loadOrder(kernel, bootModules);
  const scripts = ['init.sh', 'init2.sh'].map((name) => readFileSync(join(root, 'scripts/vm', name)));
  const key = createHash('sha256').update([kernel.release, ...modules].join('\n'));
  for (const script of scripts) key.update(script);
  const file = join(cache, 'initial', `${kernel.release}-${key.digest('hex').slice(0, 12)}.cpio`);
  if (existsSync(file)) return file;

  const plainName = (path: string) => basename(path).replace(/\.ko\..*$/, '.ko');
  const plain = (path: string) => {
    if (path.endsWith('.ko')) return readFileSync(path);
    const unpack = { '.xz': 'xzcat', '.gz': 'zcat' }[/\.\w+$/.exec(path)![0]];
    if (unpack === undefined) throw new Complaint(`${path}: only .ko, .ko.xz and .ko.gz modules can be unpacked.`);
    return execFileSync('busybox', [unpack, path], { maxBuffer: 64 << 20 });
  };
  const entries: Entry[] = [
    ...['bin', 'dev', 'proc', 'sys', 'modules'].map((path) => ({ path })),
    { path: 'bin/busybox', content: readFileSync('/bin/busybox'), executable: true },
    { path: 'init', content: scripts[0]!, executable: true },
    { path: 'init2', content: scripts[1]!, executable: true },
    { path: 'modules/order', content: Buffer.from(modules.map((path) => `${plainName(path)}\n`).join('')) },
    ...modules.map((path) => ({ path: `modules/${plainName(path)}`, content: plain(path) })),
  ];
  mkdirSync(join(cache, 'initial'), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, cpio(entries));
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

/** Hands on what is appended to a file. */
class Follower {
  readonly #file: number;
  #at = 0;

  constructor(path: string, readonly sink: ((bytes: Buffer) => void) | undefined) {
    this.#file = openSync(path, 'r');
  }

  read(): void {
    for (let more = fstatSync(this.#file).size - this.#at; more > 0; more = fstatSync(this.#file).size - this.#at) {
      const bytes = Buffer.alloc(Math.min(more, 1 << 20));
      this.#at += readSync(this.#file, bytes, 0, bytes.length, this.#at);
      this.sink?.(bytes);
    }
  }

  end(): void {
    this.read();
    closeSync(this.#file);
  }
}
