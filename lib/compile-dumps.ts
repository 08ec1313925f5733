// What `-d STAGE` shows: each stage's product as text.

import { disassemble } from './model/bpf/disassembler.js';
import type { ObjectSpec } from './model/bpf/object-spec.js';
import type { Manifest } from './model/layout/manifest.js';
import { formatSpan, textOf } from './model/source/source.js';
import { spellType } from './model/types/types.js';
import type { TypedProgram } from './language/typed-program.js';

/** Programs with their maps and the type of every expression, in source order. */
export function dumpTypes(program: TypedProgram): string {
  let text = '';
  for (const map of program.maps.values()) {
    const key = map.key === undefined || map.key === 'scalar' ? '' : `[${spellType(map.key)}]`;
    text += `map ${map.name}${key}: ${map.value ? spellType(map.value) : 'none'}\n`;
  }
  for (const p of program.probes) {
    text += `program ${p.resolved.matches.map((m) => m.probe).join(', ')}\n`;
    for (const argument of p.resolved.arguments ?? []) text += `  args.${argument.name}: ${spellType(argument.type)}\n`;
  }
  const seen = new Set<string>();
  const rows = [...program.types].sort(([a], [b]) => a.span.start - b.span.start || b.span.end - a.span.end);
  for (const [node, type] of rows) {
    const row = `${formatSpan(node.span)}: ${textOf(node.span).replace(/\s+/g, ' ')}: ${spellType(type)}\n`;
    if (seen.has(row)) continue;
    seen.add(row);
    text += row;
  }
  return text;
}

/** Instructions of every function with their script lines. */
export function dumpInsns(object: ObjectSpec): string {
  const functions = [...object.programs.map((p) => ({ ...p, head: `${p.name} "${p.section}"` })), ...object.subprograms.map((f) => ({ ...f, head: `${f.name} function` }))];
  return functions.map((f) => `${f.head}: ${f.insns.length} instructions\n${disassemble(f.insns, { sources: true }).join('\n')}\n`).join('\n');
}

/** Maps and event records: what lies at which offset. */
export function dumpLayout(object: ObjectSpec, manifest: Manifest): string {
  let text = '';
  for (const map of object.maps) text += `map ${map.name}: ${map.type} key ${map.keySize} value ${map.valueSize} entries ${map.maxEntries}\n`;
  manifest.events.forEach((event, id) => {
    text += `event ${id} ${event.handler} ${event.place.file}:${event.place.line}:${event.place.column} fixed ${event.layout.fixedSize} most ${event.layout.maxSize}\n`;
    for (const a of event.layout.arguments) text += `  ${a.offset}: ${spellType(a.type)}${a.dynamic ? ' (length here, bytes behind the fixed part)' : ''}\n`;
  });
  text += `rodata: ${object.rodata.length} bytes\n`;
  for (const v of manifest.startValues) text += `  ${v.offset}: ${v.name} (${v.size} bytes, set at start)\n`;
  return text;
}
