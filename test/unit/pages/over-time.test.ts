// The pages of --heatmap and --chart in a browser: totals are the map's, keys and maps are chosen, cells and lines are read, nothing runs or is loaded that came
// from a traced program. The last test draws a known load.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { ChartData } from '../../../lib/runtime/output/over-time/chart-data.js';
import type { HeatData } from '../../../lib/runtime/output/over-time/heat-data.js';
import { withPageOf, withPictureOf } from '../../helpers/browser.js';
import { runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const evil = '<img src=x onerror="document.title=\'taken\'"></script><script>document.title="taken"</script>';
const start = Date.UTC(2026, 0, 1, 12);
const times = [0, 1, 2, 3, 4].map((second) => start + second * 1000);
const heat: HeatData = {
  title: evil,
  maps: [
    { name: '@us', times, otherKeys: 0, rows: [{ label: '[1]', min: '1', max: '1' }, { label: '[2, 4)', min: '2', max: '3' }, { label: '[4, 8)', min: '4', max: '7' }],
      keys: [{ name: evil, total: 30, cells: [0, 0, 10, 3, 2, 20] }, { name: 'web', total: 5, cells: [0, 2, 5] }] },
    { name: '@one', times, otherKeys: 0, rows: [{ label: '[0, 5)' }], keys: [{ name: '', total: 7, cells: [1, 0, 7] }] },
    { name: '@empty', times, otherKeys: 0, rows: [], keys: [] },
  ],
};
const chart: ChartData = {
  title: evil,
  maps: [
    { name: '@n', views: ['per second', 'in all'], times: times.slice(1), otherKeys: 0, adds: true,
      keys: [{ name: evil, total: 40, lines: [[10, 10, 0, 20], [10, 20, 20, 40]] }, { name: 'web', total: 6, lines: [[0, 1, 2, 3], [0, 1, 3, 6]] }] },
    { name: '@last', views: ['value'], times: times.slice(1), otherKeys: 2, adds: false, keys: [{ name: '', total: 3, lines: [[1, null, 2, 3]] }] },
    { name: '@empty', views: ['value'], times: [], otherKeys: 0, adds: false, keys: [] },
  ],
};

for (const [width, dark] of [[1400, false], [390, true]] as const) {
  t.test(`a heat map, ${width} pixels wide${dark ? ', dark' : ''}`, onThisMachine(), (t) => withPictureOf(t, 'heatmap', heat, { width, dark, ready: 'canvas' }, async (page) => {
    t.equal(await page.locator('#title').textContent(), evil, 'text stays text');
    t.equal(await page.title(), `@us · ${evil}`);
    t.equal(await page.locator('#totals').textContent(), '@us: 35 values in 4 s, most in a cell 20');
    t.ok((await page.evaluate('document.documentElement.scrollWidth')) as number <= width, 'nothing sticks out');
    const area = (await page.locator('.u-over').boundingBox())!;
    const click = (column: number, row: number): Promise<void> => page.locator('.u-over').click({ position: { x: area.width * (column + 0.5) / 4, y: area.height * (1 - (row + 0.5) / 3) } });
    await click(0, 0);
    t.match(await page.locator('#details').textContent(), /^\d\d:00:00 to \d\d:00:01, \[1\]: 10 of 15, 66\.67 %, p50 in \[1\], p90 in \[4, 8\), p99 in \[4, 8\)$/);
    await click(1, 1);
    t.match(await page.locator('#details').textContent(), /, \[2, 4\): 0 of 0, 0\.00 %$/);
    await page.selectOption('#keys', { index: 2 });
    t.equal(await page.locator('#totals').textContent(), '@us[web]: 5 values in 4 s, most in a cell 5');
    await page.click('#scale');
    t.equal(await page.locator('#scale').getAttribute('aria-pressed'), 'true');
    await click(0, 2);
    t.match(await page.locator('#details').textContent(), /, \[4, 8\): 5 of 5, 100\.00 %/);
    const pixel = `(() => { const c = document.querySelector('#graph canvas'); const at = (x, y) => [...c.getContext('2d').getImageData(x, y, 1, 1).data].join(); const o = document.querySelector('.u-over').getBoundingClientRect(), b = c.getBoundingClientRect(); const place = (col, row) => at((o.left - b.left + o.width * (col + 0.3) / 4) * devicePixelRatio, (o.top - b.top + o.height * (1 - (row + 0.2) / 3)) * devicePixelRatio); return [place(0, 2), place(2, 1)]; })()`;
    const [full, blank] = (await page.evaluate(pixel)) as [string, string];
    t.not(full, blank, 'a cell has a colour, a place where nothing was has none');
    await page.selectOption('#maps', { label: '@one' });
    t.equal(await page.locator('#totals').textContent(), '@one: 7 values in 4 s, most in a cell 7');
    t.notOk(await page.locator('#keys').isVisible(), 'one key is no choice');
    await page.selectOption('#maps', { label: '@empty' });
    t.equal(await page.locator('#totals').textContent(), '@empty is empty');
  }));

  t.test(`a chart, ${width} pixels wide${dark ? ', dark' : ''}`, onThisMachine(), (t) => withPictureOf(t, 'chart', chart, { width, dark, ready: 'canvas' }, async (page) => {
    t.equal(await page.locator('#title').textContent(), evil);
    t.equal(await page.locator('#totals').textContent(), '@n: 46 in all, 2 keys, 4 times in 3 s');
    t.ok((await page.evaluate('document.documentElement.scrollWidth')) as number <= width, 'nothing sticks out');
    t.same(await page.locator('#keys span').allTextContents(), [evil, 'web']);
    t.same(await page.locator('#keys b').allTextContents(), ['40', '6']);
    const area = (await page.locator('.u-over').boundingBox())!;
    const point = (index: number): Promise<void> => page.locator('.u-over').hover({ position: { x: Math.min(area.width - 1, area.width * index / 3), y: area.height / 2 } });
    await point(2);
    t.same(await page.locator('#keys b').allTextContents(), ['0', '2']);
    t.match(await page.locator('#details').textContent(), /^\d\d:00:03: .*, web 2$/);
    await page.selectOption('#views', { label: 'in all' });
    await point(3);
    t.same(await page.locator('#keys b').allTextContents(), ['40', '6']);
    await page.locator('#keys button').first().click();
    t.equal(await page.locator('#keys button').first().getAttribute('aria-pressed'), 'false');
    await point(1);
    t.match(await page.locator('#details').textContent(), /^\d\d:00:02: web 1$/, 'a key that is off is not read');
    await page.selectOption('#maps', { label: '@last' });
    t.equal(await page.locator('#totals').textContent(), '@last: 4 times in 3 s, 2 keys are not drawn');
    await point(1);
    t.same(await page.locator('#keys b').allTextContents(), ['–'], 'nothing was there');
    await page.selectOption('#maps', { label: '@empty' });
    t.equal(await page.locator('#totals').textContent(), '@empty is empty');
  }));
}

t.test('a known load: what the script clears is drawn as well', onThisMachine(), async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-over-time-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [heatPage, chartPage] = [join(folder, 'heat.html'), join(folder, 'chart.html')];
  writeFileSync(join(folder, 'load.pl'), 'for (1..4) { syscall(110) for 1..250; select(undef, undef, undef, 0.4); }');
  const script = 'tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { @h[comm] = hist(7); @n[comm] = count(); @s = sum(3); @a = avg(5); @k = lhist(5, 0, 10, 5); } interval:ms:300 { clear(@n); clear(@h); zero(@s); print(@k); clear(@k); }';
  const { stderr, status } = await runCommand(['--heatmap', heatPage, '--chart', chartPage, '-c', `perl ${join(folder, 'load.pl')}`, '-e', script]);
  t.equal(status, 0, stderr);
  t.match(stderr, /\nWrote \S+heat\.html: @h 1000 values in \d columns?, @k 1000 values in \d columns?\nWrote \S+chart\.html: @a at \d times?, @h 1 key at \d times?, percentiles of @k at \d times?, @n 1 key at \d times?, @s at \d times?\n$/);
  t.notMatch(readFileSync(heatPage, 'utf8'), /(?:src|href)=|url\(|@import/, 'nothing is loaded');
  await withPageOf(t, heatPage, { width: 1000, ready: 'canvas' }, async (page) => {
    t.match(await page.locator('#totals').textContent(), /^@h(\[perl\])?: 1,000 values in /);
    await page.selectOption('#maps', { label: '@k' });
    t.match(await page.locator('#totals').textContent(), /^@k: 1,000 values in /);
  });
  await withPageOf(t, chartPage, { width: 1000, ready: 'canvas' }, async (page) => {
    await page.selectOption('#maps', { label: '@n' });
    t.match(await page.locator('#totals').textContent(), /^@n: 1,000 in all, 1 key, /);
    await page.selectOption('#maps', { label: '@h' });
    t.match(await page.locator('#totals').textContent(), /^@h: 1,000 in all, 1 key, /);
    t.same(await page.locator('#views option').allTextContents(), ['p50', 'p90', 'p99', 'values per second']);
    await page.selectOption('#maps', { label: '@k' });
    t.match(await page.locator('#totals').textContent(), /^@k: \d+ times? in /, 'percentiles are no keys');
    t.same(await page.locator('#keys span').allTextContents(), ['p99', 'p90', 'p50']);
    t.same(await page.locator('#keys b').allTextContents(), ['9', '9', '9'], '5 lies in [5, 10)');
    await page.selectOption('#maps', { label: '@s' });
    t.match(await page.locator('#totals').textContent(), /^@s: 3,000 in all, /);
  });
});
