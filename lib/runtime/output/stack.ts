// Stacks as text (language.md 4.4).
//
//   facts  the text begins with a newline, every frame ends with one; an address of all ones is where the unwinder gave up

import type { Frame, SymbolSource } from '../../model/layout/symbols.js';
import type { StackValue } from '../../model/layout/value.js';
import type { StackType } from '../../model/types/types.js';

const INDENT = '        ';
const UNWIND_FAILURE = 0xffff_ffff_ffff_ffffn;

export function renderStack(stack: StackValue, type: StackType, symbols: SymbolSource): string {
  let text = '\n';
  for (const line of linesOf(stack, type, symbols)) text += `${line}\n`;
  return text;
}

/** Its frames are named; those of the other modes are addresses, and symbols are not asked for them. */
export function isNamed({ mode }: StackType): boolean {
  return mode === 'bpftrace' || mode === 'perf';
}

/** The frames before the one where the unwinder gave up. */
export function unwound(stack: StackValue): { readonly known: StackValue; readonly failed: boolean } {
  const failure = stack.addresses.indexOf(UNWIND_FAILURE);
  return failure < 0 ? { known: stack, failed: false } : { known: { ...stack, addresses: stack.addresses.slice(0, failure) }, failed: true };
}

function linesOf(stack: StackValue, type: StackType, symbols: SymbolSource): string[] {
  const { known, failed } = unwound(stack);
  const lines = knownLines(known, type, symbols);
  return failed ? [...lines, `${INDENT}<unwind failure>`] : lines;
}

function knownLines(stack: StackValue, type: StackType, symbols: SymbolSource): string[] {
  switch (type.mode) {
    case 'raw': return stack.addresses.map((address) => address.toString(16));
    case 'build_id':
      return stack.addresses.map((address, i) => {
        const id = stack.buildIds?.[i];
        return id === undefined ? address.toString(16) : `${id} 0x${address.toString(16)}`;
      });
    case 'perf': return symbols.frames(stack, type.space).map((frame) => perfLine(frame, type.space));
    case 'bpftrace': return symbols.frames(stack, type.space).map(frameLine);
  }
}

function frameLine({ name, offset, address, source, inlined }: Frame): string {
  if (name === undefined) return `${INDENT}0x${address.toString(16)}`;
  const place = source ? `@${source.file}:${source.line}` : '';
  return inlined ? `${INDENT}[inlined] ${name}${place}` : `${INDENT}${name}+${offset ?? 0n}${place}`;
}

function perfLine({ name, offset, address, module, inlined }: Frame, space: 'kernel' | 'user'): string {
  const hex = address.toString(16);
  const file = space === 'user' ? ` (${module ?? '[unknown]'})` : '';
  if (name === undefined) return `\t${hex} 0x${hex}${space === 'user' ? ' ([unknown])' : ''}`;
  return inlined ? `\t${hex} ${name} (inlined)` : `\t${hex} ${name}+${offset ?? 0n}${file}`;
}
