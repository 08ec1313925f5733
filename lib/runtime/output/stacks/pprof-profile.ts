// Samples as a profile for pprof, Grafana, Polar Signals and others: profile.proto of github.com/google/pprof, compressed.
//
//   in     samples by map
//   out    bytes of a gzip file
//   idea   a map is a type of sample; a sample has a value for each type, and 0 for those of other maps. A part of the key besides the stacks is an outermost
//          frame, as in the folded form, and a label of the sample, by which pprof chooses samples (-tagfocus)
//   facts  locations stand innermost first. Addresses are those of the traced process: frames have their names already, so pprof looks up none

import { gzipSync } from 'node:zlib';
import { Function, Label, Line, Location, Mapping, Profile, Sample, StringTable, ValueType } from 'pprof-format';
import type { SampleFrame, StackSample } from './stack-samples.js';

/** @param timeNs  when tracing ended, of the clock since 1970 */
export function pprofProfile(maps: ReadonlyMap<string, readonly StackSample[]>, timeNs: bigint): Uint8Array {
  const builder = new Builder();
  const names = [...maps.keys()];
  const samples = names.flatMap((name, index) => maps.get(name)!.map((sample) => builder.sample(sample, index, names.length)));
  return gzipSync(builder.profile(names, samples, timeNs).encode());
}

class Builder {
  private readonly strings = new StringTable();
  private readonly functions = new Map<string, Function>();
  private readonly locations = new Map<string, Location>();
  private readonly mappings = new Map<string, Mapping>();

  sample({ frames, weight }: StackSample, map: number, maps: number): Sample {
    const parts = frames.filter(({ kind }) => kind === 'part');
    return new Sample({
      locationId: frames.map((frame) => this.location(frame)).reverse(),
      value: Array.from({ length: maps }, (_, index) => (index === map ? weight : 0n)),
      label: parts.map(({ text }, index) => new Label({ key: this.text(`key${index + 1}`), str: this.text(text) })),
    });
  }

  profile(maps: readonly string[], sample: Sample[], timeNs: bigint): Profile {
    return new Profile({
      sampleType: maps.map((name) => new ValueType({ type: this.text(name), unit: this.text('count') })),
      sample, mapping: [...this.mappings.values()], location: [...this.locations.values()], function: [...this.functions.values()],
      timeNanos: timeNs, stringTable: this.strings,
    });
  }

  private location({ kind, inlined, text, frame }: SampleFrame): number {
    const place = frame === undefined ? '' : `${frame.address.toString(16)} ${frame.source?.line ?? ''}`;
    return numbered(this.locations, `${kind} ${inlined} ${place} ${frame?.module ?? ''} ${text}`, (id) => new Location({
      id, mappingId: this.mapping(frame?.module ?? (kind === 'kernel' ? '[kernel]' : undefined)), address: frame?.address ?? 0n,
      line: [new Line({ functionId: this.function(text, frame?.source?.file ?? ''), line: frame?.source?.line ?? 0 })],
    }));
  }

  private function(name: string, file: string): number {
    return numbered(this.functions, `${name} ${file}`, (id) => new Function({ id, name: this.text(name), systemName: this.text(name), filename: this.text(file) }));
  }

  /** 0: in no file */
  private mapping(file: string | undefined): number {
    if (file === undefined) return 0;
    return numbered(this.mappings, file, (id) => new Mapping({ id, filename: this.text(file), hasFunctions: true }));
  }

  private text(text: string): number {
    return this.strings.dedup(text);
  }
}

/** The number of what has a key, counted from 1; what is new is made. */
function numbered<T>(made: Map<string, T & { id: number | bigint }>, key: string, make: (id: number) => T & { id: number | bigint }): number {
  let found = made.get(key);
  if (found === undefined) made.set(key, found = make(made.size + 1));
  return Number(found.id);
}
