/** The question before a quit cuts off running work, on a real desktop. */
// @module-tag linux: uses electron-app.ts and desktop-session.ts

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import type { ElectronApi } from '../../../desktop/ipc/core/contract';
import { words } from '../../../desktop/words/en';
import { type DesktopSession, openDesktopSession, untilFocused } from '../../drivers/desktop-session';
import { recordDialogs } from '../../drivers/dialogs';
import {
  blockAt,
  diary,
  exitOf,
  pidsOf,
  runApp,
  shownUi,
  startApp,
  temporaryFolder,
  unblock,
  visibleWindows,
} from '../../drivers/electron-app';

const { quitQuestion, keepWorking, quit } = words.work;

/** Opens the app on a desktop, while an answer runs. */
async function openWhileAnswering() {
  const desktop = await openDesktopSession();
  const home = temporaryFolder();
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(profile, 'settings.json'), JSON.stringify({ runInBackground: 'off' }));
  const app = await startApp({ home, server: 'healthy', env: desktop.env });
  const ui = await shownUi(app);
  await untilFocused(app);
  blockAt(home, 'answer');
  return { desktop, home, app, ui, dialogs: await recordDialogs(app) };
}

type Way = (desktop: DesktopSession, app: ElectronApplication) => Promise<unknown>;

const WAYS: Record<string, Way> = {
  'Ctrl+W': desktop => desktop.press('ctrl+w'),
  'Ctrl+Q': desktop => desktop.press('ctrl+q'),
  'the window manager': desktop => desktop.press('alt+F4'),
  'the page’s close button': async (_desktop, app) =>
    (await shownUi(app)).evaluate(() => (window as unknown as { electronAPI: ElectronApi }).electronAPI.windowClose()),
  Quit: (_desktop, app) => app.evaluate(({ app }) => app.quit()),
};

it('asks before each way to quit, keeps working on Escape and Enter, and quits when the user says so', async () => {
  const { desktop, home, app, dialogs } = await openWhileAnswering();
  for (const [at, [name, way]] of Object.entries(WAYS).entries()) {
    await way(desktop, app);
    await expect.poll(async () => (await dialogs()).length, { message: name }).toBe(at + 1);
    await untilFocused(app, false);
    // A second quit while the question is open asks nothing more.
    await app.evaluate(({ app }) => app.quit());
    await desktop.press(at % 2 === 0 ? 'Escape' : 'Return');
    await expect.poll(async () => (await dialogs())[at], { message: name }).toEqual([quitQuestion, keepWorking]);
    expect(await visibleWindows(app), name).toHaveLength(1);
    await untilFocused(app);
  }
  expect(diary(home).map(({ event }) => event)).not.toContain('stop-requested');

  const exit = exitOf(app);
  await desktop.press('ctrl+q');
  await expect.poll(async () => (await dialogs()).length).toBe(Object.keys(WAYS).length + 1);
  await untilFocused(app, false);
  // The work ends, and the question stays harmless.
  unblock(home, 'answer');
  await desktop.press('Tab');
  await desktop.press('Return');
  expect(await exit, quit).toEqual({ code: 0, signal: null });
  expect(diary(home).map(({ event }) => event)).toContain('stop-requested');
  expect(pidsOf(home)).toEqual([]);
});

it('does not ask when an installer launches it to quit, also while the question is open', async () => {
  const { desktop, home, app, dialogs } = await openWhileAnswering();
  await desktop.press('ctrl+w');
  await expect.poll(async () => (await dialogs()).length).toBe(1);
  const exit = exitOf(app);
  expect(await runApp({ home, server: 'healthy', env: desktop.env, args: ['--quit'] })).toMatchObject({ code: 0 });
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(diary(home).map(({ event }) => event)).toContain('stop-requested');
  expect(pidsOf(home)).toEqual([]);
  // Without a running app there is nothing to do.
  expect(await runApp({ home, server: 'healthy', env: desktop.env, args: ['--quit'] })).toMatchObject({ code: 0 });
  expect(diary(home).filter(({ event }) => event === 'start')).toHaveLength(1);
});

it('does not ask at a signal, also while the question is open', async () => {
  const { desktop, app, dialogs } = await openWhileAnswering();
  await desktop.press('ctrl+w');
  await expect.poll(async () => (await dialogs()).length).toBe(1);
  await untilFocused(app, false);
  const exit = exitOf(app);
  app.process().kill('SIGTERM');
  expect(await exit).toEqual({ code: 0, signal: null });
});
