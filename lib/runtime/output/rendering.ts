// What printing a value needs to know beyond the value: names, users, cgroups, the clock, and who reads the output.

import { noSymbols, type SymbolSource } from '../../model/layout/symbols.js';

export interface Rendering {
  readonly symbols: SymbolSource;
  /** login name of a user id; undefined: there is none */
  userName(uid: bigint): string | undefined;
  /** `unified:/a/b`, hierarchies separated by commas, those that match `filter` only; '' when not found */
  cgroupPath(id: bigint, filter: string): string;
  /** name of the container, or `NAMESPACE/NAME` of the pod, that a control group belongs to; '' when to none, or when the group is gone */
  cgroupOwner(id: bigint, owner: 'container' | 'pod'): string;
  /** CLOCK_REALTIME - CLOCK_BOOTTIME in ns */
  bootToRealtimeNs(): bigint;
  /** Makes text of a traced program fit for who reads the output: identity, which every rendering has to begin with; a writer to a terminal puts `escapeControls` there. */
  data(text: string): string;
}

/** Knows nothing: addresses, user ids print as they are, times as if the machine had booted at the epoch. */
export const plainRendering: Rendering = {
  symbols: noSymbols,
  userName: () => undefined,
  cgroupPath: () => '',
  cgroupOwner: () => '',
  bootToRealtimeNs: () => 0n,
  data: (text) => text,
};

// C0 controls except tab and newline, DEL, C1 controls as characters (U+0080 to U+009F) and as bytes (lone surrogates)
const control = /[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\udc80-\udcff]/;
const controls = /[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f]|(?<![\ud800-\udbff])[\udc80-\udcff]/g;

/** Control characters as `\xHH`, so that text of traced programs cannot command a terminal. Tabs and newlines stay. */
export function escapeControls(text: string): string {
  if (!control.test(text)) return text;
  return text.replace(controls, (character) => `\\x${(character.charCodeAt(0) & 0xff).toString(16).padStart(2, '0')}`);
}
