// The playground in a browser: a script is typed, its mistake is underlined, it is mended, and made-up events are counted truly; all examples of docs/language.md do
// what the document says.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { examplesOf } from '../../../scripts/language-examples.mjs';
import type { Page } from 'playwright-core';
import { withPageOf } from '../../helpers/browser.js';
import { packageRoot } from '../../helpers/command.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const page = join(packageRoot, 'dist/playground/index.html');
const examples = examplesOf(readFileSync(join(packageRoot, 'docs/language.md'), 'utf8'));
const wrong = 'tracepoint:syscalls:sys_enter_read\n{\n  @bytes[comm] = hist(args.cuont);\n  printf("%d\\n", args.count);\n}\n';

const typeScript = async (page: Page, text: string, state: RegExp): Promise<void> => {
  await page.fill('#script', text);
  await page.locator('#state[aria-busy="false"]').filter({ hasText: state }).waitFor();
};
const field = (label: string): string => `.probe label:has-text("${label}") input`;

for (const [width, dark] of [[1400, false], [390, true]] as const) {
  t.test(`a script is typed, mended and fired, ${width} pixels wide${dark ? ', dark' : ''}`, onThisMachine(), (t) => withPageOf(t, page, { width, dark, ready: '.probe' }, async (page) => {
    await typeScript(page, wrong, /^1 error$/);
    t.equal(await page.locator('#paint .error').textContent(), 'cuont', 'what is wrong is underlined');
    t.match(await page.locator('#messages').textContent(), /^line 3, column 28: .*'cuont'.*Did you mean 'count'\?.*error T0311$/);
    t.equal(await page.locator('.probe').count(), 0, 'nothing can be fired');
    await page.locator('#messages button').click();
    t.equal(await page.evaluate('getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)'), 'cuont', 'a message leads to its place');
    t.ok((await page.evaluate('document.documentElement.scrollWidth')) as number <= width, 'nothing sticks out');
    const [inks, typed] = await page.evaluate(`['paint', 'script'].map((id) => { const { font, padding, lineHeight } = getComputedStyle(document.getElementById(id)); return [font, padding.split(' ')[0], lineHeight].join(); })`) as string[];
    t.equal(inks, typed, 'the colours lie under the letters');

    await typeScript(page, wrong.replace('cuont', 'count'), /^compiled to \d+ instructions$/);
    t.equal(await page.locator('#paint .error').count(), 0);
    for (const [view, text] of [['Instructions', /: \d+ instructions\n.*r\d/s], ['IR', /\bfunc|block|call\b/], ['Types', /@bytes\[string.*\]: .*hist/], ['Tree', /sys_enter_read/], ['Layout', /^map .*: ringbuf/m]] as const) {
      await page.getByRole('tab', { name: view, exact: true }).click();
      t.match(await page.locator('#stage').textContent(), text, view);
    }
    await page.getByRole('tab', { name: 'Run' }).click();

    await page.fill('#world label:has-text("comm") input', 'cat');
    for (const [count, times] of [['10', '3'], ['100', '2']] as const) {
      await page.fill(field('count'), count);
      await page.fill(field('times'), times);
      await page.locator('.probe button').click();
    }
    t.equal(await page.locator('#output').textContent(), '10\n10\n10\n100\n100\n');
    t.match(await page.locator('#maps').textContent(), /^@bytes\[cat\]:\s*\n\[8, 16\) +3 \|@+\|\n\[16, 32\) +0 \|.*\n\[32, 64\) +0 \|.*\n\[64, 128\) +2 \|@+ +\|$/);
    t.equal(await page.locator('#count').textContent(), '5 events fired');
    await page.click('#again');
    t.equal(await page.locator('#maps').textContent(), '');

    await page.fill(field('count'), 'many');
    await page.locator('.probe button').click();
    t.match(await page.locator('.probe .wrong').textContent(), /^count: a number, and not many$/, 'what does not fit is said');
    await page.fill(field('times'), '1000000');
    await page.locator('.probe button').click();
    t.equal(await page.locator('.probe .wrong').textContent(), 'times: a number from 1 to 10000');
  }));
}

