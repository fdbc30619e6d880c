// @ts-check
// The pages of a running app, seen from the outside through its debugging port: nothing of ours is within the app.
import { setTimeout as pause } from 'node:timers/promises';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ url: string, text: string }} Shown */

const CONNECT_MS = 5_000;
const LOOK_MS = 2_000;
const CLOSE_MS = 300;

/**
 * Uses the pages there are now.
 * @template Result
 * @param {string} address of the debugging port
 * @param {(pages: Page[]) => Promise<Result>} use
 * @returns {Promise<Result>}
 */
export async function withPages(address, use) {
  // Loaded here: whoever names this file may still have to install the packages.
  const { chromium } = await import('playwright-core');
  const browser = await chromium.connectOverCDP(address, { timeout: CONNECT_MS });
  try {
    return await use(browser.contexts().flatMap(context => context.pages()));
  } finally {
    // The connection, not the app. A page that is closing just now keeps it open for half a minute: not waited for.
    await within(browser.close(), undefined, CLOSE_MS);
  }
}

/**
 * What each page shows. One that is on its way elsewhere, or whose process is gone or stopped, shows nothing.
 * @param {string} address
 * @returns {Promise<Shown[]>}
 */
export function shownPages(address) {
  return withPages(address, pages =>
    Promise.all(pages.map(async page => ({ url: page.url(), text: await within(textOf(page), '', LOOK_MS) }))),
  );
}

/** @param {Page} page */
function textOf(page) {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll('textarea')].map(({ value }) => value);
    return [document.body?.innerText ?? '', ...fields].join('\n').trim();
  });
}

/**
 * What comes of it in time, or else the other value.
 * @template Result
 * @param {Promise<Result>} promise
 * @param {Result} otherwise
 * @param {number} limitMs
 */
function within(promise, otherwise, limitMs) {
  return Promise.race([promise.catch(() => otherwise), pause(limitMs, otherwise, { ref: false })]);
}
