/** A user's hand on the mouse, and the menus that it opens. */

import type { ElectronApplication, Page } from 'playwright-core';
import { until } from './poll';

/** The centre of an element on the screen, in a window of the app or in a view of one. */
export async function placeOf(app: ElectronApplication, page: Page, selector: string): Promise<[number, number]> {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} is not visible.`);
  const { x, y } = await app.evaluate(({ BrowserWindow, WebContentsView }, url) => {
    for (const window of BrowserWindow.getAllWindows()) {
      const area = window.getContentBounds();
      if (window.webContents.getURL() === url) return area;
      const views = window.contentView.children.filter(one => one instanceof WebContentsView);
      const view = views.find(one => one.webContents.getURL() === url)?.getBounds();
      if (view) return { x: area.x + view.x, y: area.y + view.y };
    }
    throw new Error(`No window shows ${url}.`);
  }, page.url());
  return [Math.round(x + box.x + box.width / 2), Math.round(y + box.y + box.height / 2)];
}

/** Time after which a user acts again. */
const PATIENCE_MS = 3_000;
/** Time limit for the effect of all attempts together. */
const EFFECT_MS = 10_000;

/**
 * Presses a key or a button, again if it has no effect: Chromium ignores input at some moments, for example while a
 * menu closes and before a new page has painted. A second time must do no harm.
 */
export async function untilEffect(what: string, act: () => Promise<void>, hasEffect: () => unknown): Promise<void> {
  let next = 0;
  const check = async () => {
    if (await hasEffect()) return true;
    if (performance.now() < next) return false;
    await act();
    next = performance.now() + PATIENCE_MS;
    return false;
  };
  await until(what, check, { limitMs: EFFECT_MS });
}

export interface Menus {
  /** Waits until a menu is open. @returns its labels */
  opened(): Promise<string[]>;
  /** Waits until no menu is open. */
  closed(): Promise<void>;
  /** The labels of the last menu that has opened since the last call. */
  last(): Promise<string[]>;
}

interface State {
  labels: string[];
  open: number;
}

/** Records the menus that open from now on. They are shown as usual. */
export async function recordMenus(app: ElectronApplication): Promise<Menus> {
  await app.evaluate(({ Menu }) => {
    const menus: State = { labels: [], open: 0 };
    Object.assign(globalThis, { menus });
    const popup = Menu.prototype.popup;
    Menu.prototype.popup = function show(options) {
      menus.labels = this.items.map(({ label }) => label);
      this.once('menu-will-show', () => menus.open++);
      this.once('menu-will-close', () => menus.open--);
      popup.call(this, options);
    };
  });
  const state = () => app.evaluate(() => (globalThis as unknown as { menus: State }).menus);
  return {
    opened: () => until('an open menu', async () => ((await state()).open > 0 ? (await state()).labels : undefined)),
    closed: () => until('no open menu', async () => (await state()).open === 0).then(() => {}),
    async last() {
      const { labels } = await state();
      await app.evaluate(() => Object.assign((globalThis as unknown as { menus: State }).menus, { labels: [] }));
      return labels;
    },
  };
}
