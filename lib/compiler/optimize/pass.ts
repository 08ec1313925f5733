// What a pass is.

import type { Func } from '../../model/ir/ir.js';

export interface Pass {
  /** as in `-d ir:after=NAME` */
  readonly name: string;
  /** passes that must have run before; checked when the pipeline is built */
  readonly after: readonly string[];
  /** Changes `func` in place and keeps everything validateIr asks for; true when it changed anything. */
  run(func: Func): boolean;
}
