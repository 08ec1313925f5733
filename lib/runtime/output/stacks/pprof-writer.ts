// -f pprof (language.md 7.2): one profile at the end, on the output stream; what else the script prints is text on stderr.

import type { OutputEvent } from '../../../language/output-event.js';
import type { Manifest } from '../../../model/layout/manifest.js';
import { textOfByte } from '../../../model/syntax/text.js';
import { TextWriter } from '../text-writer.js';
import type { Writer, WriterOptions } from '../writer.js';
import { LastMaps } from './last-maps.js';
import { pprofProfile } from './pprof-profile.js';
import { isStackMap } from './stack-samples.js';

export class PprofWriter implements Writer {
  private readonly beside: TextWriter;
  private readonly maps: LastMaps;

  constructor(private readonly options: WriterOptions, manifest: Manifest) {
    this.beside = new TextWriter({ ...options, out: options.errors, terminal: options.terminalErrors });
    this.maps = new LastMaps(options.rendering, manifest);
  }

  emit(event: OutputEvent): void {
    if (event.type === 'events_ended') return;
    if (event.type === 'map' && isStackMap(event.map.spec)) return this.maps.add(event);
    if (event.type === 'ended') this.options.out.write(Array.from(pprofProfile(this.maps.samples, BigInt(Date.now()) * 1_000_000n), textOfByte).join(''));
    this.beside.emit(event);
  }

  flush(): void {
    this.options.out.flush();
    this.beside.flush();
  }
}
