// The sentences for users that commits carry.

import t from 'tap';
import { changesIn, section } from '../../../scripts/changelog.js';

const bodies = `Why it was so.

FIX: ^C no longer hangs
and says why.
FEATURE: \`print(args)\` prints all.

Prose that mentions FIX: in the middle.
BREAKING: the option -x is gone

FIX: two things fit
FIX: hist() counts 0.
FIX: fentry knows void.
FIX: two things fit
`;

t.same(changesIn(bodies), [
  { kind: 'FIX', text: '^C no longer hangs and says why.' },
  { kind: 'FEATURE', text: '`print(args)` prints all.' },
  { kind: 'BREAKING', text: 'The option -x is gone.' },
  { kind: 'FIX', text: 'Two things fit.' },
  { kind: 'FIX', text: 'hist() counts 0.' },
  { kind: 'FIX', text: 'fentry knows void.' },
  { kind: 'FIX', text: 'Two things fit.' },
]);

t.equal(section('1.2.0', changesIn(bodies)), `## 1.2.0

### Changed so that scripts or programs may need a change

* The option -x is gone.

### New

* \`print(args)\` prints all.

### Mended

* ^C no longer hangs and says why.
* Two things fit.
* hist() counts 0.
* fentry knows void.
`);

t.equal(section('1.2.1', []), '## 1.2.1\n');
