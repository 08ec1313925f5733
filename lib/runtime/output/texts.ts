// The texts of values for one face: made once for each type.

import type { Type } from '../../model/types/types.js';
import type { Rendering } from './rendering.js';
import { compileText, type Text } from './text.js';

export class Texts {
  private readonly made = new WeakMap<Type, Text>();

  constructor(readonly rendering: Rendering) {}

  textOf(type: Type): Text {
    let text = this.made.get(type);
    if (text === undefined) this.made.set(type, (text = compileText(type, this.rendering)));
    return text;
  }
}
