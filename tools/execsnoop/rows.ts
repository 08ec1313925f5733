// Events of the script become rows: arguments out of blocks and pointers, names of scripts, working directories.
//
//   in     events of script.ts, with the parts that came before them
//   out    Exec
//   facts  the argument block of a script begins with its interpreter: `#!/bin/sh -e` in ./x makes `/bin/sh`, `-e`, `./x` of what was `./x`; what follows
//          the file's name is what execve was given, and argv[0] is gone. binfmt_misc does the same, and keeps argv[0] behind the name where
//          its flag P says so

import { bytesOf, textOf } from '../../lib/index.js';
import { AT_FDCWD } from '../shared/constants.js';
import type { PartsOf } from '../shared/parts.js';
import { folderPath } from '../shared/script-text.js';
import type { Fields } from '../shared/session.js';

export interface Argument {
  readonly text: string;
  /** false: the rest of it could not be had */
  readonly whole: boolean;
}

export interface Exec {
  readonly timeNs: bigint;
  readonly uid: number;
  readonly comm: string;
  readonly pid: number;
  readonly pcomm: string;
  /** 0: nobody knows */
  readonly ppid: number;
  readonly cpu: number;
  /** 0, or the negative errno */
  readonly ret: number;
  /** name of the file, then the arguments behind argv[0] */
  readonly args: readonly Argument[];
  /** there were more of them */
  readonly more: boolean;
  /** null: the kernel keeps none of a script, and none is read of a failed call */
  readonly argv0: string | null;
  /** what runs: the interpreter of a script; null after a failure */
  readonly interpreter: string | null;
  readonly cwd: string | null;
  /** value of the variable of --env; null: the process has no such variable */
  readonly env: string | null;
  /** processes between this one and the first of the machine */
  readonly level: number;
}

/** What Parts.of() gives. */
export type PartsByKind = ReadonlyMap<string, PartsOf>;

export interface RowOptions {
  readonly maxArgs: number;
  /** what a record carries of one argument of a failed call, with its NUL */
  readonly stringBytes: number;
  readonly env: string | undefined;
  readonly cwd: boolean;
}

interface Found {
  /** behind argv[0] */
  readonly args: readonly Argument[];
  /** how many there were */
  readonly count: number;
  readonly argv0: string | null;
}

export function execOf(fields: Fields, parts: PartsByKind, options: RowOptions): Exec {
  const succeeded = Number(fields['ret']) === 0;
  const file = fileOf(fields);
  const { args, count, argv0 } = succeeded ? argumentsOfBlock(fields, parts, file) : argumentsOfCall(fields, parts, options);
  const shown = [{ text: file, whole: true }, ...args].slice(0, options.maxArgs);
  return {
    timeNs: fields['ns'] as bigint, uid: Number(fields['uid']), comm: fields['comm'] as string, pid: fields['pid'] as number, pcomm: fields['pcomm'] as string,
    ppid: fields['ppid'] as number, cpu: fields['cpu'] as number, ret: Number(fields['ret']),
    args: shown, more: shown.length < count + 1, argv0,
    interpreter: succeeded ? (fields['interp'] as string) : null,
    cwd: options.cwd ? folderPath(parts.get('cwd')) || '/' : null,
    env: options.env === undefined ? null : variableOf(options.env, parts.get('env') ?? []),
    level: Number(fields['level'] ?? 0),
  };
}

/** What the kernel calls the file: of execveat with a folder it makes a path below /dev/fd. */
function fileOf({ ret, file, folder }: Fields): string {
  const name = file as string;
  if (Number(ret) === 0 || folder === AT_FDCWD || name.startsWith('/')) return name;
  return name === '' ? `/dev/fd/${folder as number}` : `/dev/fd/${folder as number}/${name}`;
}

function argumentsOfBlock(fields: Fields, parts: PartsByKind, file: string): Found {
  const count = Number(fields['count']);
  const args = stringsOf(joined([fields['block'], ...(parts.get('args') ?? []).slice(1)], count), Number(fields['bytes']));
  const texts = args.map(({ text }) => text);
  // an interpreter that does not name the file: what it was given is all that is known
  const at = fields['interp'] === file ? 0 : Math.max(texts.indexOf(file, 1), 0);
  const isScript = fields['interp'] !== file;
  const keepsArgv0 = isScript && at > 0 && fields['keeps_argv0'] === true;
  const from = at + (keepsArgv0 ? 2 : 1);
  return { args: args.slice(from), count: Math.max(count - from, 0), argv0: keepsArgv0 ? texts[at + 1] ?? null : isScript ? null : texts[0] ?? null };
}

function argumentsOfCall(fields: Fields, parts: PartsByKind, { stringBytes, maxArgs }: RowOptions): Found {
  const count = Number(fields['count']) - 1;
  const texts = (parts.get('args') ?? []).slice(1, Math.min(count + 1, maxArgs));
  const lost = texts.findIndex((text) => text === undefined);
  const args = (lost < 0 ? texts : texts.slice(0, lost)).map((text) => ({ text: text as string, whole: bytesOf(text as string).length < stringBytes - 1 }));
  return { args, count, argv0: null };
}

/** The parts of a block until one that was lost or could not be read: it would be zeros, more than there are arguments. */
function joined(chunks: PartsOf, strings: number): Uint8Array {
  const readable: Uint8Array[] = [];
  for (const chunk of chunks as readonly (Uint8Array | undefined)[]) {
    if (chunk === undefined || (chunk.length > strings && chunk.every((byte) => byte === 0))) break;
    readable.push(chunk);
  }
  if (readable.length === 1) return readable[0]!;
  const bytes = new Uint8Array(readable.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of readable) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Texts that end with NUL; `length`: of the whole, of which the end may be missing. */
function stringsOf(bytes: Uint8Array, length: number): Argument[] {
  const found: Argument[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    const until = end < 0 ? bytes.length : end;
    found.push({ text: textOf(bytes.subarray(at, until)), whole: end >= 0 || until === length });
    at = until + 1;
  }
  return found;
}

function variableOf(name: string, parts: PartsOf): string | null {
  const prefix = `${name}=`;
  const texts = typeof parts[0] === 'string' ? [parts[0]] : stringsOf(joined(parts, Number.MAX_SAFE_INTEGER), 0).map(({ text }) => text);
  return texts.find((text) => text.startsWith(prefix))?.slice(prefix.length) ?? null;
}
