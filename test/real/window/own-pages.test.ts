/** The shell's own pages are for everybody: no fault that axe-core finds, in light and dark; keys; forced colours. */
// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Overlay, Screen } from '../../../desktop/window/core/screen';
import { words } from '../../../desktop/words/en';
import { expectFlawless } from '../../drivers/accessibility';
import { outputFolder, pageAt, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { press } from '../../drivers/keys';

const SLOW: Screen = {
  kind: 'splash',
  text: words.splash.stillLoading(644),
  note: words.splash.stoppedServer,
  slow: true,
};
const FAILURE: Screen = {
  kind: 'failure',
  ...words.failure.diskFull,
  lines: ['OSError: [Errno 28] No space left on device'],
  rollBack: words.rollBack.goBackTo('1.2.3'),
};
const HANGS: Overlay = {
  title: words.server.notResponding,
  text: words.server.notRespondingFor(25),
  busy: true,
  choices: ['wait', 'restart', 'logs'],
};
const NOTICE: Overlay = {
  title: words.page.crashed,
  text: words.page.draftRestored,
  busy: false,
  choices: ['dismiss'],
};

interface Row {
  name: string;
  /** The page's file, with its query. */
  page: string;
  size: [width: number, height: number];
  /** An event that the shell sends to it. */
  event?: { name: 'screen' | 'overlay' | 'find'; value: unknown };
  /** ID of the element that has the focus. */
  focus: string;
  /** Rules of axe-core that are for whole pages. */
  except?: string[];
}

const BAR = '?title-bar';
const ROWS: readonly Row[] = [
  { name: 'splash', page: `splash.html${BAR}`, size: [900, 600], focus: '' },
  { name: 'splash-slow', page: 'splash.html', size: [720, 520], event: { name: 'screen', value: SLOW }, focus: '' },
  {
    name: 'failure',
    page: 'failure.html',
    size: [780, 560],
    event: { name: 'screen', value: FAILURE },
    focus: 'retry',
  },
  {
    name: 'overlay',
    page: `overlay.html${BAR}`,
    size: [900, 600],
    event: { name: 'overlay', value: HANGS },
    focus: 'dialog',
  },
  {
    name: 'notice',
    page: 'overlay.html',
    size: [720, 520],
    event: { name: 'overlay', value: NOTICE },
    focus: 'dialog',
  },
  {
    name: 'find',
    page: 'find.html',
    size: [400, 56],
    event: { name: 'find', value: { text: 'needle' } },
    focus: 'text',
    except: ['landmark-one-main', 'page-has-heading-one'],
  },
  { name: 'password-new', page: 'password.html?encrypt', size: [460, 350], focus: 'first' },
  { name: 'password', page: 'password.html?open', size: [460, 240], focus: 'first' },
];

/** Opens a page of the shell in a window of its own, as its window or view does. */
async function open(app: ElectronApplication, { page, size: [width, height], event }: Row): Promise<Page> {
  const url = `app://shell/${page}`;
  const preload = join(__dirname, '../../../out/preload.js');
  await app.evaluate(
    async ({ BrowserWindow }, { url, width, height, preload, event }) => {
      const webPreferences = { preload, sandbox: true };
      const window = new BrowserWindow({ width, height, frame: false, useContentSize: true, webPreferences });
      await window.loadURL(url);
      if (event) window.webContents.send(event.name, event.value);
    },
    { url, width, height, preload, event },
  );
  return pageAt(app, url);
}

it('its pages have no fault, are drawn with forced colours, and do not move', { timeout: 120_000 }, async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  for (const row of ROWS) {
    const page = await open(app, row);
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
