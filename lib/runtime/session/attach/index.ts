// From a program of the manifest to the places it is attached to. A new kind of probe is a file here and a line below.

import { bug, type TbpfError } from '../../../model/diagnostics/errors.js';
import type { ManifestProgram } from '../../../model/layout/manifest.js';
import type { AttachSpec, NativeAddon, ProgramHandle } from '../../native/types.js';
import { fentry } from './fentry.js';
import { iter } from './iter.js';
import { kprobe, kprobeMulti } from './kprobe.js';
import { perfEvent } from './perf-event.js';
import type { AttachContext, Provider } from './place.js';
import { rawtracepoint } from './rawtracepoint.js';
import { tracepoint } from './tracepoint.js';
import { uprobe, uprobeMulti } from './uprobe.js';
import { usdt } from './usdt.js';

export type { AttachContext };

const providers = new Map<string, Provider<never>>(
  [tracepoint, rawtracepoint, kprobe, kprobeMulti, uprobe, uprobeMulti, usdt, fentry, iter, perfEvent].map((provider) => [provider.kind, provider as Provider<never>]),
);

/** Tells libbpf what the program's section does not. Kinds that tbpf runs by itself need nothing. */
export function prepareProgram(handle: ProgramHandle, program: ManifestProgram, native: NativeAddon): void {
  providers.get(program.attach.kind)?.prepare?.(handle, program.attach as never, native);
}

/** @throws TbpfError when there is no such place */
export function placesOf(program: ManifestProgram, context: AttachContext): readonly AttachSpec[] {
  return providerOf(program).places(program.attach as never, context, program);
}

/** Other places to try after a failure. */
export function placesInstead(error: TbpfError, program: ManifestProgram, context: AttachContext): readonly AttachSpec[] | undefined {
  return providerOf(program).instead?.(error, program.attach as never, context);
}

function providerOf({ attach: { kind } }: ManifestProgram): Provider<never> {
  return providers.get(kind) ?? bug('session', `probes of kind ${kind} cannot be attached`);
}
