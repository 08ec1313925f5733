// Numbers and strings as JSON text (language.md 7).
//
//   facts  an integer that a double cannot hold exactly becomes a string. Every control character is escaped, also those that JSON allows
//          as they are (DEL, U+0080 to U+009F): a terminal that shows the JSON would obey them

export function jsonInteger(n: number | bigint): string {
  if (typeof n === 'number') return String(n);
  return BigInt(Number(n)) === n ? String(n) : `"${n}"`;
}

const special = /["\\\u0000-\u001f\u007f-\u009f\ud800-\udfff]/;
const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A JSON string. Bytes that are not UTF-8 become U+FFFD. */
export function jsonString(text: string): string {
  if (!special.test(text)) return `"${text}"`;
  const escaped = text.replace(/["\\\u0000-\u001f\u007f-\u009f]/g, (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped.replace(/\p{Surrogate}/gu, '\ufffd')}"`;
}
