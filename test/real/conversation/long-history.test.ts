/** Long histories do not slow an answer: real Electron, real CachiBot. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { expect, it } from 'vitest';
import { UI } from '../../drivers/electron-app';
import { pageWords } from '../../drivers/first-use';
import { openChat, say } from '../../drivers/user-journey';

it('writes a history of 4.5 million characters a few times for an answer, and says that there is little room', {
  timeout: 300_000,
}, async () => {
  const { ui } = await openChat();
  await ui.evaluate(() => {
    const timestamp = new Date().toISOString();
    const chat = { id: 'long', botId: 'default', title: 'Long', createdAt: timestamp, updatedAt: timestamp };
    const message = (id: number) => ({ id: `${id}`, role: 'user', content: 'x'.repeat(1000), timestamp, metadata: {} });
    const state = { chats: [chat], messages: { long: Array.from({ length: 4200 }, (_, id) => message(id)) } };
    localStorage.setItem('cachibot-chats', JSON.stringify({ state, version: 0 }));
  });
  await ui.goto(UI);
  const told = ui.getByText(pageWords.nearlyFull).first().waitFor({ timeout: 60_000 }); // it disappears again
  await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  await ui.waitForTimeout(3_000);
  await ui.evaluate(() => {
    const { setItem } = Storage.prototype;
    Object.assign(window, { writes: 0 });
    Storage.prototype.setItem = function (name, text) {
      if (name === 'cachibot-chats') Object.assign(window, { writes: Number(Reflect.get(window, 'writes')) + 1 });
      setItem.call(this, name, text);
    };
  });
  await say(ui, 'Good morning');
  await ui.getByText('You said: Good morning').first().waitFor({ timeout: 60_000 });
  const writes = await ui.evaluate(() => Reflect.get(window, 'writes'));
  expect(writes).toBeLessThan(8);
  await told;
  await expect
    .poll(() => ui.evaluate(() => localStorage.getItem('cachibot-chats')?.includes('You said: Good morning')), {
      timeout: 30_000, // a slow machine writes it later
    })
    .toBe(true);
});
