// What tbpf compiled of a command line, kept in the user's cache folder: the next start of the same command line loads no compiler.
//
//   in     argv, the folder it was started in, the environment, the machine
//   out    programs/HASH.tbpf: a line of JSON (key, the files that were looked at with their stamps, the program's length), then the program as `tbpf build` writes it.
//          The command finds what is here by globalThis (lib/cli/line/kept-program.ts)
//   why    a program that does not fit would count wrong. So it is taken only where all that compiling depends on is as it was: this tbpf, the words of the
//          command line, the boot of the kernel, its modules, its dynamic events, what the user may do, namespaces; and of each file its place and last change
'use strict';
const { mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, unlinkSync, utimesSync } = require('node:fs');
const { join } = require('node:path');
const { readOwn, trustedFolder, writeOwn } = require('./own-folder.cjs');

/** Programs that are kept at most; those that were not used for longest go. */
const MOST_PROGRAMS = 100;
/** Characters of a command line. */
const LONGEST = 1 << 16;
/** A file that changed so shortly before it was read may change again without a newer stamp. */
const SETTLED_MS = 2000;
const NEWLINE = 0x0a;

/** undefined: nothing of this command line is kept
 * @param bundles  paths of what makes and what runs a program */
function keptProgram(words, bundles) {
  const given = JSON.stringify([words, process.cwd()]);
  if (given.length > LONGEST || words.includes('--no-cache')) return undefined;
  try {
    const folder = join(trustedFolder(), 'programs');
    const path = join(folder, `${hashOf(given)}.tbpf`);
    const key = () => JSON.stringify([given, bundles.map(stampOf), ...environment(), ...machine()]);
    return { program: read(path, key), forget: () => rmSync(path, { force: true }), begin: () => begin(key(), (bytes) => write(folder, path, bytes)) };
  } catch {
    return undefined;
  }
}

/** FNV-1a, twice; which of two command lines of one hash was kept, the key says. */
function hashOf(text) {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** What the compiler may read of it. */
function environment() {
  return Object.entries(process.env).filter(([name]) => /^(BPFTRACE_|TBPF_|DEBUGINFO_PATH$|PATH$)/.test(name)).map(([name, value]) => `${name}=${value}`).sort();
}

/** This boot of this kernel, what was added to it since, and what of it this process may see and do. */
function machine() {
  const proc = '/proc/self';
  return [
    ...['/sys/kernel/notes', '/proc/version', '/proc/sys/kernel/random/boot_id', '/sys/devices/system/cpu/possible', '/proc/sys/kernel/kptr_restrict', '/sys/kernel/security/lockdown'].map(textOf),
    // the folder of a module that was loaded anew is another
    ...textOf('/proc/modules').split('\n').map((line) => line.split(' ', 1)[0]).map((name) => `${name} ${placeOf(`/sys/module/${name}`)}`),
    textOf('/sys/kernel/tracing/dynamic_events') || textOf('/sys/kernel/debug/tracing/dynamic_events'),
    textOf(`${proc}/status`).match(/^(Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp):.*$/gm)?.join('\n') ?? '',
    ...['mnt', 'pid', 'user', 'cgroup'].map((name) => readlinkSync(`${proc}/ns/${name}`)),
    ...['/', '/sys/kernel/tracing', '/sys/kernel/debug', '/sys/kernel/btf', '/etc/ld.so.cache'].map(placeOf),
  ];
}

function textOf(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error.code === undefined) throw error;
    return '';
  }
}

/** Which file a path leads to, and its last change; '': none. */
function stampOf(path) {
  const about = statOf(path);
  return about && [about.dev, about.ino, about.size, about.mtimeNs, about.ctimeNs].join(':');
}

/** Which folder a path leads to; what is in it may change. */
function placeOf(path) {
  const about = statOf(path);
  return about && `${about.dev}:${about.ino}`;
}

function statOf(path) {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? '';
  } catch (error) {
    if (error.code === undefined) throw error;
    return ''; // a folder that is closed to us, or a loop of links
  }
}

/** undefined: there is none, or not one for this machine as it is now */
function read(path, key) {
  const bytes = readOwn(path);
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return undefined;
  const made = headOf(bytes.subarray(0, end));
  if (made?.key !== key() || !made.files.every(([file, stamp]) => stampOf(file) === stamp)) return undefined;
  const now = Date.now() / 1000;
  utimesSync(path, now, now);
  const program = bytes.subarray(end + 1);
  return program.length === made.length ? program : undefined;
}

/** undefined: a machine that lost its power left something else */
function headOf(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** What compiling begins with: the machine as it is now.
 * @returns  to be called after compiling, with the files that were looked at; and that gives what keeps the program, or undefined: one of the files is too young
 *  to tell it from what it will be in a moment */
function begin(key, write) {
  const settled = BigInt(Date.now() - SETTLED_MS) * 1_000_000n;
  const isSettled = (path) => { const { mtimeNs = 0n, ctimeNs = 0n } = statOf(path); return mtimeNs < settled && ctimeNs < settled; };
  return (files) => {
    const stamped = files.map((file) => [file, stampOf(file)]);
    if (!files.every(isSettled)) return undefined;
    return (program) => write(Buffer.concat([Buffer.from(`${JSON.stringify({ key, files: stamped, length: program.length })}\n`), program]));
  };
}

function write(folder, path, bytes) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const names = readdirSync(folder);
    if (names.length >= MOST_PROGRAMS) removeOldest(folder, names);
    writeOwn(path, bytes);
  } catch {
    // a full disk, or another start that did the same at the same time
  }
}

function removeOldest(folder, names) {
  const aged = names.map((name) => join(folder, name)).map((path) => ({ path, used: statSync(path).mtimeMs })).sort((a, b) => b.used - a.used);
  for (const { path } of aged.slice(MOST_PROGRAMS - 1)) unlinkSync(path);
}

module.exports = { keptProgram };
