/** The page's storage is damaged between two starts: real Electron, whose Chromium would replace it by an empty one. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { mainLog, pageAt, quitApp, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { callApi, openChat, say, settledUi } from '../../drivers/user-journey';

const partitionIn = (home: string) => join(home, '.config', 'CachiBot', 'Partitions', 'cachibot');
const leveldbIn = (home: string) => join(partitionIn(home), 'Local Storage', 'leveldb');
const fileIn = (home: string, ending: string) =>
  join(leveldbIn(home), readdirSync(leveldbIn(home)).find(name => name.includes(ending)) ?? '');
const noticeOf = async (app: ElectronApplication) =>
  (await pageAt(app, 'app://shell/overlay.html')).locator('#text').textContent();
const copyIn = (home: string) => join(partitionIn(home), 'Local Storage copy');
/** Whether there is a copy that contains such a file. */
const copyHas = (home: string, ending: string) =>
  existsSync(copyIn(home)) && readdirSync(copyIn(home)).some(name => name.endsWith(ending));

function changeByteOfTable(home: string): void {
  const table = fileIn(home, '.ldb');
  const content = readFileSync(table);
  content[1000] = (content[1000] ?? 0) ^ 1;
  writeFileSync(table, content);
}

const DAMAGES: [what: string, damage: (home: string) => void][] = [
  ['a byte of a table is changed', changeByteOfTable],
  ['the list of tables is cut', home => truncateSync(fileIn(home, 'MANIFEST'), 50)],
  ['CURRENT is missing', home => rmSync(fileIn(home, 'CURRENT'))],
  [
    'another folder is in its place',
    home => {
      renameSync(leveldbIn(home), `${leveldbIn(home)}-gone`);
      mkdirSync(leveldbIn(home));
    },
  ],
];

it('restores the copy of damaged storage, keeps the damaged files, and says so', { timeout: 180_000 }, async () => {
  const home = temporaryFolder();
  const first = await startApp({ home, server: 'healthy' });
  // More than LevelDB keeps in its log.
  await (await shownUi(first)).evaluate(() => localStorage.setItem('chats', 'Good morning. '.repeat(20_000)));
  await quitApp(first);
  const second = await startApp({ home, server: 'healthy' });
  await shownUi(second);
  await expect.poll(() => copyHas(home, '.ldb')).toBe(true);
  await quitApp(second);

  for (const [number, [what, damage]] of DAMAGES.entries()) {
    damage(home);
    const app = await startApp({ home, server: 'healthy' });
    const ui = await shownUi(app);
    expect(await ui.evaluate(() => localStorage.getItem('chats')?.length), what).toBe(280_000);
    const kept = readdirSync(partitionIn(home)).filter(name => name.startsWith('Local Storage.bad-'));
    expect(kept, what).toHaveLength(number + 1);
    await expect
      .poll(() => noticeOf(app), { message: what })
      .toContain(join(partitionIn(home), kept.sort().at(-1) ?? ''));
    expect(mainLog(home).match(/the page’s storage was restored from/g), what).toHaveLength(number + 1);
    await quitApp(app);
  }
});

it('opens a log that is damaged in its middle when there is no copy, and keeps the rest', {
  timeout: 180_000,
}, async () => {
  const home = temporaryFolder();
  const first = await startApp({ home, server: 'healthy' });
  const page = await shownUi(first);
  // Each value is a record of its own, a third of a block of the log. Chromium begins another log after 64 kB.
  for (let number = 0; number < 5; number++) {
    await page.evaluate(n => localStorage.setItem(`chat ${n}`, 'Good morning. '.repeat(800)), number);
    await first.evaluate(({ session }) => session.fromPartition('persist:cachibot').flushStorageData());
    await page.waitForTimeout(50);
  }
  await quitApp(first);
  rmSync(copyIn(home), { recursive: true, force: true });
  const log = fileIn(home, '.log');
  const content = readFileSync(log);
  expect(content.length).toBeGreaterThan(50_000);
  content[20_000] = (content[20_000] ?? 0) ^ 1;
  writeFileSync(log, content);

  const second = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(second);
  const left = await ui.evaluate(() => Object.keys(localStorage).filter(key => key.startsWith('chat ')));
  expect(mainLog(home)).toContain(`the page’s storage is damaged: ${basename(log)} is damaged`);
  expect(left.sort(), 'without the rest of the damaged block').toEqual(['chat 0', 'chat 3', 'chat 4']);
  expect(readdirSync(partitionIn(home)).filter(name => name.includes('.bad-'))).toEqual([]);
});

/** Returns how many messages of its only chat the database has. */
async function savedMessages(ui: Page): Promise<number> {
  const [chat] = await callApi(ui, 'GET', '/api/bots/default/chats');
  return chat && (await callApi(ui, 'GET', `/api/bots/default/chats/${chat.id}/messages`)).length;
}

it('adds what the database has since the copy was made', { timeout: 180_000 }, async () => {
  const { home, app: first, ui, setting } = await openChat();
  await expect.poll(() => copyHas(home, 'CURRENT')).toBe(true);
  await say(ui, 'Good morning');
  await ui.getByText('You said: Good morning').first().waitFor({ timeout: 60_000 });
  await expect.poll(() => savedMessages(ui)).toBe(2); // the answer is saved when it is complete
  await quitApp(first);

  rmSync(fileIn(home, 'CURRENT'));
  rmSync(join(home, '.config', 'CachiBot', 'logs', 'main.log'));
  const second = await startApp(setting);
  const again = await settledUi(second, home);
  await again.getByText('Good morning').first().click({ timeout: 60_000 });
  await again.getByText('You said: Good morning').first().waitFor();
  const notice = await pageAt(second, 'app://shell/overlay.html');
  expect(await notice.locator('#title').textContent()).toBe(words.page.storageDamaged);
});
