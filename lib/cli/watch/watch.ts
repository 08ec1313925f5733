// --watch: maps on the terminal while the script runs, read and drawn again and again.
//
//   order  what stands against it is said before anything is traced; the screen is taken when all probes are live, and given back before maps are printed
//   idea   reading goes on in the kernel's own time, off the event loop; keys and sizes are drawn at once, from what was read last
//   facts  z takes maps as the library's take() does: of those that programs only add to no addition is lost. Of others something may be, and the last line
//          says so. Plain values that programs also read or set are the script's memory, and stay

import type { CommandLine } from '../line/command-line.js';
import type { OutputEvent } from '../../language/output-event.js';
import type { Source } from '../../model/source/source.js';
import type { NativeAddon } from '../../runtime/native/types.js';
import type { Manifest, ManifestMap } from '../../model/layout/manifest.js';
import type { Writer } from '../../runtime/output/index.js';
import { titleOf } from '../output/title.js';
import type { Output } from '../output/output.js';
import type { Runner } from '../../trace/runner.js';
import type { ScriptMap } from '../../trace/script-map.js';
import { Failure, status } from '../output/failure.js';
import { frame, TableView } from './frame.js';
import { Lines } from './lines.js';
import { orders, Table } from './table.js';
import { Terminal } from './terminal.js';

/** Output that comes is drawn within this time. */
const DRAW_MS = 100;
const SIDEWAYS = 8;
/** How long what a key has done is read. */
const NOTE_MS = 5000;
const MOST_OUTPUT_LINES = 200;

/** @throws Failure  there is nothing to show, or nowhere */
export function openWatch(line: Pick<CommandLine, 'watch' | 'format' | 'output' | 'quiet'>, manifest: Manifest, source: Pick<Source, 'name' | 'text'>, output: Output, native: Pick<NativeAddon, 'sendNow'>): Watch {
  const refusal = Terminal.refusal();
  if (refusal !== undefined) throw new Failure(`ERROR: ${refusal}.`, status.wrong);
  if (line.format !== 'text' && line.output === undefined) throw new Failure(`ERROR: --watch draws on the terminal, where -f ${line.format} would write too: name a file for that with -o FILE.`, status.wrong);
  if (!manifest.maps.some(({ scriptName }) => scriptName !== undefined)) throw new Failure('ERROR: --watch shows maps, and the script has none. Count something, as in @[comm] = count().', status.wrong);
  return new Watch(line.watch!, titleOf(source), output, native);
}

interface Watched {
  readonly map: ScriptMap;
  readonly view: TableView;
}

export class Watch {
  private terminal: Terminal | undefined;
  private watched: readonly Watched[] = [];
  private readonly lines = new Lines(() => this.drawSoon());
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private isReading = false;
  private paused = false;
  private order = 0;
  private chosen = 0;
  private sideways = 0;
  private note = '';
  private noteUntilMs = 0;
  private readonly unicode = speaksUnicode(process.env);

  constructor(
    private readonly everySeconds: number,
    private readonly title: string,
    private readonly output: Output,
    private readonly native: Pick<NativeAddon, 'sendNow'>,
  ) {}

  /** A writer that gives the screen back before the maps at the end. */
  around(writer: Writer): Writer {
    return {
      emit: (event: OutputEvent) => {
        if (event.type === 'events_ended') this.leave();
        writer.emit(event);
      },
      flush: () => writer.flush(),
    };
  }

  /** Takes the screen; all probes are live. */
  enter({ script, rendering }: Runner): void {
    const now = performance.now();
    this.watched = script.services.mapsByName.map((map) => ({ map, view: new TableView(new Table(map.spec, now), rendering) }));
    this.output.divert((sink, text) => this.lines.add(sink, text));
    this.terminal = Terminal.enter((fd, bytes) => this.native.sendNow(fd, bytes), { onKey: (name) => this.press(name), onResize: () => this.draw(), onEnd: () => this.leave() });
    this.timer = setInterval(() => this.read(), this.everySeconds * 1000).unref();
    this.draw();
    this.read();
  }

