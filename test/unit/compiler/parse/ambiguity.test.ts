// Every program of the corpus has exactly one reading.

import t from 'tap';
import { countReadings } from '../../../../lib/compiler/parse/index.js';
import { Source } from '../../../../lib/model/source/source.js';
import { corpus, parsed } from './corpus.js';

t.ok(corpus.length > 120, 'the corpus is there');
for (const { name, text } of corpus) {
  const readings = countReadings(new Source('stdin', text));
  t.equal(readings, 1, name);
  if (readings === 0) t.comment(parsed(text).messages);
}
