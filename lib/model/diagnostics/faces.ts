// What the command and the library call by different names: settings, reports, lists.
//
//   use    hint: () => `Use ${setting('unsafe', '--unsafe', '{ unsafe: true }')} to force attachment.`
//   idea   a text carries the words of both, and the name of the option as data; who shows it takes the words of its face (inWords)

/** Who speaks to the user. */
export type Face = 'command' | 'library';

export interface Hint {
  /** what to do, in the words of the library */
  readonly text: string;
  /** the option of trace(), compile() or load() that does it */
  readonly option?: string;
}

/** Private characters, which no script has. */
const [OPEN, NEXT, CLOSE] = ['\u{F0000}', '\u{F0001}', '\u{F0002}'];
const MARKED = new RegExp(`${OPEN}([^${NEXT}]*)${NEXT}([^${NEXT}]*)${NEXT}([^${CLOSE}]*)${CLOSE}`, 'gu');

/** Words for an option: what users of the command write, and what users of the library do. */
export function setting(option: string, command: string, library: string): string {
  return `${OPEN}${command}${NEXT}${library}${NEXT}${option}${CLOSE}`;
}

/** Words that mean something to users of the command alone. A hint that is nothing else is no hint of the library. */
export function onlyCommand(words: string): string {
  return setting('', words, '');
}

/** Words that mean something to users of the library alone. */
export function onlyLibrary(words: string): string {
  return setting('', '', words);
}

export function inWords(face: Face, text: string): string {
  return text.replaceAll(MARKED, (_, command: string, library: string) => (face === 'command' ? command : library));
}

/** undefined: it says nothing to users of the library */
export function hintOf(text: string): Hint | undefined {
  const said = inWords('library', text).trim();
  const option = [...text.matchAll(MARKED)].map(([, , , name]) => name).find((name) => name !== '');
  return said === '' ? undefined : { text: said, ...(option !== undefined && { option }) };
}
