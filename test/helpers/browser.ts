// A page that tbpf draws, in headless Chromium. What goes wrong in it, and what it loads from elsewhere, fails the test.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { pageOf } from '../../lib/cli/output/pictures.js';
import { packageRoot } from './command.js';

const program = ['chromium-headless-shell', 'chromium'].map((name) => join('/usr/bin', name)).find((path) => existsSync(path));
const folder = mkdtempSync(join(tmpdir(), 'tbpf-page-'));
let browser: Browser | undefined;
t.teardown(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

export interface Look {
  readonly width: number;
  readonly dark?: boolean;
  /** what is there when the page has been drawn */
  readonly ready: string;
}

/** Calls back with a page open that tbpf draws from data: those of dist/pages. */
export function withPictureOf(t: Test, name: 'flame' | 'heatmap' | 'chart', data: Parameters<typeof pageOf>[1], look: Look, use: (page: Page) => Promise<void>): Promise<void> {
  const path = join(folder, 'page.html');
  writeFileSync(path, pageOf(readFileSync(join(packageRoot, `dist/pages/${name}.html`), 'utf8'), data));
  return withPageOf(t, path, look, use);
}

/** Calls back with the file of a page open. Afterwards nothing has failed in it, and nothing was loaded. */
export async function withPageOf(t: Test, path: string, { width, dark, ready }: Look, use: (page: Page) => Promise<void>): Promise<void> {
  if (program === undefined) return void t.plan(0, 'no chromium is installed (Debian: apt-get install chromium-headless-shell)');
  // a guest, which runs none of these tests, has no such package
  const { chromium } = await import('playwright-core');
  browser ??= await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: dark ? 'dark' : 'light' });
  page.setDefaultTimeout(20_000);
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('request', (request) => request.url().startsWith('file:') || wrong.push(`it loads ${request.url()}`));
  await page.goto(`file://${path}`);
  await page.waitForSelector(ready, { state: 'attached' }).catch((error: Error) => wrong.push(error.message));
  if (wrong.length === 0) await use(page);
  t.same(wrong, []);
  await page.close();
}
