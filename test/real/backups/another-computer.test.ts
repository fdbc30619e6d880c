/** A backup of a chat, restored in the empty home of another computer: real Electron, real CachiBot. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { quitApp, runApp, startApp, temporaryFolder } from '../../drivers/electron-app';
import { openChat, say, settledUi } from '../../drivers/user-journey';

const LIMIT = { timeout: 60_000 };
const answerTo = (ui: Page, text: string) => ui.getByText(`You said: ${text}`).first().waitFor(LIMIT);

it('brings the login, the chats and what is typed, and they can be used', { timeout: 180_000 }, async () => {
  const { home, app, ui, setting } = await openChat();
  const other = temporaryFolder();
  const file = join(other, 'all.cachibot-backup');
  await say(ui, 'Good morning');
  await answerTo(ui, 'Good morning');
  const box = (page: Page) => page.getByPlaceholder(/^Message CachiBot/);
  await box(ui).fill('a draft');
  await expect.poll(() => ui.evaluate(() => JSON.stringify(localStorage))).toContain('a draft');
  await quitApp(app);
  expect(await runApp({ ...setting, args: ['--backup', file] })).toMatchObject({ code: 0 });
  for (const name of ['.cachibot', '.cachibot.toml', '.config', '.prompture', 'CachiBot'])
    rmSync(join(home, name), { recursive: true, force: true });

  const moved = { ...setting, home: other };
  expect(await runApp({ ...moved, args: ['--restore', file] })).toMatchObject({ code: 0 });
  const again = await settledUi(await startApp(moved), other);
  await again.locator('.sidebar-chat-item', { hasText: 'Good morning' }).click(LIMIT);
  await answerTo(again, 'Good morning');
  await expect.poll(() => box(again).inputValue()).toBe('a draft');
  await say(again, 'Good evening');
  await answerTo(again, 'Good evening');
});
