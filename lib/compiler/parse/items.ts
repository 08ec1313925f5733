// The items of a script, found without parsing it: an item ends with the brace that closes its block, or with a semicolon outside of blocks.
//
//   why    after a syntax error the other items can still be understood
//   facts  brackets in strings and comments close nothing (language.md 1.2, 1.4)

export interface Item {
  /** offset of its first character */
  readonly start: number;
  /** offset behind its last character */
  readonly end: number;
}

const parts = /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|"(?:\\[^]|[^"\\\n])*"?|[{};]/g;

/** All of the text, in order; what follows the last item is one, too. */
export function itemsOf(text: string): Item[] {
  const items: Item[] = [];
  let start = 0;
  let depth = 0;
  for (const { 0: part, index } of text.matchAll(parts)) {
    if (part === '{') depth++;
    else if (part === '}') depth = Math.max(0, depth - 1);
    else if (part !== ';') continue;
    if (depth > 0) continue;
    items.push({ start, end: index + 1 });
    start = index + 1;
  }
  if (start < text.length) items.push({ start, end: text.length });
  return items;
}
