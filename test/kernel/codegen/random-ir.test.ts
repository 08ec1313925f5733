// Random IR on a kernel: its verifier accepts what is generated, and the program gives there what the IR gives in the interpreter.

import t from 'tap';
import { optimize } from '../../../lib/compiler/optimize/index.js';
import { writeObject } from '../../../lib/compiler/object/object.js';
import type { Module } from '../../../lib/model/ir/ir.js';
import { printModule } from '../../../lib/model/ir/text.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { rowsOf } from '../../helpers/rows-of-guest.js';
import { randomModule } from '../../random/ir-generator.js';
import { contextFor, interpret, objectOf } from '../../random/ir-run.js';

const SEEDS = 20;
const seeds = rowsOf(Array.from({ length: SEEDS }, (_, i) => i + 1), 3);

function runOnKernel(module: Module, context: Uint8Array): number {
  const object = loadNative().openObject(Buffer.from(writeObject(objectOf(module))), { name: 'random_ir' });
  try {
    object.load();
    return object.program('main')!.testRun({ ctxIn: context }).retval;
  } finally {
    object.close();
  }
}

t.test('random programs load and give what the interpreter gives', async (t) => {
  if (!needs(t, 'root', 'kernel>=5.10')) return;
  for (const seed of seeds) {
    const module = randomModule(seed, { size: 10 + seed * 5, variables: 3 + (seed % 12), repeatable: true });
    const context = contextFor(seed);
    const wanted = Number(interpret(module, context).retval & 0xffffffffn);
    const text = printModule(module);
    for (const how of ['plain', 'optimized']) {
      if (how === 'optimized') optimize(module, { check: true });
      try {
        t.equal(runOnKernel(module, context), wanted, `seed ${seed}, ${how}`);
      } catch (error) {
        t.fail(`seed ${seed}, ${how}: ${(error as Error).message}\n${(error as { log?: string }).log?.slice(-2000) ?? ''}`);
      }
      if (!t.passing()) {
        t.comment(text);
        return;
      }
    }
  }
});
