// Events as text (language.md 6.2, 6.3, 6.6): what the script prints on the output stream, everything else on stderr.

import type { OutputEvent } from '../../language/output-event.js';
import { messageText, outputText, placeText, repeatedText } from './messages.js';
import { escapeControls } from './rendering.js';
import { Texts } from './texts.js';
import type { Writer, WriterOptions } from './writer.js';

export class TextWriter implements Writer {
  private readonly texts: Texts;
  /** of messages, which are escaped whole */
  private readonly messageTexts: Texts;

  constructor(private readonly options: WriterOptions) {
    const { rendering, terminal } = options;
    this.texts = new Texts(terminal ? { ...rendering, data: escapeControls } : rendering);
    this.messageTexts = new Texts(rendering);
  }

  emit(event: OutputEvent): void {
    // Floods consist of these events: they take the shortest way to the sink.
    if (event.type === 'printf') return this.options.out.write(event.record.text(this.texts));
    const output = outputText(event, this.texts) ?? layoutText(event);
    if (output !== undefined) this.options.out.write(output);
    else this.message(this.lines(event));
  }

  flush(): void {
    this.options.out.flush();
    this.options.errors.flush();
  }

  private lines(event: OutputEvent): string {
    const words = messageText(event, this.messageTexts);
    switch (event.type) {
      case 'attached': return `Attached ${event.probes} ${event.probes === 1 ? 'probe' : 'probes'}\n`;
      case 'lost': return `Lost ${event.count} events\n`;
      case 'errorf': return `${placeText(event.spec.place)}: ERROR: ${words}\n`;
      case 'warnf': return `${placeText(event.spec.place)}: WARNING: ${words}\n`;
      case 'helper_error': {
        const { place } = event.spec;
        if (event.more !== undefined) return repeatedText(place, event.more);
        return `${placeText(place)}: WARNING: ${words}\nAdditional Info - helper: ${event.helper}, retcode: ${event.retcode}\n${place.excerpt}`;
      }
      case 'runtime_error':
        if (event.more !== undefined) return repeatedText(event.spec.place, event.more);
        return `${placeText(event.spec.place)}: WARNING: ${words}\n${event.spec.place.excerpt}`;
      case 'cat_failed': case 'syscall_failed': return `ERROR: ${words}\n`;
      case 'skipped': return `${event.reason}\nWARNING: ${words}\n`;
      default: return words === undefined ? '' : `WARNING: ${words}\n`;
    }
  }

  /** On a terminal both streams are one: what was printed first appears first. */
  private message(text: string): void {
    if (text === '') return;
    this.options.out.flush();
    this.options.errors.write(this.options.terminalErrors ? escapeControls(text) : text);
    this.options.errors.flush();
  }
}

/** What text has on the output stream that the script did not print. */
function layoutText(event: OutputEvent): string | undefined {
  if (event.type === 'events_ended') return '\n\n';
  return event.type === 'pinned' ? `Program pinned to ${event.path}\n` : undefined;
}
