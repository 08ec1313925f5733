// `-V`, `--info` and `tbpf doctor`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderDoctor, examine } from '../runtime/discover/doctor.js';
import { RunningTarget } from '../runtime/discover/index.js';
import { renderInfo } from '../runtime/discover/info.js';
import { loadNative, packageRoot } from '../runtime/native/index.js';
import { status } from './failure.js';
import { checkPrivileges } from './machine-checks.js';
import { print } from './standard.js';

/** Of the package, without `v`. */
function version(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

export function showVersion(): number {
  print(`tbpf v${version()}\n`);
  return status.ok;
}

export function showInfo(): number {
  const native = loadNative();
  checkPrivileges(native);
  print(renderInfo(openTarget(), native, { version: version() }));
  return status.ok;
}

export function showDoctor(): number {
  print(renderDoctor([...examine(openTarget(), loadNative())]));
  return status.ok;
}

function openTarget(): RunningTarget {
  return new RunningTarget({ native: loadNative, btfPath: process.env['BPFTRACE_BTF'] });
}