interface Shown {
  readonly written: string;
  readonly messages: readonly string[];
  readonly probes: number;
  readonly wrong: readonly string[];
  readonly printed: string;
}
/** Chooses each example as a click does, fires each probe, ends it. */
const inPage = `[...document.querySelectorAll('#examples optgroup option')].map(({ value }) => value).sort((a, b) => a - b).map((value) => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const list = document.getElementById('examples');
  list.value = value;
  list.dispatchEvent(new Event('change'));
  const shown = { written: document.getElementById('script').value, messages: all('#messages button').map((each) => each.firstChild.textContent), probes: all('.probe').length };
  for (const button of all('.probe button')) button.click();
  const wrong = all('.probe .wrong').map((each) => each.textContent).filter((text) => text !== '');
  document.getElementById('end').click();
  return { ...shown, wrong, printed: document.getElementById('output').textContent + '\\n\\n' + document.getElementById('maps').textContent };
})`;
const told = (text: string): string => text.replace(/\n{2,}/g, '\n\n').trim();
t.test('the examples of docs/language.md', onThisMachine(), (t) => withPageOf(t, page, { width: 1400, ready: '.probe' }, async (page) => {
  t.equal(await page.locator('#examples optgroup option').count(), examples.length);
  const shown = await page.evaluate(inPage) as readonly Shown[];
  for (const [i, { line, kind, script, text }] of examples.entries()) {
    const { written, messages, wrong, probes, printed } = shown[i]!;
    t.equal(written, script, `line ${line}`);
    if (kind === 'refused') {
      t.match(messages[0], new RegExp(`^(line \\d+, column \\d+: )?${text!.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`), `line ${line}`);
      continue;
    }
    t.same(messages, [], `line ${line}`);
    t.same(wrong, [], `line ${line} is fired`);
    if (kind === 'text' && text !== undefined && probes === 0) t.equal(told(printed), told(text), `line ${line} prints`);
  }
}));

t.test('probes with wildcards, functions, what the machine lacks', onThisMachine(), (t) => withPageOf(t, page, { width: 1000, ready: '.probe' }, async (page) => {
  await typeScript(page, 'tracepoint:syscalls:sys_enter_* { @[probe] = count(); }', /^compiled/);
  await page.locator('.probe select').selectOption('tracepoint:syscalls:sys_enter_kill');
  await page.locator('.probe button').click();
  t.equal(await page.locator('#maps').textContent(), '@[tracepoint:syscalls:sys_enter_kill]: 1');
  await typeScript(page, 'tracepoint:syscalls:sys_enter_open* { @[probe] = count(); } kretprobe:vfs_* { @read[probe] = sum(retval); } kprobe:vfs_read { @arg = max(arg2); }', /^compiled/);
  t.same(await page.locator('.probe strong').allTextContents(), ['tracepoint:syscalls:sys_enter_openat', 'kretprobe:vfs_fsync', 'kretprobe:vfs_open', 'kretprobe:vfs_read', 'kretprobe:vfs_write', 'kprobe:vfs_read']);
  const of = (probe: string): ReturnType<Page['locator']> => page.locator('.probe').filter({ hasText: probe });
  await of('kretprobe:vfs_write').locator('label:has-text("retval") input').fill('7');
  await of('kretprobe:vfs_write').locator('label:has-text("times") input').fill('6');
  await of('kretprobe:vfs_write').getByRole('button').click();
  await of('kprobe:vfs_read').locator('label:has-text("arg2") input').fill('0x30');
  await of('kprobe:vfs_read').getByRole('button').click();
  t.match(await page.locator('#maps').textContent(), /@arg: 48/);
  t.match(await page.locator('#maps').textContent(), /@read\[kretprobe:vfs_write\]: 42/);

  await typeScript(page, 'uprobe:/bin/sh:main { @ = count(); }', /^1 error/);
  t.match(await page.locator('#messages').textContent(), /\/bin\/sh/);
  await typeScript(page, 'tracepoint:nosuch:event { @ = count(); }', /^1 error/);
  t.match(await page.locator('#messages').textContent(), /nosuch:event/);
  t.match(await page.locator('#machine summary').textContent(), /^What the machine of this page has: \d+ tracepoints, \d+ functions, some types of Linux 6\.18$/);

  await typeScript(page, 'begin{@=1;exit(3)}', /^compiled/);
  t.equal(await page.locator('#count').textContent(), '0 events fired, the script has ended with status 3');
  await page.click('#format');
  t.equal(await page.locator('#script').inputValue(), 'begin {\n  @ = 1;\n  exit(3)\n}\n');
  await typeScript(page, 'begin { system("x"); }', /^1 error/);
  await page.click('#unsafe');
  await page.locator('#state').filter({ hasText: /^compiled/ }).waitFor();
}));
