// @ts-check
import { setTimeout as pause } from 'node:timers/promises';

/** @typedef {import('./debugging-pipe.mjs').DebuggingPipe} DebuggingPipe */

const POLL_MS = 20;
const LIMIT_MS = 180_000;
/** CachiBot's page replaces its tree after a start, and with it typed text: a key that is lost has not arrived. */
const KEPT_MS = 300;
const TYPED = 'x';

/** Runs in the page. Finds the message box, or a field of the log-in or set-up form, that nothing covers. */
const FIELD = `[...document.querySelectorAll('textarea, form input:not([type]), form input[type=text], form input[type=password]')]
  .find(field => {
    const { left, top, width, height } = field.getBoundingClientRect();
    return width > 0 && !field.disabled && document.elementFromPoint(left + width / 2, top + height / 2) === field;
  })`;
const FOCUS = `(() => {
  const field = document.visibilityState === 'visible' ? ${FIELD} : undefined;
  const isFocused = field !== undefined && field === document.activeElement;
  field?.focus();
  return { found: field !== undefined, isFocused, text: field?.value ?? '' };
})()`;
const TEXT = `(${FIELD})?.value ?? ''`;
/** Whether CachiBot's page is connected to its server; undefined for a page that connects to none. */
const CONNECTED = `document.querySelector('.chat-status-bar__dot')?.matches('.chat-status-bar__dot--connected')`;

/**
 * @typedef {object} UsablePage
 * @property {number} usableAt time at which a key arrived, of `performance.now()`
 * @property {number} connectedAt time at which the page was connected, so that a message would be sent
 * @property {number | undefined} loadingAt time at which the page was first seen to load
 * @property {boolean} focusedItself the field had the focus by itself
 * @property {Page} page
 */

/** A page that is attached to. */
export class Page {
  /** @param {DebuggingPipe} pipe @param {string} session */
  constructor(pipe, session) {
    this.pipe = pipe;
    this.session = session;
  }

  /**
   * Returns the value of an expression, or of its promise.
   * @param {string} expression
   * @returns {Promise<any>}
   */
  async evaluate(expression) {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.pipe.send('Runtime.evaluate', options, this.session);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Presses a key that types a character. */
  async press(text = TYPED, key = text, code = 0) {
    const event = { text, key, windowsVirtualKeyCode: code };
    await this.pipe.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event }, this.session);
    await this.pipe.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: code }, this.session);
  }

  /** Inserts text where the focus is, as a paste does. @param {string} text */
  async insert(text) {
    await this.pipe.send('Input.insertText', { text }, this.session);
  }
}

/**
 * Waits for the page whose address starts with `address`.
 * @param {DebuggingPipe} pipe
 * @param {string} address
 * @returns {Promise<{ page: Page, at: number }>}
 */
export async function pageAt(pipe, address) {
  const limit = performance.now() + LIMIT_MS;
  while (performance.now() < limit) {
    const target = (await targetsOf(pipe)).find(({ url }) => url.startsWith(address));
    if (target !== undefined) {
      const at = performance.now();
      const { sessionId } = await pipe.send('Target.attachToTarget', { targetId: target.targetId, flatten: true });
      return { page: new Page(pipe, sessionId), at };
    }
    await pause(POLL_MS);
  }
  throw new Error(`There was no page at ${address}.`);
}

/**
 * Waits until the page's field is there and the page is connected, though it may be hidden.
 * @param {DebuggingPipe} pipe
 * @param {string} address
 */
export async function completePage(pipe, address) {
  const { page } = await pageAt(pipe, address);
  const limit = performance.now() + LIMIT_MS;
  while (performance.now() < limit) {
    const isComplete = await page.evaluate(`${FIELD} !== undefined && ${CONNECTED} !== false`).catch(() => false);
    if (isComplete && !(await isSplashShown(pipe))) return page;
    await pause(POLL_MS);
  }
  throw new Error('The hidden page was not completed.');
}

/**
 * Waits until the user can type into the page at `address`: its field is there, nothing covers it, no splash is shown,
 * and a key that is pressed arrives in it. Then waits until the page is connected.
 * @param {DebuggingPipe} pipe
 * @param {string} address
 * @returns {Promise<UsablePage>}
 */
export async function usablePage(pipe, address) {
  const { page, at } = await pageAt(pipe, address);
  const limit = performance.now() + LIMIT_MS;
  const needless = new AbortController();
  const connection = connectionOf(page, needless.signal);
  connection.catch(() => {}); // awaited below
  let seen = { found: false, isFocused: false, text: '' };
  while (performance.now() < limit) {
    // A page that navigates has no document to evaluate in.
    seen = (await page.evaluate(FOCUS).catch(() => undefined)) ?? seen;
    if (seen.found && !(await isSplashShown(pipe))) {
      const usableAt = await typeInto(page, seen.text).catch(() => undefined);
      if (usableAt !== undefined) {
        const connects = (await page.evaluate(CONNECTED)) !== undefined;
        if (!connects) needless.abort();
        const connectedAt = connects ? await connection : usableAt;
        return {
          usableAt,
          connectedAt: Math.max(usableAt, connectedAt),
          loadingAt: at,
          focusedItself: seen.isFocused,
          page,
        };
      }
    }
    await pause(POLL_MS);
  }
  const text = await page.evaluate('location.href + " " + document.body?.innerText.slice(0, 500)').catch(String);
  throw new Error(`The page could not be used: ${text}`);
}

/**
 * Returns the time at which the page is connected.
 * @param {Page} page
 * @param {AbortSignal} signal ends the wait
 */
async function connectionOf(page, signal) {
  const limit = performance.now() + LIMIT_MS;
  while (!signal.aborted && performance.now() < limit) {
    if (await page.evaluate(CONNECTED).catch(() => false)) return performance.now();
    await pause(POLL_MS);
  }
  throw new Error('The page was not connected.');
}

/**
 * @param {Page} page
 * @param {string} before text in the field
 * @returns {Promise<number | undefined>} when the key arrived; undefined if it was lost
 */
async function typeInto(page, before) {
  await page.press();
  for (let tries = 0; tries < 50; tries++) {
    if ((await page.evaluate(TEXT)).length > before.length) {
      const at = performance.now();
      await pause(KEPT_MS);
      return (await page.evaluate(TEXT)).length > before.length ? at : undefined;
    }
    await pause(2);
  }
  return undefined;
}

/** @param {DebuggingPipe} pipe */
async function isSplashShown(pipe) {
  return (await targetsOf(pipe)).some(({ url }) => url.endsWith('/splash.html'));
}

/** @param {DebuggingPipe} pipe @returns {Promise<{ targetId: string, type: string, url: string }[]>} */
async function targetsOf(pipe) {
  return (await pipe.send('Target.getTargets')).targetInfos;
}
