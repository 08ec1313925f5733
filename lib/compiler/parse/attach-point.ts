// Attach-point text: `[name=]provider:part:…[@file:line[:column]]`.
//
//   in     the text up to `{`, `,` or whitespace
//   out    its label, parts and source location; nothing is known here of providers
//   facts  language.md 1.6: split on `:` and on `@`, quotes group, `\` in quotes escapes the next character

import type { AttachPoint } from '../../model/syntax/nodes.js';

export type AttachPointText = Omit<AttachPoint, 'span' | 'kind'>;

const label = /^([A-Za-z_][A-Za-z0-9_]*)=/;

export function splitAttachPoint(text: string): AttachPointText {
  const named = label.exec(text);
  const raw = named ? text.slice(named[0].length) : text;
  const parts: string[] = [];
  let location: string[] | undefined;
  let part = '';
  const finish = (): void => {
    (location ?? parts).push(part);
    part = '';
  };
  for (let i = 0; i < raw.length; i++) {
    const character = raw[i]!;
    if (character === '"') {
      for (i++; i < raw.length && raw[i] !== '"'; i++) {
        if (raw[i] === '\\' && i + 1 < raw.length) i++;
        part += raw[i];
      }
    } else if (character === ':') {
      finish();
    } else if (character === '@' && !location && parts.length > 0) {
      finish();
      location = [];
    } else {
      part += character;
    }
  }
  finish();
  return { ...(named && { label: named[1]! }), raw, parts, ...(location && { location }) };
}
