// What the keys of a map are called in a picture: one line, without anything that a reader's program would obey.

import type { ManifestMap } from '../../../model/layout/manifest.js';
import type { Value } from '../../../model/layout/value.js';
import { escapeControls, type Rendering } from '../rendering.js';
import { compileKeyText } from '../text.js';

/** A function that names keys; '' of a map without keys. */
export function keyNames({ key }: ManifestMap, rendering: Rendering): (value: Value | undefined) => string {
  const text = key && compileKeyText(key, { ...rendering, data: (raw) => raw });
  return (value) => (text && value !== undefined ? oneLine(text(value)) : '');
}

/** A stack is lines: here they are one, the innermost frame first. */
export function oneLine(text: string): string {
  return escapeControls(text.trim().replaceAll(/\s*\n\s*/g, ' < ').replaceAll('\t', ' '));
}
