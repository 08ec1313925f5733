// What a script is compiled for: the machine and the config values, as command line and environment give them.

import { Config } from '../../language/config.js';
import { RunningTarget, debugFolders } from '../../runtime/discover/index.js';
import type { NativeAddon } from '../../runtime/native/types.js';
import type { CommandLine } from './command-line.js';
import { Failure, status } from '../output/failure.js';

const multiLinks = ['kprobe_multi', 'uprobe_multi'];

/** @param eachAlone  no probe is part of a multi link, so that each can be named and left out */
export function openTarget({ disabledFeatures, traceableFunctions, debugInfo }: CommandLine, native: NativeAddon, eachAlone: boolean): RunningTarget {
  const without = eachAlone ? [...disabledFeatures, ...multiLinks] : disabledFeatures;
  return new RunningTarget({ native: () => native, btfPath: process.env['BPFTRACE_BTF'], traceableFunctions, without, debugFolders: debugFolders([...debugInfo, process.env['DEBUGINFO_PATH']]) });
}

/** What the environment sets.
 * @throws Failure  a value makes no sense */
export function configFromEnvironment(warn: (text: string) => void): Config {
  const config = new Config();
  const { errors, warnings } = config.readEnvironment(process.env);
  if (errors.length > 0) throw new Failure(errors.map((text) => `ERROR: ${text}`).join('\n'), status.wrong);
  warnings.forEach(warn);
  return config;
}
