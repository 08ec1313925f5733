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

const everywhere = String.raw`\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|"(?:\\[^]|[^"\\\n])*"?|[{};]`;
const inBlock = new RegExp(everywhere, 'g');
/** Outside of blocks also lines of C, and attach points: their paths hold what would begin a comment elsewhere. */
const outside = new RegExp(String.raw`\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|#[^\n]*|(?:[^\s{}:,\/"]|"(?:[^"\\]|\\[^])*")+:(?:[^\s{,"]|"(?:[^"\\]|\\[^])*")*|${everywhere}`, 'g');

/** All of the text, in order; what follows the last item is one, too. */
export function itemsOf(text: string): Item[] {
  const items: Item[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; ;) {
    const parts = depth > 0 ? inBlock : outside;
    parts.lastIndex = at;
    const found = parts.exec(text);
    if (!found) break;
    at = parts.lastIndex;
    const [part] = found;
    if (part === '{') depth++;
    else if (part === '}') depth = Math.max(0, depth - 1);
    else if (part !== ';') continue;
    if (depth > 0) continue;
    items.push({ start, end: at });
    start = at;
  }
  if (start < text.length) items.push({ start, end: text.length });
  return items;
}
