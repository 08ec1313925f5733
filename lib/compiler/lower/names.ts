// Names of BPF functions: C identifiers of at most 127 characters.

const MOST_CHARACTERS = 127;
const KEPT_CHARACTERS = 110;

/** `interval:us:1000000`, 2 -> `interval_us_1000000_2` (language.md 3.3); long names are cut, with a hash. Different numbers give different names. */
export function functionName(text: string, number: number): string {
  const plain = text.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '_$1');
  const suffix = `_${number}`;
  if (plain.length + suffix.length <= MOST_CHARACTERS) return plain + suffix;
  let hash = 0;
  for (const character of plain) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  return `${plain.slice(0, KEPT_CHARACTERS)}_${hash.toString(16)}${suffix}`;
}
