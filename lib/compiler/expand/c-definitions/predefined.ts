// What a C compiler defines before the first line.
//
//   facts  gcc -dM -E; language.md 1.13: BPFTRACE_HAVE_BTF and _LINUX_TYPES_H are defined where the kernel has BTF. __GNUC__ makes headers keep
//          the attributes that layouts depend on

import { Source } from '../../../model/source/source.js';
import type { Arch } from '../../../model/target/target.js';
import type { CMacro } from './macros.js';
import { tokensOf } from './tokens.js';

const compiler: Readonly<Record<string, string>> = {
  __STDC__: '1', __STDC_VERSION__: '201710L', __GNUC__: '4', __GNUC_MINOR__: '2', __linux__: '1', __LP64__: '1', _LP64: '1', __CHAR_BIT__: '8',
  __BYTE_ORDER__: '1234', __ORDER_LITTLE_ENDIAN__: '1234', __ORDER_BIG_ENDIAN__: '4321', __SIZEOF_LONG__: '8', __SIZEOF_POINTER__: '8', __SIZEOF_INT__: '4',
  __SIZE_TYPE__: 'unsigned long', __PTRDIFF_TYPE__: 'long', __WCHAR_TYPE__: 'int', __WINT_TYPE__: 'unsigned int', __WCHAR_MAX__: '0x7fffffff', __WCHAR_MIN__: '(-0x7fffffff - 1)',
};
const machines: Readonly<Record<Arch, string>> = { x86_64: '__x86_64__', arm64: '__aarch64__' };

export function predefined({ hasBtf, kernelRelease, arch }: { readonly hasBtf: boolean; readonly kernelRelease: string; readonly arch?: Arch }): CMacro[] {
  const version = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(kernelRelease);
  const values: Record<string, string> = {
    ...compiler,
    ...(arch && { [machines[arch]]: '1' }),
    ...(hasBtf && { BPFTRACE_HAVE_BTF: '1', _LINUX_TYPES_H: '1' }),
    ...(version && { LINUX_VERSION_CODE: String(kernelVersion(version.slice(1, 4).map((part) => BigInt(part ?? 0)))) }),
  };
  return Object.entries(values).map(([name, text]) => {
    const source = new Source('predefined', text);
    return { name, value: tokensOf(text, source, 0), span: source.span(0, text.length) };
  });
}

export function kernelVersion([major = 0n, minor = 0n, patch = 0n]: readonly (bigint | undefined)[]): bigint {
  return (major << 16n) + (minor << 8n) + (patch > 255n ? 255n : patch);
}
