/** The pages of a running app, seen from the outside through its debugging port: no code of the tests is in the app. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';

export type { Page };

export interface Shown {
  url: string;
  text: string;
}

const CONNECT_MS = 5_000;
const LOOK_MS = 2_000;
const CLOSE_MS = 300;

/**
 * Uses the pages that are open now.
 * @param address of the debugging port
 */
export async function withPages<Result>(address: string, use: (pages: Page[]) => Promise<Result>): Promise<Result> {
  // Takes long to load, and a run of a few scenarios imports the files of all.
  const { chromium } = await import('playwright-core');
  const browser = await chromium.connectOverCDP(address, { timeout: CONNECT_MS });
  try {
    return await use(browser.contexts().flatMap(context => context.pages()));
  } finally {
    // Closes the connection, not the app. A page that is closing keeps it open for half a minute: do not wait for that.
    await within(browser.close(), undefined, CLOSE_MS);
  }
}

/** What each page shows: no text for a page that is loading, or whose process is gone or stopped. */
export function shownPages(address: string): Promise<Shown[]> {
  return withPages(address, pages =>
    Promise.all(pages.map(async page => ({ url: page.url(), text: await within(textOf(page), '', LOOK_MS) }))),
  );
}

function textOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll('textarea')].map(({ value }) => value);
    return [document.body?.innerText ?? '', ...fields].join('\n').trim();
  });
}

/** What the promise resolves to in time; else `otherwise`. */
function within<Result>(promise: Promise<Result>, otherwise: Result, limitMs: number): Promise<Result> {
  return Promise.race([promise.catch(() => otherwise), pause(limitMs, otherwise, { ref: false })]);
}
