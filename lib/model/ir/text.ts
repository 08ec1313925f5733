// The text form of the IR, printed: `-d ir` and golden tests show it.
//
//   grammar  README.md of this room; read-text.ts reads it
//   facts    reading what was printed gives the same module, numbers of values and blocks included; source spans and comments
//            are not part of the text

import type { Func, Module, Target, Terminator, Value, ValueType } from './ir.js';

export { parseModule } from './read-text.js';

export function printModule(module: Module): string {
  return module.functions.map(printFunc).join('\n');
}

export function printFunc(func: Func): string {
  const lines = [`${func.kind} ${printName(func.name)} ${JSON.stringify(func.section)} {`];
  for (const slot of func.slots) lines.push(`  slot ${slot.id} ${printName(slot.name)} size=${slot.size} align=${slot.align}`);
  for (const block of func.blocks) {
    const params = block.params.map((p) => `${p}: ${printType(p.type)}`).join(', ');
    lines.push(`${block} ${printName(block.label)}(${params}):`);
    for (const value of block.instructions) lines.push(`  ${printValue(value)}`);
    if (block.terminator) lines.push(`  ${printTerminator(block.terminator)}`);
  }
  lines.push('}', '');
  return lines.join('\n');
}

export function printType(type: ValueType): string {
  if (type.kind === 'void') return 'void';
  if (type.kind === 'int') return `${type.signed ? 's' : 'u'}${type.bits}`;
  return `${type.region}${type.nullable ? '?' : ''}`;
}

export function printValue(value: Value): string {
  const { offset, width, signed, name, slot, size, sourceOffset, imm } = value.attributes;
  const words: string[] = [value.op];
  if (value.op.startsWith('call')) words.push(`${printName(name!)}(${value.args.join(', ')})`);
  else {
    if (imm !== undefined) words.push(`${imm}`);
    if (name !== undefined) words.push(printName(name));
    if (slot) words.push(`${slot.id}`);
    if (value.args.length > 0) words.push(value.args.join(', '));
  }
  if (offset !== undefined) words.push(`offset=${offset}`);
  if (sourceOffset !== undefined) words.push(`from=${sourceOffset}`);
  if (width !== undefined) words.push(`width=${width}`);
  if (size !== undefined) words.push(`size=${size}`);
  if (signed !== undefined) words.push(signed ? 'signed' : 'unsigned');
  return value.type.kind === 'void' ? words.join(' ') : `${value}: ${printType(value.type)} = ${words.join(' ')}`;
}

export function printTerminator(end: Terminator): string {
  if (end.kind === 'return') return `return ${end.value}`;
  if (end.kind === 'jump') return `jump ${printTarget(end.target)}`;
  const likely = end.likely === undefined ? '' : end.likely ? ' likely' : ' unlikely';
  return `branch ${end.comparison} ${end.left}, ${end.right} -> ${printTarget(end.whenTrue)}, ${printTarget(end.whenFalse)}${likely}`;
}

function printTarget(target: Target): string {
  return target.args.length === 0 ? `${target.block}` : `${target.block}(${target.args.join(', ')})`;
}

function printName(name: string): string {
  return /^[\w@.$]+$/.test(name) ? name : JSON.stringify(name);
}
