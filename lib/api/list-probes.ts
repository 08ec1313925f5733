// listProbes(): the probes of this machine that match a pattern.

import { setImmediate as turn } from 'node:timers/promises';
import { listProbes as linesOf, needsOf, probeArguments } from '../runtime/discover/index.js';
import type { RunningTarget } from '../runtime/discover/index.js';
import { lackOf } from '../runtime/session/attach/lacks.js';
import { checkPrivileges } from '../trace/machine-checks.js';
import { loadNative } from '../runtime/native/index.js';
import { knownOptions, wholeNumber, wrongType } from './check.js';
import { openMachine } from './machine.js';
import { runningTarget } from './running-target.js';

export interface ListedProbe {
  /** as scripts name it: `tracepoint:sched:sched_switch` */
  readonly name: string;
  /** why it cannot be attached on this machine; undefined: it can, as far as its kind goes */
  readonly refused?: string;
  /** Its arguments, found when asked for; [] where it has none or they are not known. */
  signature(): readonly Argument[];
}

export interface Argument {
  readonly name: string;
  /** in C: `char *`, `char[16]` */
  readonly type: string;
}

/** Probes looked at in one turn of the event loop. */
const TURN = 200;

/** The probes that match, as they are found: `tracepoint:sched:*`, `*sleep*`, `uprobe:/bin/bash:*`. A regular expression is held against the whole name of
 *  each of the kernel's probes, with a pid of those of the process.
 * @throws TbpfError ERR_PATTERN  no such provider;  OptionError; PermissionError */
export async function* listProbes(pattern: string | RegExp, options: { readonly pid?: number } = {}): AsyncGenerator<ListedProbe, void, undefined> {
  if (typeof pattern !== 'string' && !(pattern instanceof RegExp)) throw wrongType('pattern', pattern, 'a string or a RegExp');
  knownOptions('options', options, ['pid']);
  const pid = wholeNumber('options.pid', options.pid, 1);
  checkPrivileges(loadNative());
  const target = runningTarget(openMachine());
  const refusals = new Map<string, string | undefined>();
  let count = 0;
  for (const name of linesOf(target, typeof pattern === 'string' ? pattern : '*', { pid })) {
    if (++count % TURN === 0) await turn();
    if (typeof pattern !== 'string' && name.search(pattern) < 0) continue;
    const kind = name.slice(0, name.indexOf(':'));
    if (!refusals.has(kind)) refusals.set(kind, refusal(kind, target));
    const refused = refusals.get(kind);
    yield { name, ...(refused !== undefined && { refused }), signature: () => probeArguments(target, name, { pid }).map(argumentOf) };
  }
}

function refusal(kind: string, target: RunningTarget): string | undefined {
  const needs = needsOf(kind);
  return needs === undefined || target.has(needs) ? undefined : lackOf(needs);
}

/** `char next_comm[16]`, `const char * filename`: the name is the last word. */
function argumentOf(declaration: string): Argument {
  const [, type, name, extents] = /^(.*?)\s*([A-Za-z_]\w*)((?:\[\w*\])*)$/s.exec(declaration) ?? [undefined, declaration, '', ''];
  return { name: name!, type: `${type!}${extents!}` };
}
