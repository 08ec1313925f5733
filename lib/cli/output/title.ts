// What a picture or a live view is called: the script's file, or the text of -e.

import type { Source } from '../../model/source/source.js';

const MOST_TITLE = 120;

export function titleOf({ name, text }: Pick<Source, 'name' | 'text'>): string {
  const words = text.trim().replaceAll(/\s+/g, ' ');
  if (name !== 'stdin') return name;
  return words.length > MOST_TITLE ? `${words.slice(0, MOST_TITLE)}…` : words;
}
