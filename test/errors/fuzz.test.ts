// compile() answers with output or with errors, whatever it is given, within a second: never an exception, never neither.
// `npm run test:random -- --what damaged` tries more.

import t, { type Test } from 'tap';
import { answerTo, damages, type Damage } from './answer.js';
import { mutants, random } from './mutate.js';

const SCRIPTS = 800;
const MOST_MS = 1000;
/** where `unroll` or macros that use macros make a short script long: it is refused above 64,000 operations, which take about a second (L0105) */
const MOST_GROWN_MS = 2500;
const grows = (text: string): boolean => /unroll|(?:macro .*){10}/s.test(text);
/** The first scripts also pay for what is read once */
const WARM = 20;

for (const [i, damage] of damages.entries()) {
  const seed = 101 * (i + 1);
  t.test(`${damage.title}, seed ${seed}`, async (t) => {
    const compiled = tryAll(t, damage.texts(random(seed), SCRIPTS), damage);
    t.ok(compiled < SCRIPTS && (damage.texts !== mutants || compiled > SCRIPTS / 20), `${compiled} of ${SCRIPTS} compile`);
  });
}

/** How many of them compile. */
function tryAll(t: Pick<Test, 'fail'>, texts: Iterable<string>, damage: Damage): number {
  let compiled = 0;
  let tried = 0;
  for (const text of texts) {
    const answer = answerTo(text, damage);
    if (answer.compiled) compiled++;
    if (answer.wrong !== undefined) t.fail(`${answer.wrong}:\n${text}`);
    if (++tried > WARM && answer.ms > (grows(text) ? MOST_GROWN_MS : MOST_MS)) t.fail(`takes ${answer.ms.toFixed()} ms:\n${text}`);
  }
  return compiled;
}
