// `-V`, `--info` and `tbpf doctor`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderDoctor, examine } from '../../runtime/discover/report/doctor.js';
import { renderInfo } from '../../runtime/discover/report/info.js';
import { loadNative, packageRoot } from '../../runtime/native/index.js';
import { checkPrivileges } from '../../trace/machine-checks.js';
import type { CommandLine } from '../line/command-line.js';
import { status } from '../output/failure.js';
import { openTarget } from '../line/given.js';
import { print } from '../output/standard.js';

/** Of the package, without `v`. */
function version(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

export function showVersion(): number {
  print(`tbpf v${version()}\n`);
  return status.ok;
}

export function showInfo(line: CommandLine): number {
  const native = loadNative();
  checkPrivileges(native);
  print(renderInfo(openTarget(line, native, false), native, { version: version() }));
  return status.ok;
}

export function showDoctor(line: CommandLine): number {
  const native = loadNative();
  print(renderDoctor([...examine(openTarget(line, native, false), native)]));
  return status.ok;
}
