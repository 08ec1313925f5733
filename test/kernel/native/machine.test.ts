// Facts of the machine.

import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadNative, packageRoot } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { helper, mapType, programType } from './fixture.js';

const native = loadNative();
const addon = join(packageRoot(), 'build/Release/tbpf.node');

t.test('CPUs', async (t) => {
  t.equal(native.onlineCpus().length, cpus().length);
  t.ok(native.possibleCpus() >= native.onlineCpus().length);
});

t.test('clocks', async (t) => {
  const { bootToRealtimeNs, monotonicToRealtimeNs } = native.clockOffsets();
  const wall = BigInt(Date.now()) * 1_000_000n;
  const drift = process.hrtime.bigint() + monotonicToRealtimeNs - wall;
  t.ok(drift > -50_000_000n && drift < 50_000_000n, `${drift} ns apart`);
  t.ok(bootToRealtimeNs <= monotonicToRealtimeNs + 1_000_000n, 'the boot clock is never behind');
});

t.test('capabilities are those in /proc', async (t) => {
  const effective = /^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1];
  t.equal(native.capabilities(), BigInt(`0x${effective}`));
});

t.test('memlock: an answer, no noise', async (t) => {
  const result = spawnSync('sh', ['-c', `ulimit -l 64; exec "${process.execPath}" -p 'require("${addon}").raiseMemlock()'`], { encoding: 'utf8' });
  t.equal(result.stderr, '');
  t.match(result.stdout, /^(0|1)\n$/);
});

t.test('mount says what is wrong', async (t) => {
  if (!needs(t, 'root')) return;
  t.throws(() => native.mount('tracefs', '/no/such/folder'), { code: 'ENOENT', syscall: 'mount' });
  t.throws(() => native.mount('nosuchfs', '/tmp'), { code: 'ENODEV', message: /does not know that file system/ });
});

t.test('what the kernel can', async (t) => {
  if (!needs(t, 'root')) return;
  t.equal(native.probeProgramType(programType.raw_tracepoint), true);
  t.equal(native.probeMapType(mapType.hash), true);
  t.equal(native.probeHelper(programType.raw_tracepoint, helper.get_current_pid_tgid), true);
  t.equal(native.probeHelper(programType.socket_filter, helper.override_return), false);
  t.throws(() => native.probeProgramType(9999), { code: /E/ });
  t.throws(() => native.probeMapType(9999), { code: /E/ });
});

t.test('closing goes on in another process after our exit', async (t) => {
  if (!needs(t, 'root', 'tracefs', 'tracepoint')) return;
  const script = `
    const native = require(${JSON.stringify(addon)});
    const insns = Buffer.from('b700000000000000' + '9500000000000000', 'hex');
    const program = native.loadProgram({ type: ${programType.tracepoint}, insns, name: 'test_deferred' });
    const { id } = program.info();
    for (const name of ['getppid', 'getuid', 'getgid', 'geteuid', 'getegid']) program.attach({ kind: 'tracepoint', category: 'syscalls', event: 'sys_enter_' + name });
    console.log(native.deferClosing(), id);
    process.exit(3);`;
  const result = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  t.equal(result.status, 3, result.stderr);
  const closer = Number(result.stdout.split(' ')[0]);
  for (const end = Date.now() + 20_000; exists(closer) && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(exists(closer), false, 'the process that closes ends too');
});

function exists(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
