// Values of `.rodata` that are known only when the script starts, put into the object before it is loaded.
//
//   in     ELF bytes, Manifest.startValues, the values by name
//   out    a copy of the bytes with the values in place; the same bytes when there are none
//   facts  numbers are little endian

import { bug, TbpfError } from '../../model/diagnostics/errors.js';
import type { Manifest, StartValueName } from '../../model/layout/manifest.js';
import { readSections } from '../../model/target/elf.js';
import type { Target } from '../../model/target/target.js';

export type StartValues = Partial<Record<StartValueName, bigint>>;

export function patchStartValues(elf: Uint8Array, startValues: Manifest['startValues'], values: StartValues): Uint8Array {
  if (startValues.length === 0) return elf;
  const patched = elf.slice();
  for (const spec of startValues) putStartValue(patched, findSection(patched, spec.map), spec, values);
  return patched;
}

/** Writes one value into the bytes of its map, which begin at `base`. */
export function putStartValue(bytes: Uint8Array, base: number, { name, offset, size }: Manifest['startValues'][number], values: StartValues): void {
  const value = values[name];
  if (value === undefined) bug('session', `nobody knows the start value '${name}'`);
  for (let i = 0; i < size; i++) bytes[base + offset + i] = Number((value >> BigInt(i * 8)) & 0xffn);
}

/** Bytes of `.rodata` by their offsets, as language/parameter-values.ts makes them. */
export function patchRodata(elf: Uint8Array, pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[]): Uint8Array {
  if (pieces.length === 0) return elf;
  const patched = elf.slice();
  const base = findSection(patched, '.rodata');
  for (const { offset, bytes } of pieces) patched.set(bytes, base + offset);
  return patched;
}

/** Offset in the file of a section's bytes. */
export function findSection(elf: Uint8Array, name: string): number {
  return readSections(elf)?.find((section) => section.name === name)?.offset ?? bug('session', `the object has no section ${name}`);
}

/** What portable programs leave open.
 * @param given  process of -p, and whether only tasks of some control groups count
 * @param startValues  of the program
 * @throws TbpfError  ERR_ELSEWHERE: this machine has no such symbol or control group */
export function openValuesOf(target: OpenFacts, startValues: Manifest['startValues'], { pid, byCgroup }: { readonly pid?: number; readonly byCgroup?: boolean } = {}): StartValues {
  const { cpuCount, pidNamespace, procNamespace } = target;
  const addresses = startValues.flatMap(({ name }) => {
    const [kind, rest] = [name.slice(0, name.indexOf(' ')), name.slice(name.indexOf(' ') + 1)];
    return isAddress(kind) ? [[name, addressOf(kind, rest, target)] as const] : [];
  });
  return {
    pid: BigInt(pid ?? 0), by_cgroup: byCgroup ? 1n : 0n, cpu_count: BigInt(cpuCount),
    pid_ns_device: pidNamespace?.device ?? 0n, pid_ns_inode: pidNamespace?.inode ?? 0n,
    proc_ns_device: procNamespace?.device ?? 0n, proc_ns_inode: procNamespace?.inode ?? 0n,
    ...Object.fromEntries(addresses),
  };
}

export type OpenFacts = Pick<Target, 'cpuCount' | 'pidNamespace' | 'procNamespace' | 'kernelSymbol' | 'cgroupId' | 'binary'>;

/** What an AddressName begins with: the value here, and what a message calls it. */
const addresses = {
  kaddr: { value: (name: string, target: OpenFacts) => target.kernelSymbol(name), what: (name: string) => `symbol ${name} of the kernel (kaddr)` },
  cgroup: { value: (name: string, target: OpenFacts) => target.cgroupId(name), what: (name: string) => `control group ${name} (cgroupid)` },
  inode: { value: (name: string, target: OpenFacts) => target.binary(name)?.inode, what: (name: string) => `file ${name} (__builtin_elf_ino)` },
};

const isAddress = (kind: string): kind is keyof typeof addresses => kind in addresses;

function addressOf(kind: keyof typeof addresses, name: string, target: OpenFacts): bigint {
  const value = addresses[kind].value(name, target);
  const isHidden = kind === 'kaddr' && value === 0n;
  if (value !== undefined && !isHidden) return value;
  throw new TbpfError(`The program asks for the ${addresses[kind].what(name)}, which is not here${isHidden ? ': addresses of the kernel are hidden' : ''}`, { code: 'ERR_ELSEWHERE' });
}
