// --flame, --heatmap, --chart: the pages that a trace ends in.
//
//   order  what the pages need is read, and their files made, before anything is traced: a trace of an hour must not end in "no such file"

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { strerror } from '../../language/strerror.js';
import { TbpfError } from '../../model/diagnostics/errors.js';
import type { Manifest } from '../../model/layout/manifest.js';
import type { Source } from '../../model/source/source.js';
import { hasStackMaps, NO_STACK_MAPS, Sink, type Rendering, type Writer } from '../../runtime/output/index.js';
import type { ChartData, ChartMapData } from '../../runtime/output/over-time/chart-data.js';
import { chartOverTime, isChartMap } from '../../runtime/output/over-time/chart-over-time.js';
import { HeatOverTime, isHeatMap, type HeatData, type HeatMapData } from '../../runtime/output/over-time/heat-data.js';
import type { Before, FlameData } from '../../runtime/output/stacks/flame-data.js';
import { FlameWriter } from '../../runtime/output/stacks/flame-writer.js';
import { parseFolded } from '../../runtime/output/stacks/folded-text.js';
import type { Runner } from '../../trace/runner.js';
import type { CommandLine } from '../line/command-line.js';
import { Failure, status } from './failure.js';
import { OverTime } from './over-time.js';
import { titleOf } from './title.js';

/** A picture, or several. */
export interface Pictures {
  /** A writer that also draws. */
  around(writer: Writer, rendering: Rendering): Writer;
  /** The script's programs are loaded. */
  begin(runner: Runner): void;
}

type Line = Pick<CommandLine, 'flame' | 'heatmap' | 'chart' | 'diff' | 'format'>;

/** @param source  the script: its file is the pages' title, or the text of -e
 *  @param say  says what was written
 *  @throws Failure  nothing can be drawn, or not there */
export function openPictures(line: Line, manifest: Manifest, source: Pick<Source, 'name' | 'text'>, say: (text: string) => void): Pictures {
  const title = titleOf(source);
  const { maps } = manifest;
  if (line.flame !== undefined && !hasStackMaps(manifest)) throw nothing(`${NO_STACK_MAPS}: --flame has nothing to draw. Count stacks, as in @[kstack] = count().`);
  if (line.heatmap !== undefined && !maps.some(isHeatMap)) throw nothing('No map is a histogram: --heatmap has nothing to draw. Make one, as in @us = hist($us).');
  if (line.chart !== undefined && !maps.some(isChartMap)) throw nothing('No map has numbers: --chart has nothing to draw. Count something, as in @[comm] = count().');
  const pictures: Pictures[] = [];
  if (line.flame !== undefined) pictures.push(flame(line, line.flame, manifest, title, say));
  if (line.heatmap !== undefined) {
    const write = openPage('heatmap', line.heatmap);
    pictures.push(new OverTime<HeatMapData>(isHeatMap, (...given) => new HeatOverTime(...given), (shown) => {
      write({ title, maps: shown } satisfies HeatData);
      say(`Wrote ${line.heatmap!}: ${shown.map(aboutHeat).join(', ')}\n`);
    }));
  }
  if (line.chart !== undefined) {
    const write = openPage('chart', line.chart);
    pictures.push(new OverTime<ChartMapData>(isChartMap, chartOverTime, (shown) => {
      write({ title, maps: shown } satisfies ChartData);
      say(`Wrote ${line.chart!}: ${shown.map(aboutChart).join(', ')}\n`);
    }));
  }
  return {
    around: (writer, rendering) => pictures.reduce((inner, picture) => picture.around(inner, rendering), writer),
    begin: (runner) => pictures.forEach((picture) => picture.begin(runner)),
  };
}

function nothing(sentence: string): Failure {
  return new Failure(`ERROR: ${sentence}`, status.wrong);
}

function flame(line: Line, path: string, manifest: Manifest, title: string, say: (text: string) => void): Pictures {
  const before = line.diff === undefined ? undefined : readBefore(line.diff);
  const page = openPage('flame', path);
  const write = (data: FlameData): void => {
    page(data);
    say(wrote(path, data));
  };
  return { around: (writer, rendering) => new FlameWriter(writer, rendering, manifest, { title, before, printsMaps: line.format !== 'text', write }), begin: () => undefined };
}

/** The page with its data. Text of traced programs may hold `</script>`: JSON can say `<` in another way. */
export function pageOf(template: string, data: FlameData | HeatData | ChartData): string {
  return template.replace('/* data */', () => JSON.stringify(data).replaceAll('<', '\\u003c'));
}

function readBefore(path: string): Before {
  try {
    return { path, stacks: parseFolded(readFileSync(path, 'utf8'), path) };
  } catch (error) {
    if (error instanceof TbpfError) throw new Failure(`ERROR: --diff: ${error.message}`, status.wrong);
    throw new Failure(`ERROR: --diff: cannot read ${path}: ${reasonOf(error)}`, status.wrong);
  }
}

/** Makes the file of a page. @returns what writes it */
function openPage(name: 'flame' | 'heatmap' | 'chart', path: string): (data: FlameData | HeatData | ChartData) => void {
  const template = readFileSync(fileURLToPath(new URL(`pages/${name}.html`, import.meta.url)), 'utf8');
  const page = openSink(name, path);
  return (data) => {
    page.write(pageOf(template, data));
    page.close();
  };
}

function openSink(name: string, path: string): Sink {
  try {
    return Sink.openFile(path);
  } catch (error) {
    throw new Failure(`ERROR: --${name}: ${(error as TbpfError).message}`, status.wrong);
  }
}

function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return errno === undefined ? message : strerror(Math.abs(errno));
}

function wrote(path: string, { maps }: FlameData): string {
  return `Wrote ${path}: ${maps.map(({ name, stacks, root }) => `${name} ${root.v} in ${stacks} ${stacks === 1 ? 'stack' : 'stacks'}`).join(', ')}\n`;
}

function aboutHeat({ name, keys, times }: HeatMapData): string {
  return `${name} ${keys.reduce((sum, { total }) => sum + total, 0)} values in ${counted(times.length - 1, 'column')}`;
}

function aboutChart({ name, keys, times, views, otherKeys }: ChartMapData): string {
  if (views[0] === 'percentiles') return `percentiles of ${name} at ${counted(times.length, 'time')}`;
  return `${name} ${keys[0]?.name === '' ? '' : `${counted(keys.length + otherKeys, 'key')} `}at ${counted(times.length, 'time')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