  /** Gives the screen back, and prints what came meanwhile. Nothing when that has been done. */
  leave(): void {
    if (this.terminal === undefined) return;
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.terminal.leave();
    this.terminal = undefined;
    this.output.divert(undefined);
    const { droppedLines } = this.lines;
    if (droppedLines > 0) this.output.message('info', `${droppedLines} earlier lines are not kept; -o FILE would have all of them`);
    this.lines.release();
  }

  private read(): void {
    if (this.paused || this.isReading) return;
    this.isReading = true;
    void this.readAll().finally(() => (this.isReading = false));
  }

  private async readAll(): Promise<void> {
    for (const { map, view } of this.watched) {
      const reading = await map.readAside();
      if (this.terminal === undefined || this.paused) return;
      view.table.update(reading, performance.now());
    }
    this.draw();
  }

  /** Empties the maps that gather; what was added up to that moment is gone from them, what comes later is in them. */
  private async zero(): Promise<void> {
    const memory = this.watched.filter(({ map: { spec } }) => isMemory(spec));
    const gathering = this.watched.filter((each) => !memory.includes(each));
    for (const { map, view } of gathering) {
      await map.takeAside();
      view.table.startAgain(performance.now());
    }
    const names = (those: readonly Watched[]): string => those.map(({ map: { spec } }) => spec.scriptName!).join(', ');
    const inexact = gathering.filter(({ map: { spec } }) => spec.addedWords === undefined);
    this.say([
      ...(gathering.length === 0 ? [] : [inexact.length === 0 ? 'Zeroed, no addition was lost.' : `Zeroed. What was written to ${names(inexact)} just then may be lost.`]),
      ...(memory.length === 0 ? [] : [`${names(memory)} ${memory.length === 1 ? 'stays: it is' : 'stay: they are'} the script's memory.`]),
    ].join(' '));
    await this.readAll();
  }

  private say(note: string): void {
    this.note = note;
    this.noteUntilMs = performance.now() + NOTE_MS;
  }

  private press(name: string): void {
    this.note = '';
    const view = this.watched[this.chosen]?.view;
    switch (name) {
      // as ^C: a second one ends at once, should the end take long
      case 'q': process.kill(process.pid, 'SIGINT');
        return;
      case 'p': case 'space':
        this.paused = !this.paused;
        this.read();
        break;
      case 's': this.order = (this.order + 1) % orders.length;
        break;
      case 'z': return void this.zero();
      case 'tab': this.chosen = (this.chosen + 1) % this.watched.length;
        break;
      case 'up': this.scroll(view, -1);
        break;
      case 'down': this.scroll(view, 1);
        break;
      case 'pageup': this.scroll(view, -Math.max(1, (view?.shownRows ?? 0) - 1));
        break;
      case 'pagedown': this.scroll(view, Math.max(1, (view?.shownRows ?? 0) - 1));
        break;
      case 'home': this.scroll(view, -Infinity);
        break;
      case 'end': this.scroll(view, Infinity);
        break;
      case 'left': this.sideways = Math.max(0, this.sideways - SIDEWAYS);
        break;
      case 'right': this.sideways += SIDEWAYS;
        break;
    }
    this.draw();
  }

  private scroll(view: TableView | undefined, by: number): void {
    if (view) view.offset = Math.min(Math.max(0, view.offset + by), Number.MAX_SAFE_INTEGER);
  }

  private drawSoon(): void {
    if (this.terminal === undefined || this.paused) return;
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.draw();
    }, DRAW_MS).unref();
  }

  private draw(): void {
    if (this.terminal === undefined) return;
    if (performance.now() > this.noteUntilMs) this.note = '';
    this.terminal.draw(frame({
      title: this.title, everySeconds: this.everySeconds, paused: this.paused, order: orders[this.order]!, note: this.note, chosen: this.chosen, sideways: this.sideways,
      tables: this.watched.map(({ view }) => view), output: this.lines.last(MOST_OUTPUT_LINES), unicode: this.unicode, clock: new Date().toTimeString().slice(0, 8),
    }, this.terminal.size));
  }
}

/** Plain values that programs read or set: start times, what a thread does. Emptied, the script would forget what it is in the middle of. */
function isMemory({ value, addedWords }: ManifestMap): boolean {
  return value.kind !== 'aggregate' && addedWords === undefined;
}

/** Whether the terminal's text is UTF-8, as locale(7) finds out. */
function speaksUnicode({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
