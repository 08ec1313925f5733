// What run-time halves of functions ask for about values (language/services.ts), from a manifest and a Rendering.

import type { Manifest } from '../../model/layout/manifest.js';
import type { Type } from '../../model/types/types.js';
import type { Services } from '../../language/services.js';
import { compileRecordFormat, recordReader, type ReadOptions } from '../collect/index.js';
import { compileJson, type Json } from './json.js';
import { compileText, type Text } from './text.js';
import { strftime } from './strftime.js';
import type { Rendering } from './rendering.js';

export type ValueServices = Pick<Services, 'recordReader' | 'recordFormat' | 'data' | 'formatText' | 'formatJson' | 'bootToRealtimeNs' | 'strftime'>;

/** How the manifest wants bytes to be read. */
export function readOptionsOf(manifest: Manifest): ReadOptions {
  const trailer = manifest.config['str_trunc_trailer'];
  return { truncationTrailer: typeof trailer === 'string' ? trailer : '..' };
}

export function valueServices(manifest: Manifest, rendering: Rendering): ValueServices {
  const options = readOptionsOf(manifest);
  const bare: Rendering = { ...rendering, data: (text) => text };
  const texts = new WeakMap<Type, Text>();
  const jsons = new WeakMap<Type, Json>();
  return {
    recordReader: (layout) => recordReader(layout, options),
    recordFormat: (layout, pieces, { raw = false } = {}) =>
      compileRecordFormat(layout, pieces, { textOf: (type) => compileText(type, raw ? bare : rendering) }, options),
    data: (text) => rendering.data(text),
    formatText: (type, value) => remembered(texts, type, () => compileText(type, rendering))(value),
    formatJson: (type, value) => remembered(jsons, type, () => compileJson(type, rendering))(value),
    bootToRealtimeNs: () => rendering.bootToRealtimeNs(),
    strftime,
  };
}

/** A type's formatter is built when its first value is formatted. */
function remembered<T>(known: WeakMap<Type, T>, type: Type, build: () => T): T {
  let made = known.get(type);
  if (made === undefined) known.set(type, made = build());
  return made;
}
