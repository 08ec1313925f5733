// Stacks as programs for flame graphs read them (language.md 7.2): one line for each stack, its frames from the outermost to the innermost, and a number.
//
//   out    lines on the output stream; what else the script prints, and maps without stacks, is text on stderr

import type { OutputEvent } from '../../../language/output-event.js';
import type { Manifest } from '../../../model/layout/manifest.js';
import { TextWriter } from '../text-writer.js';
import type { Writer, WriterOptions } from '../writer.js';
import { foldedStacks } from './folded-text.js';
import { isStackMap, stackSamples } from './stack-samples.js';

export class FoldedWriter implements Writer {
  private readonly beside: TextWriter;
  /** maps of more than one stand under their names */
  private readonly isOne: boolean;

  constructor(private readonly options: WriterOptions, manifest: Manifest) {
    this.beside = new TextWriter({ ...options, out: options.errors, terminal: options.terminalErrors });
    this.isOne = manifest.maps.filter(isStackMap).length < 2;
  }

  emit(event: OutputEvent): void {
    // the two newlines that text has before maps
    if (event.type === 'events_ended') return;
    if (event.type !== 'map' || !isStackMap(event.map.spec)) return this.beside.emit(event);
    const { out, rendering } = this.options;
    for (const [stack, weight] of foldedStacks(stackSamples(event.map, event.options, rendering))) {
      out.write(`${this.isOne ? '' : `${event.map.spec.scriptName};`}${stack} ${weight}\n`);
    }
  }

  flush(): void {
    this.options.out.flush();
    this.beside.flush();
  }
}
