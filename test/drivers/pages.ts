/** Reads the pages of a running app through its debugging port; no test code runs in the app. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';

export type { Page };

export interface ShownPage {
  url: string;
  text: string;
}

const CONNECT_MS = 5_000;
const READ_MS = 2_000;
const CLOSE_MS = 300;

/**
 * Calls `use` with the pages that are open now.
 * @param address of the debugging port
 */
export async function withPages<Result>(address: string, use: (pages: Page[]) => Promise<Result>): Promise<Result> {
  // Loaded on first use, because it is slow to load and a run of a few scenarios imports every scenario file.
  const { chromium } = await import('playwright-core');
  const browser = await chromium.connectOverCDP(address, { timeout: CONNECT_MS });
  try {
    return await use(browser.contexts().flatMap(context => context.pages()));
  } finally {
    // Closes the connection, not the app. A closing page delays this by half a minute: do not wait for it.
    await within(browser.close(), undefined, CLOSE_MS);
  }
}

/** The text of each page; empty while it is loading, or if its process has exited or is suspended. */
export function shownPages(address: string): Promise<ShownPage[]> {
  return withPages(address, pages =>
    Promise.all(pages.map(async page => ({ url: page.url(), text: await within(textOf(page), '', READ_MS) }))),
  );
}

function textOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll('textarea')].map(({ value }) => value);
    return [document.body?.innerText ?? '', ...fields].join('\n').trim();
  });
}

/** The value of the promise if it resolves in time; otherwise `otherwise`. */
function within<Result>(promise: Promise<Result>, otherwise: Result, limitMs: number): Promise<Result> {
  return Promise.race([promise.catch(() => otherwise), pause(limitMs, otherwise, { ref: false })]);
}
