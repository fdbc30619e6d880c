/** A new profile shows the bots and chats of the database, once: real Electron, real CachiBot. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mainLog, quitApp, startApp } from '../../drivers/electron-app';
import { callApi, openChat, say, settledUi } from '../../drivers/user-journey';

const FILLED = 'cachibot-desktop:filled';

it('lists bots and chats after the profile was lost, but no chat that the user then deletes', {
  timeout: 300_000,
}, async () => {
  const { home, app: first, ui, setting } = await openChat();
  await say(ui, 'Good morning');
  await ui.getByText('You said: Good morning').first().waitFor({ timeout: 60_000 });
  const now = new Date().toISOString();
  const bot = { id: 'b1', name: 'Second bot', model: '', systemPrompt: 'x', createdAt: now, updatedAt: now };
  await callApi(ui, 'PUT', '/api/bots/b1', bot);
  await quitApp(first);

  const storage = join(home, '.config', 'CachiBot', 'Partitions', 'cachibot');
  renameSync(storage, `${storage}-lost`);
  rmSync(join(home, '.config', 'CachiBot', 'logs', 'main.log'));
  const second = await startApp(setting);
  const again = await settledUi(second, home);
  await again.getByText('Good morning').first().click({ timeout: 60_000 });
  await again.getByText('You said: Good morning').first().waitFor();
  const names = () =>
    again.evaluate(() =>
      JSON.parse(localStorage.getItem('cachibot-bots') ?? '{}').state.bots.map(({ name }: { name: string }) => name),
    );
  await expect.poll(names).toEqual(['CachiBot', 'Second bot']);
  expect(await again.evaluate(key => localStorage.getItem(key), FILLED)).toBe('done');
  await say(again, 'Still here');
  await again.getByText('You said: Still here').first().waitFor({ timeout: 60_000 });

  // Deleted in the page only, as an earlier version did.
  await again.evaluate(() =>
    localStorage.setItem('cachibot-chats', '{"state":{"chats":[],"messages":{}},"version":0}'),
  );
  await again.reload();
  await again.getByText('No chats yet').first().waitFor({ timeout: 60_000 });
  await again.waitForTimeout(3_000);
  expect(await again.getByText('No chats yet').count()).toBeGreaterThan(0);
  expect(mainLog(home)).not.toContain('the page has crashed');
});
