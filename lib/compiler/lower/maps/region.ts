// What is known at a place of the program because every way there has been through it: keys that lie in memory already,
// elements that were found.
//
//   idea   lowering follows the script's structure, so "every way there" is a stack of layers: an arm of a branch gets a layer of its
//          own that goes with it. A condition's layer stays for the arm it guards.

import type { Value } from '../../../model/ir/ir.js';
import type { Place } from '../../../language/record.js';

export class Region {
  private readonly layers: Map<string, Place | Value>[] = [new Map()];

  private find(key: string): Place | Value | undefined {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const found = this.layers[i]!.get(key);
      if (found) return found;
    }
    return undefined;
  }

  key(text: string): Place | undefined {
    return this.find(`key ${text}`) as Place | undefined;
  }

  noteKey(text: string, place: Place): void {
    this.layers.at(-1)!.set(`key ${text}`, place);
  }

  /** An element that is there, by map and key. */
  element(map: string, key: string): Value | undefined {
    return this.find(`element ${map} ${key}`) as Value | undefined;
  }

  noteElement(map: string, key: string, element: Value): void {
    this.layers.at(-1)!.set(`element ${map} ${key}`, element);
  }

  /** After a write: elements of this map may have come, gone or moved. */
  forget(map: string): void {
    for (const layer of this.layers) for (const key of layer.keys()) if (key.startsWith(`element ${map} `)) layer.delete(key);
  }

  /** After a loop: its body is another function, which may have written any map. */
  forgetElements(): void {
    for (const layer of this.layers) for (const key of layer.keys()) if (key.startsWith('element ')) layer.delete(key);
  }

  /** Runs `body`; what it learns is not known afterwards. */
  scoped(body: () => void): void {
    this.layers.push(new Map());
    body();
    this.layers.pop();
  }
}
