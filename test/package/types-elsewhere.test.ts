// The declarations of the library as older settings and bundlers see them.

import t from 'tap';
import { complaints, program, written } from '../helpers/consumer.js';

t.test('node16', async (t) => {
  t.equal(complaints({ 'app.mts': program, 'opens.ts': written }, { module: 'Node16', moduleResolution: 'Node16' }), '');
});

t.test('a bundler', async (t) => {
  t.equal(complaints({ 'app.ts': program, 'opens.ts': written }, { module: 'ESNext', moduleResolution: 'bundler' }), '');
});
