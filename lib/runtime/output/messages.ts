// Messages of a running script: warnings with their place, failures of kernel helpers (language.md 6.6).

import type { SourcePlace } from '../../model/layout/manifest.js';
import { strerror } from '../../language/strerror.js';

const ENOENT = 2;
const E2BIG = 7;

/** `stdin:1:35-43`, or `stdin:1-3` when the place covers several lines. */
export function placeText({ file, line, column, endLine, endColumn }: SourcePlace): string {
  return line === endLine ? `${file}:${line}:${column}-${endColumn}` : `${file}:${line}-${endLine}`;
}

/** Said after the warning itself, once a second. */
export function repeatedText(place: SourcePlace, more: number): string {
  return `${placeText(place)}: WARNING: … and ${more} more ${more === 1 ? 'time' : 'times'}\n`;
}

/** What the failure of a helper means, in words. */
export function helperErrorText(helper: string, retcode: number): string {
  if (helper === 'map_update_elem' && retcode === -E2BIG) {
    return "Map full; can't update element. Try increasing max_map_keys config or manually setting the max entries in a map declaration e.g. `let @a = hash(5000)`";
  }
  if (helper === 'map_delete_elem' && retcode === -ENOENT) return "Can't delete map element because it does not exist.";
  if (helper === 'map_lookup_elem' || helper === 'map_lookup_percpu_elem') return "Can't lookup map element because it does not exist.";
  return strerror(retcode);
}
