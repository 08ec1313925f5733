// From a program of the manifest to the places it is attached to. A new kind of probe is a file here and a line below.

import { bug, type TbpfError } from '../../../model/diagnostics/errors.js';
import type { AttachSpec as Manifested, ManifestProgram } from '../../../model/layout/manifest.js';
import type { AttachSpec, LinkHandle, NativeAddon, ProgramHandle } from '../../native/types.js';
import { fentry } from './fentry.js';
import { iter } from './iter.js';
import { kprobe, kprobeMulti, kprobeSession } from './kprobe.js';
import { perfEvent } from './perf-event.js';
import type { AttachContext, AttachOrder, Provider } from './place.js';
import { rawtracepoint } from './rawtracepoint.js';
import { runByUs } from './run-by-us.js';
import { tracepoint } from './tracepoint.js';
import { uprobe, uprobeMulti } from './uprobe.js';
import { usdt } from './usdt.js';

export type { AttachContext };

const providers = new Map<string, Provider<never>>(
  [tracepoint, rawtracepoint, kprobe, kprobeMulti, kprobeSession, uprobe, uprobeMulti, usdt, fentry, iter, perfEvent].map((provider) => [provider.kind, provider as Provider<never>]),
);

/** undefined: not attached to anything, tbpf runs it. */
export function orderOf({ attach }: ManifestProgram): AttachOrder | undefined {
  return runByUs.has(attach.kind) ? undefined : providerOf(attach.kind).order(attach as never);
}

/** Names of the events that the program is on, of its kind alone; empty where nothing attached late can be on the same one. */
export function eventsOf({ attach }: ManifestProgram): readonly string[] {
  return (providerOf(attach.kind).events?.(attach as never) ?? []).map((event) => `${attach.kind}:${event}`);
}

/** Tells libbpf what the program's section does not. Kinds that tbpf runs by itself need nothing. */
export function prepareProgram(handle: ProgramHandle, program: ManifestProgram, native: NativeAddon): void {
  providers.get(program.attach.kind)?.prepare?.(handle, program.attach as never, native);
}

/** @throws TbpfError when there is no such place */
export function placesOf(program: ManifestProgram, context: AttachContext): readonly AttachSpec[] {
  return providerOf(program.attach.kind).places(program.attach as never, context, program);
}

/** Other places to try after a failure. */
export function placesInstead(error: TbpfError, program: ManifestProgram, context: AttachContext): readonly AttachSpec[] | undefined {
  return providerOf(program.attach.kind).instead?.(error, program.attach as never, context);
}

/** Links for parts of the places, after the multi link for all of them has failed. @throws TbpfError */
export function attachInParts(error: TbpfError, program: ManifestProgram, context: AttachContext): readonly LinkHandle[] | undefined {
  return providerOf(program.attach.kind).inParts?.(error, program.attach as never, context);
}

function providerOf(kind: Manifested['kind']): Provider<never> {
  return providers.get(kind) ?? bug('session', `probes of kind ${kind} cannot be attached`);
}
