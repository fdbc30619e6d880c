/** Chromium's caches: where they are, and how large they become. On Windows the profile is copied at each sign-in. */
// @module-tag linux: uses electron-app.ts

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { quitApp, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { callApi, openChat, say } from '../../drivers/user-journey';

const MB = 2 ** 20;

/** All files in a folder; none if it does not exist. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

function bytesIn(folder: string): number {
  return filesIn(folder).reduce((sum, file) => sum + statSync(file).size, 0);
}

it('keeps the page’s compiled code outside of the profile, in the user’s folder for caches', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  // V8 stores its code when the same script runs again.
  for (let run = 0; run < 4; run++) {
    await ui.reload();
    await ui.addScriptTag({ url: '/cached?bytes=100000' });
  }
  expect(await quitApp(app)).toEqual({ code: 0, signal: null });
  expect(bytesIn(join(home, '.cache', 'CachiBot', 'Code Cache', 'js'))).toBeGreaterThan(20_000);
  // Chromium creates the files of an empty cache there.
  expect(bytesIn(join(home, '.config', 'CachiBot', 'Partitions', 'cachibot', 'Code Cache'))).toBeLessThan(1_000);
});

it('stores at most 32 MB of the server’s responses', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await ui.evaluate(async bytes => {
    for (let part = 0; part < 24; part++) await (await fetch(`/cached?part=${part}&bytes=${bytes}`)).text();
  }, 3 * MB);
  expect(await quitApp(app)).toEqual({ code: 0, signal: null });
  const stored = bytesIn(join(home, '.config', 'CachiBot', 'Partitions', 'cachibot', 'Cache'));
  expect(stored).toBeGreaterThan(10 * MB);
  expect(stored).toBeLessThan(32 * MB);
});

it('stores no text of a chat in Chromium’s caches, where it would outlive a deleted chat', async () => {
  const { home, app, ui } = await openChat();
  await say(ui, 'zyzzyva 4711');
  await ui.getByText('You said: zyzzyva 4711').first().waitFor({ timeout: 60_000 });
  const chats = '/api/bots/default/chats';
  const [chat] = await callApi(ui, 'GET', chats);
  expect(JSON.stringify(await callApi(ui, 'GET', `${chats}/${chat.id}/messages`))).toContain('You said: zyzzyva 4711');
  expect(await quitApp(app)).toEqual({ code: 0, signal: null });
  const profile = join(home, '.config', 'CachiBot');
  const cached = [...filesIn(profile), ...filesIn(join(home, '.cache'))].filter(file =>
    relative(home, file).toLowerCase().includes('cache'),
  );
  // The page's own files are stored.
  expect(cached.filter(file => readFileSync(file).includes('/assets/'))).not.toEqual([]);
  expect(cached.filter(file => readFileSync(file).includes('zyzzyva 4711'))).toEqual([]);
});
