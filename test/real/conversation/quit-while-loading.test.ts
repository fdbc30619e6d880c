/** The app quits while its page loads: the user stays logged in, and the next start opens the last chat. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import {
  mainLog,
  pageAt,
  python,
  quitApp,
  serverScript,
  startApp,
  temporaryFolder,
  UI,
} from '../../drivers/electron-app';
import { openChat, say, settledUi } from '../../drivers/user-journey';

/** Our server, which does not confirm the page's login while the file `wait` exists, and then creates `asked`. */
const server = (folder: string) => [
  python(),
  '-c',
  `
import asyncio, pathlib, runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
folder = pathlib.Path(${JSON.stringify(folder)})
from cachibot_desktop.server import app_lifecycle
load = app_lifecycle.load
def load_slow(*parts):
    application = load(*parts)
    @application.app.middleware("http")
    async def wait(request, respond):
        if request.url.path == "/api/auth/me" and (folder / "wait").exists():
            (folder / "asked").touch()
            await asyncio.sleep(60)
        return await respond(request)
    return application
app_lifecycle.load = load_slow
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`,
];

it('keeps the login, and opens the last chat at the next start', { timeout: 300_000 }, async () => {
  const orders = temporaryFolder();
  const { home, app, ui, setting } = await openChat(server(orders));
  await say(ui, 'Hello?');
  await ui.getByText('You said: Hello?').first().waitFor({ timeout: 60_000 });
  const chat = new URL(ui.url()).pathname;
  expect(chat).toMatch(/\/chats\//);
  const login = () => JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}').state.refreshToken;
  const before = await ui.evaluate(login);
  await quitApp(app);

  writeFileSync(join(orders, 'wait'), '');
  const second = await startApp(setting);
  await expect.poll(() => existsSync(join(orders, 'asked')), { timeout: 60_000 }).toBe(true);
  await quitApp(second);

  rmSync(join(orders, 'wait'));
  rmSync(join(home, '.config', 'CachiBot', 'logs', 'main.log'));
  const third = await startApp(setting);
  const opened = await settledUi(third, home);
  await opened.getByText('You said: Hello?').first().waitFor({ timeout: 60_000 });
  expect(new URL(opened.url()).pathname).toBe(chat);
  expect(await opened.evaluate(login), 'not logged in again').toBe(before);
});

it('keeps the login when it quits at any moment of the load', { timeout: 300_000 }, async () => {
  const { home, app, ui, setting } = await openChat();
  await say(ui, 'Hello?');
  await ui.getByText('You said: Hello?').first().waitFor({ timeout: 60_000 });
  const chat = new URL(ui.url()).pathname;
  await quitApp(app);
  for (const afterMs of [200, 400, 600, 800]) {
    const next = await startApp(setting);
    const page = await pageAt(next, UI);
    await page.waitForTimeout(afterMs);
    await quitApp(next);
  }
  rmSync(join(home, '.config', 'CachiBot', 'logs', 'main.log'));
  const last = await startApp(setting);
  const opened = await settledUi(last, home);
  await opened.getByText('You said: Hello?').first().waitFor({ timeout: 60_000 });
  expect(new URL(opened.url()).pathname, mainLog(home)).toBe(chat);
});
