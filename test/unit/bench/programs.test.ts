// Every script of the bench has a twin in C that is attached to the same places.

import t from 'tap';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { programs } from '../../../bench/programs.js';

const folder = fileURLToPath(new URL('../../../bench/c/', import.meta.url));

for (const { name, script, bpftrace } of programs) {
  t.test(name, async (t) => {
    const file = `${folder}${name}.bpf.c`;
    if (!existsSync(file)) return void t.fail(`${name}.bpf.c is missing`);
    const sections = [...readFileSync(file, 'utf8').matchAll(/SEC\("tracepoint\/(\w+)\/(\w+)"\)/g)].map(([, category, event]) => `tracepoint:${category}:${event}`);
    const probesOf = (text: string): string[] => text.match(/tracepoint:\w+:\w+/g) ?? [];
    t.same(probesOf(script), sections);
    if (bpftrace !== undefined) t.same(probesOf(bpftrace), sections);
  });
}

t.test('no C file is left over', async (t) => {
  const names = readdirSync(folder).filter((file) => file.endsWith('.bpf.c')).map((file) => file.slice(0, -'.bpf.c'.length));
  t.same(names.sort(), programs.map(({ name }) => name).sort());
});
