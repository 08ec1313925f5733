// What each kind of probe needs to be attached: one file per kind, `attach/index.ts` lists them.

import type { AttachSpec as Manifested, ManifestProgram } from '../../../model/layout/manifest.js';
import type { TbpfError } from '../../../model/diagnostics/errors.js';
import type { AttachSpec, LinkHandle, NativeAddon, ProgramHandle } from '../../native/types.js';
import type { Instructions } from './instructions.js';

export interface AttachContext {
  readonly native: NativeAddon;
  /** process of -c: probes of user space and of perf events are for it alone */
  readonly childPid?: number;
  /** where several probes share a program: the number by which the program knows which one fired */
  readonly cookie?: bigint;
  /** the loaded program that is attached */
  readonly handle: ProgramHandle;
  readonly instructions: Instructions;
  /** Called for each match of a wildcard that cannot be probed, with its probe string and the reason. */
  leaveOut(probe: string, error: TbpfError): void;
}

/** One manifested kind, e.g. `Attachable<'uprobe'>`. */
export type Manifest<Kind extends Manifested['kind']> = Extract<Manifested, { kind: Kind }>;

/** Of the programs on one event the first attached runs first ('forward') or the last ('reverse'). */
export type AttachOrder = 'forward' | 'reverse';

export interface Provider<Kind extends Manifested['kind'] = Manifested['kind']> {
  readonly kind: Kind;
  /** how the kernel orders programs on one event (language.md 3.5) */
  order(attach: Manifest<Kind>): AttachOrder;
  /** Names of the events it is on, where a failure may be made good later: programs on one event keep their order then */
  events?(attach: Manifest<Kind>): readonly string[];
  /** before the object is loaded: what the program's section does not say */
  prepare?(handle: ProgramHandle, attach: Manifest<Kind>, native: NativeAddon): void;
  /** The places to attach to; several for events that each CPU has, none when all were left out. @throws TbpfError when there is none */
  places(attach: Manifest<Kind>, context: AttachContext, program: ManifestProgram): readonly AttachSpec[];
  /** Places to attach to after this failure; those of them that fail are left out. undefined: there are none */
  instead?(error: TbpfError, attach: Manifest<Kind>, context: AttachContext): readonly AttachSpec[] | undefined;
  /** Links for the places that can be probed, after the kernel refused the multi link for all of them; the others go to
   *  leaveOut() of the context. undefined: the failure is not about a place. @throws TbpfError  a failure that is not about a place; nothing is attached then */
  inParts?(error: TbpfError, attach: Manifest<Kind>, context: AttachContext): readonly LinkHandle[] | undefined;
}

export function cookieOf({ cookie }: AttachContext): { cookie?: bigint } {
  return cookie === undefined ? {} : { cookie };
}
