// An iterator with a name for a file becomes that file (language.md 3.2): reading the file runs the program.
//
//   facts  only files of a BPF file system can be links; it is mounted where that was not done yet

import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { TbpfError } from '../model/diagnostics/errors.js';
import { PIN_FOLDER } from '../language/probes/iter.js';
import type { ManifestProgram } from '../model/layout/manifest.js';
import type { NativeAddon } from '../runtime/native/types.js';
import type { NativeKernel } from '../runtime/session/native-kernel.js';

const BPF_FS_MAGIC = 0xcafe4a11;

/** @returns the path of the file; undefined when the script has no such iterator
 *  @throws TbpfError  it cannot be made */
export function pinIterator(attached: readonly ManifestProgram[], native: NativeAddon, kernel: NativeKernel): string | undefined {
  const attach = attached[0]?.attach;
  if (attach?.kind !== 'iter' || attach.pin === undefined) return undefined;
  const path = attach.pin;
  if (path.startsWith(`${PIN_FOLDER}/`) && !isBpfFileSystem(PIN_FOLDER)) native.mount('bpf', PIN_FOLDER);
  if (isBpfFileSystem(dirname(path)) === false) {
    throw new TbpfError(`${dirname(path)} is no folder of a BPF file system`, { code: 'EPERM', operation: 'bpf_obj_pin', advice: `Name a file in ${PIN_FOLDER}: iter:${attach.type}:list makes ${PIN_FOLDER}/list.` });
  }
  kernel.pinIterators(path);
  return path;
}

/** undefined: there is no such folder, or it is closed to us */
function isBpfFileSystem(folder: string): boolean | undefined {
  try {
    return statfsSync(folder).type === BPF_FS_MAGIC;
  } catch {
    return undefined;
  }
}
