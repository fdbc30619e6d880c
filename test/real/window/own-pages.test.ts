/** The shell's own pages are for everybody: no fault that axe-core finds, in light and dark; keys; forced colours. */
// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectFlawless } from '../../drivers/accessibility';
import { outputFolder, pageAt, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { press } from '../../drivers/keys';
import { OWN_PAGES, openOwnPage } from '../../drivers/own-pages';

it('its pages have no fault, are drawn with forced colours, and do not move', { timeout: 120_000 }, async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  for (const row of OWN_PAGES) {
    const page = await openOwnPage(app, row);
    await expect.poll(() => page.evaluate(() => document.activeElement?.id), { message: row.name }).toBe(row.focus);
    await expectFlawless(page, row.except);
    const shot = (name: string) => page.screenshot({ path: join(outputFolder(), `own-${row.name}-${name}.png`) });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await shot(colorScheme);
    }
    await page.emulateMedia({ colorScheme: null, forcedColors: 'active', reducedMotion: 'reduce' });
    await shot('forced');
    expect(await buttonsWithoutEdge(page), row.name).toEqual([]);
    expect(await page.evaluate(() => document.getAnimations().length), `${row.name} moves`).toBe(0);
    await page.emulateMedia({ forcedColors: null, reducedMotion: null });
    if (row.name.startsWith('splash')) {
      expect(await page.evaluate(() => document.getAnimations().length), 'the splash is still').toBe(0);
    }
    await page.close();
  }
});

/** IDs of the visible buttons that forced colours leave without a border and without text: nobody sees them. */
const buttonsWithoutEdge = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('button')]
      .filter(button => button.offsetParent !== null && button.textContent === '')
      .filter(button => {
        const mark = getComputedStyle(button, '::before');
        return Number.parseFloat(mark.borderTopWidth) === 0 || mark.borderTopColor === 'rgba(0, 0, 0, 0)';
      })
      .map(({ id }) => id),
  );

it('Escape dismisses a notice', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  await shownUi(app);
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
  });
  const overlay = await pageAt(app, 'app://shell/overlay.html');
  await overlay.locator('#dismiss').waitFor();
  await expect.poll(() => overlay.evaluate(() => document.activeElement?.id)).toBe('dialog');
  await press(app, 'app://shell/overlay.html', 'Escape');
  await expect.poll(() => app.windows().filter(page => page.url().includes('/overlay.html')).length).toBe(0);
});
