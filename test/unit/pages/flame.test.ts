// The page of --flame in a browser: totals are the map's, frames are clicked and searched, nothing runs or is loaded that came from a traced program.

import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import type { FlameData } from '../../../lib/runtime/output/stacks/flame-data.js';
import { withPictureOf } from '../../helpers/browser.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const evil = '<img src=x onerror="document.title=\'taken\'"></script><script>document.title="taken"</script>';
const data: FlameData = {
  title: evil,
  maps: [
    { name: '@', stacks: 4, root: { n: 'all', v: 100, c: [
      { n: 'cat', k: 'part', v: 70, c: [{ n: 'main', k: 'user', v: 70, c: [{ n: 'read', k: 'user', v: 50, c: [{ n: 'vfs_read', k: 'kernel', v: 30 }] }, { n: 'JS:*hot app.js:1', k: 'jit', v: 20 }] }] },
      { n: evil, k: 'part', v: 30, c: [{ n: 'read', k: 'user', v: 30 }] },
    ] } },
    { name: '@other', stacks: 1, root: { n: 'all', v: 7, c: [{ n: 'write', k: 'user', v: 7 }] } },
  ],
};

const withPage = (t: Test, shown: FlameData, width: number, use: (page: Page) => Promise<void>): Promise<void> => withPictureOf(t, 'flame', shown, { width, ready: 'g.frame' }, use);

const frames = (page: Page, name: string) => page.locator(`g.frame[name="${name}"]`);
const widthOf = async (page: Page, name: string): Promise<number> => Number(await frames(page, name).first().locator('rect').getAttribute('width'));
/** Frames move for a moment. */
const settled = (page: Page): Promise<void> => page.waitForTimeout(500);

t.test('at 1,400 pixels', onThisMachine(), (t) => {
  return withPage(t, data, 1400, async (page) => {
    await settled(page);
    t.equal(await page.locator('#title').textContent(), evil, 'text stays text');
    t.equal(await page.title(), `@ · ${evil}`);
    t.equal(await page.locator('#totals').textContent(), '@: 100 in 4 stacks');
    t.equal(await page.locator('#legend').textContent(), 'usercompiled at run timekernelother parts of the key');
    const whole = await widthOf(page, 'all');
    t.ok(Math.abs((await widthOf(page, 'vfs_read')) / whole - 0.3) < 0.001, 'a frame is as wide as its share');

    await page.fill('#search', 'read');
    t.equal(await page.locator('#details').textContent(), '80 of 100 found, 80.00 %', 'what is found in what was found counts once');
    await page.fill('#search', '(');
    t.equal(await page.locator('#details').textContent(), '0 of 100 found, 0.00 %', 'no pattern yet');

    await page.click('#reset');
    await frames(page, 'main').click();
    await settled(page);
    t.equal(await page.locator('#details').textContent(), 'main: 70, 70.00 % of all');
    t.ok(Math.abs((await widthOf(page, 'main')) - whole) < 1, 'what is clicked takes all the room');
    await page.click('#reset');
    await settled(page);
    t.ok(Math.abs((await widthOf(page, 'main')) / whole - 0.7) < 0.001, 'Reset shows all');

    await page.selectOption('#maps', { label: '@other' });
    t.equal(await page.locator('#totals').textContent(), '@other: 7 in 1 stack');
    const top = async (name: string): Promise<number> => (await frames(page, name).boundingBox())!.y;
    t.ok((await top('all')) < (await top('write')), 'top down');
    await page.click('#turn');
    t.ok((await top('all')) > (await top('write')), 'bottom up');
  });
});

t.test('on a phone', onThisMachine(), (t) => {
  return withPage(t, data, 390, async (page) => {
    t.ok((await page.evaluate('document.documentElement.scrollWidth')) as number <= 390, 'nothing sticks out');
  });
});

t.test('compared with an earlier trace', onThisMachine(), (t) => {
  const shown: FlameData = { title: 'x', before: 'old.folded', maps: [{ name: '@', stacks: 2, root: { n: 'all', v: 10, b: 100, c: [{ n: 'more', k: 'user', v: 6, b: 20 }, { n: 'less', k: 'user', v: 4, b: 80 }] } }] };
  return withPage(t, shown, 1000, async (page) => {
    const colour = async (name: string): Promise<string | null> => frames(page, name).locator('rect').getAttribute('fill');
    t.match(await colour('more'), /^hsl\(4 78%/, 'red: a larger share, though a smaller number');
    t.match(await colour('less'), /^hsl\(214 78%/, 'blue');
    t.match(await colour('all'), / 0% 84%/, 'grey: the same share');
    await frames(page, 'more').hover();
    t.equal(await page.locator('#details').textContent(), 'more: 6, 60.00 % of all; before 20, 20.00 % (+40.00 points)');
  });
});

t.test('a map with nothing in it', onThisMachine(), (t) => {
  return withPage(t, { title: 'x', maps: [{ name: '@', stacks: 0, root: { n: 'all', v: 0 } }] }, 1000, async (page) => {
    t.equal(await page.locator('#totals').textContent(), '@ is empty');
  });
});
