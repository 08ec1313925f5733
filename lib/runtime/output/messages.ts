// What events say, in words: the script's output, and messages without level and place (language.md 5.4, 6.2, 6.3, 6.6).
//
//   facts  control characters that the script's own formats hold reach a terminal: that is what they are for. Those in text of traced
//          programs, of files and of commands go through Rendering.data

import type { OutputEvent } from '../../language/output-event.js';
import type { SourcePlace } from '../../model/layout/manifest.js';
import { strerror } from '../../language/strerror.js';
import { mapText } from './maps.js';
import { strftime } from './strftime.js';
import type { Texts } from './texts.js';

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

/** Script output; undefined for everything else. */
export function outputText(event: OutputEvent, texts: Texts): string | undefined {
  const { rendering } = texts;
  switch (event.type) {
    case 'printf': return event.record.text(texts);
    case 'value': return `${texts.textOf(event.spec.layout.arguments[0]!.type)(event.record.values()[0]!)}\n`;
    case 'emit': return `${event.name}: ${texts.textOf(event.spec.layout.arguments[0]!.type)(event.record.values()[0]!)}\n`;
    case 'map': return mapText(event.map, event.options, rendering);
    case 'time': return strftime(event.format, event.epochNs);
    case 'join': return `${rendering.data(event.words.join(event.separator))}\n`;
    case 'cat': return rendering.data(event.content);
    case 'syscall': return `${rendering.data(event.output)}\n`;
    // the kernel has made it of the script's formats and of data, which can no longer be told apart
    case 'iterated': return rendering.data(event.text);
    default: return undefined;
  }
}

/** What a message says; undefined for everything else. */
export function messageText(event: OutputEvent, texts: Texts): string | undefined {
  switch (event.type) {
    case 'errorf': case 'warnf': return event.record.text(texts);
    case 'helper_error': return helperErrorText(event.helper, event.retcode);
    case 'runtime_error': return event.text;
    case 'left_out': return `${event.sentence} Use -v to see ${event.names.length === 1 ? 'it' : 'them'}.`;
    case 'cat_failed': return `failed to open file '${event.path}' (${event.reason})`;
    case 'syscall_failed': return `command exited with code ${event.status}`;
    case 'skipped': return `Unable to attach probe: ${event.probe}. Skipping.`;
    case 'ended': return event.lost > 0 ? `Total lost event count: ${event.lost}` : undefined;
    default: return undefined;
  }
}
