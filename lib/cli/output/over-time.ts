// --heatmap and --chart: maps are read again and again while the script runs, and become a page at its end.
//
//   order  the page's file is made before anything is traced; readings begin when the programs are loaded; the last one is made when the probes are detached
//   facts  what the script clears is drawn as well: its map tells what it held. Readings are made each second, those of tseries() as often as its window needs

import type { OutputEvent } from '../../language/output-event.js';
import type { AggregateType } from '../../model/types/types.js';
import type { MergedMap } from '../../language/merged-map.js';
import type { ManifestMap } from '../../model/layout/manifest.js';
import type { Writer } from '../../runtime/output/index.js';
import type { Runner } from '../../trace/runner.js';
import type { ScriptMap } from '../../trace/script-map.js';

const EVERY_MS = 1000;
const LEAST_MS = 100;

/** What a picture keeps of a map. */
export interface MapOverTime<D> {
  emptied(map: MergedMap): void;
  read(map: MergedMap, nowMs: number): void;
  data(): D;
}

interface Sampled<D> {
  readonly map: ScriptMap;
  readonly kept: MapOverTime<D>;
  readonly timer: NodeJS.Timeout;
}

export class OverTime<D> {
  private sampled: readonly Sampled<D>[] = [];
  private ended = false;

  /** @param picks  whether a map is drawn
   *  @param write  called with what was kept, at the end */
  constructor(
    private readonly picks: (spec: ManifestMap) => boolean,
    private readonly keeper: (spec: ManifestMap, rendering: Runner['rendering'], startMs: number) => MapOverTime<D>,
    private readonly write: (maps: readonly D[]) => void,
  ) {}

  begin({ script, rendering }: Runner): void {
    const startMs = Date.now();
    this.sampled = script.services.mapsByName.filter(({ spec }) => this.picks(spec)).map((map) => {
      const kept = this.keeper(map.spec, rendering, startMs);
      const heard = map.onEmptied;
      map.onEmptied = (held) => {
        heard?.(held);
        kept.emptied(held);
      };
      let isReading = false;
      const timer = setInterval(() => {
        if (isReading) return;
        isReading = true;
        void this.sample(map, kept).finally(() => (isReading = false));
      }, periodOf(map.spec)).unref();
      return { map, kept, timer };
    });
  }

  around(writer: Writer): Writer {
    return {
      emit: (event: OutputEvent) => {
        if (event.type === 'events_ended') this.end();
        writer.emit(event);
        if (event.type === 'ended') this.write(this.sampled.map(({ kept }) => kept.data()));
      },
      flush: () => writer.flush(),
    };
  }

  private async sample(map: ScriptMap, kept: MapOverTime<D>): Promise<void> {
    const reading = await map.readAside();
    if (!this.ended) kept.read(reading, Date.now());
  }

  /** The last reading: nothing is added any more. */
  private end(): void {
    this.ended = true;
    for (const { map, kept, timer } of this.sampled) {
      clearInterval(timer);
      kept.read(map.read(), Date.now());
    }
  }
}

/** tseries() keeps a window: it is read twice while an interval is in it. */
function periodOf({ value }: ManifestMap): number {
  if (value.kind !== 'aggregate' || value.name !== 'tseries') return EVERY_MS;
  const [intervalNs, count] = (value as AggregateType).parameters;
  return Math.min(EVERY_MS, Math.max(LEAST_MS, Number((intervalNs! * count!) / 2_000_000n)));
}
