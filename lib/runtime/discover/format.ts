// The format file of a tracepoint, as data.
//
//   in     text of events/CATEGORY/EVENT/format
//   out    TracepointFormat without the common fields
//   facts  one line per field: `field:DECLARATION;	offset:N;	size:N;	signed:N;`. The part of the declaration before the name is the
//          type; array bounds follow the name and may be C expressions (`__u8 saddr[sizeof(struct sockaddr_in6)]`); `__data_loc T[]`
//          is a u32 whose low half says where the data lie in the record, `__rel_loc T[]` counts from behind the u32.
//          kernel/trace/trace_events.c (f_show)

import type { TracepointField, TracepointFormat } from '../../model/target/target.js';

/** Sizes of array elements whose bound is an expression; pointers and other names are taken from the size of the field. */
const elementSizes: Readonly<Record<string, number>> = {
  'char': 1, 'unsigned char': 1, 'signed char': 1, 'u8': 1, '__u8': 1, 's8': 1, 'uint8_t': 1, 'bool': 1,
  'short': 2, 'unsigned short': 2, 'u16': 2, '__u16': 2, '__be16': 2, '__le16': 2, 's16': 2, 'uint16_t': 2,
  'int': 4, 'unsigned int': 4, 'u32': 4, '__u32': 4, '__be32': 4, '__le32': 4, 's32': 4, 'uint32_t': 4,
  'long': 8, 'unsigned long': 8, 'long long': 8, 'unsigned long long': 8, 'u64': 8, '__u64': 8, '__be64': 8, '__le64': 8, 's64': 8, 'uint64_t': 8,
};

/** @returns undefined when the text has no ID line: not a format file */
export function parseFormat(category: string, event: string, text: string): TracepointFormat | undefined {
  const id = /^ID: (\d+)$/m.exec(text)?.[1];
  if (id === undefined) return undefined;
  const fields: TracepointField[] = [];
  for (const line of text.split('\n')) {
    const field = parseField(line);
    if (field !== undefined && !field.name.startsWith('common_')) fields.push(field);
  }
  return { category, event, id: Number(id), fields };
}

function parseField(line: string): TracepointField | undefined {
  const parts = /^\s*field:(.*?);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:(\d);)?/.exec(line);
  if (parts === null) return undefined;
  const [, declaration, offsetText, sizeText, signedText] = parts;
  const offset = Number(offsetText);
  const size = Number(sizeText);
  const signed = signedText === '1';
  const text = declaration!.trim();
  const location = /^__(data|rel)_loc\b/.exec(text)?.[1];
  const { name, type, bound } = splitDeclaration(text);
  if (location !== undefined) {
    return { name, type, offset, size, signed, dynamic: location === 'data' ? 'data_loc' : 'rel_loc' };
  }
  if (bound === undefined) return { name, type, offset, size, signed };
  const count = elementCount(type, bound, size);
  return { name, type: `${type}[${bound === '' ? '' : count ?? bound}]`, offset, size, signed, ...(count === undefined ? {} : { count }) };
}

/** `const char * filename` → type and name; `int x[4]` also its bound; `void (*fn)(int)` keeps its shape around the name. */
function splitDeclaration(text: string): { name: string; type: string; bound?: string } {
  const pointer = /^(.*)\(\s*\*\s*(\w+)\s*\)(.*)$/.exec(text);
  if (pointer !== null) return { name: pointer[2]!, type: `${pointer[1]!.trim()} (*)${pointer[3]!.trim()}` };
  const plain = /^(.*?)(\w+)\s*((?:\[[^\]]*\])*)$/.exec(text);
  if (plain === null) return { name: text, type: '' };
  const [, before, name, bounds] = plain;
  const type = before!.trim();
  return bounds === '' ? { name: name!, type } : { name: name!, type, bound: bounds!.slice(1, -1) };
}

function elementCount(type: string, bound: string, size: number): number | undefined {
  if (/^\d+$/.test(bound)) return Number(bound);
  const element = elementSizes[type.replace(/^const /, '')] ?? (type.endsWith('*') ? 8 : undefined);
  return element !== undefined && size % element === 0 ? size / element : undefined;
}
