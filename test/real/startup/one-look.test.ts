/** The screen during a start, with the real server: one still splash, then the page that can be used. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import {
  outputFolder,
  python,
  quitApp,
  serverScript,
  shownUi,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { type Frame, openRecordedScreen, type Part } from '../../drivers/screen-recorder';
import { BUTTON_WIDTH, BUTTONS, buttonsOf, TITLE_BAR } from '../../drivers/title-bar';
import { makeAccount } from '../../drivers/user-journey';

const INTERVAL_MS = 100;
/** The colour of most pixels of the splash in light. */
const SPLASH = 0xf7f7f9;

it('shows one still splash until the page can be used; the buttons of the window stay once they are drawn', {
  timeout: 400_000,
}, async () => {
  const home = temporaryFolder();
  const screen = await openRecordedScreen();
  const setting = { home, server: [python(), serverScript], env: screen.env };
  const first = await startApp(setting);
  await makeAccount(first, home);
  await quitApp(first);

  const stop = screen.record(INTERVAL_MS);
  const app = await startApp(setting);
  const ui = await shownUi(app);
  expect(await ui.locator('.chat-textarea').isEnabled(), 'shown when the user can write').toBe(true);
  await new Promise(resolve => setTimeout(resolve, 5 * INTERVAL_MS));
  const { x, y, width, height } = await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]!.getBounds(),
  );
  const looks = stop().map(frame => lookAt(frame, { x, y, width, height }));
  const page = looks.at(-1)!;
  const shown = looks.slice(looks.findIndex(({ ground }) => ground === SPLASH));
  expect(shown[0]?.ground, 'the splash').toBe(SPLASH);
  const drawn = shown.findIndex(({ buttons }) => buttons === BUTTONS);
  for (const look of [shown[drawn] ?? page, page])
    look.frame.save(join(outputFolder(), `start-${look === page ? 'page' : 'splash'}.png`));
  const lacksButtons = shown.map(({ buttons }, at) => at > drawn && buttons < BUTTONS);
  const odd = shown.filter(
    // A frame is read while the screen may be drawn, so one alone may lack buttons.
    ({ ground }, at) => ![SPLASH, page.ground].includes(ground) || (lacksButtons[at] && lacksButtons[at - 1]),
  );
  for (const { frame } of odd) frame.save(join(outputFolder(), `start-odd-${Math.round(frame.atMs)}.png`));
  const found = odd.map(
    ({ frame, ground, buttons }) => `${Math.round(frame.atMs)} ms: ${ground.toString(16)}, ${buttons} buttons`,
  );
  expect(found.join('; ')).toBe('');
  expect(
    shown.findLastIndex(({ ground }) => ground === SPLASH),
    'the page stays',
  ).toBeLessThan(shown.findIndex(({ ground }) => ground === page.ground));

  expect(await ui.evaluate(() => document.activeElement?.className), 'the focus').toContain('chat-textarea');
  expect(await topmostAtButtons(ui), 'above a dialog of the page').toEqual(['Minimize', 'Maximize', 'Close']);
});

interface Look {
  frame: Frame;
  /** The colour of most pixels below the title bar, 0xRRGGBB. */
  ground: number;
  /** Buttons in the title bar. They are drawn with the splash, which takes a moment on a busy machine. */
  buttons: number;
}

function lookAt(frame: Frame, { x, y, width, height }: Part): Look {
  const content = frame.colours(x, y + TITLE_BAR, width, height - TITLE_BAR);
  const [[ground] = [0]] = [...content].sort((a, b) => b[1] - a[1]);
  return { frame, ground, buttons: buttonsOf(frame, { x, y, width }) };
}

/** Opens a dialog of CachiBot's page. @returns the labels of what lies on top at the places of the window's buttons */
async function topmostAtButtons(ui: Page): Promise<(string | undefined)[]> {
  await ui.locator('.bot-rail__avatar-btn', { hasText: 'Create Bot' }).click();
  await ui.locator('.dialog__backdrop').waitFor();
  return ui.evaluate(width => {
    const places = [3, 2, 1].map(place => innerWidth - (place - 0.5) * width);
    return places.map(x => document.elementFromPoint(x, 10)?.closest('button')?.ariaLabel ?? undefined);
  }, BUTTON_WIDTH);
}
