/** The page is connected again when the server is back, whatever happened to its login and to its WebSocket. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { serverPid } from '../../drivers/electron-app';
import { openChat, say } from '../../drivers/user-journey';

const connected = (ui: Page) => ui.getByText('Connected', { exact: true });

it('renews a login that the server refuses, and reloads a page that does not connect', {
  timeout: 300_000,
}, async () => {
  const { home, ui } = await openChat();
  await connected(ui).waitFor({ timeout: 60_000 });
  await ui.waitForTimeout(3_000); // until the first requests are over: a page that loses its server before is reloaded
  await ui.evaluate(() => Object.assign(window, { mark: 'the same page' }));

  // The server has another secret: it refuses both tokens, although they have not run out.
  rmSync(join(home, '.cachibot', 'login.secret'));
  process.kill(serverPid(home), 'SIGKILL');
  await connected(ui).waitFor({ state: 'hidden' });
  await connected(ui).waitFor({ timeout: 90_000 });
  expect(await ui.evaluate(() => 'mark' in window), 'not reloaded').toBe(true);
  await say(ui, 'Hello?');
  await ui.getByText('You said: Hello?').first().waitFor({ timeout: 60_000 });

  // No attempt ever ends.
  await ui.getByPlaceholder(/^Message CachiBot/).fill('a draft');
  await ui.evaluate(() => {
    window.WebSocket = class extends EventTarget {
      readyState = 0;
    } as unknown as typeof WebSocket;
  });
  process.kill(serverPid(home), 'SIGKILL');
  await connected(ui).waitFor({ state: 'hidden' });
  await connected(ui).waitFor({ timeout: 90_000 });
  expect(await ui.evaluate(() => 'mark' in window), 'reloaded').toBe(false);
  await expect.poll(() => ui.getByPlaceholder(/^Message CachiBot/).inputValue()).toBe('a draft');
});
