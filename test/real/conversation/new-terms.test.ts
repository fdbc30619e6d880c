/** The page shows new terms of CachiBot, of which the server learns some seconds after the start. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { python, quitApp, serverScript, startApp, temporaryFolder } from '../../drivers/electron-app';
import { openChat, settledUi } from '../../drivers/user-journey';

/** Our server, which finds new terms if the file `newer` exists. */
const server = (folder: string) => [
  python(),
  '-c',
  `
import pathlib, runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
newer = pathlib.Path(${JSON.stringify(join(folder, 'newer'))})
from cachibot_desktop.server import app_lifecycle
load = app_lifecycle.load
def load_with_terms(*parts):
    application = load(*parts)
    from cachibot.services import terms_checker
    async def fetch():
        if newer.exists():
            terms_checker._latest_terms = {"version": "9.0"}
    terms_checker._fetch_terms = fetch
    return application
app_lifecycle.load = load_with_terms
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`,
];

it('asks for consent to new terms without a reload', { timeout: 300_000 }, async () => {
  const folder = temporaryFolder();
  const { home, app, setting } = await openChat(server(folder));
  await quitApp(app);

  writeFileSync(join(folder, 'newer'), '');
  rmSync(join(home, '.config', 'CachiBot', 'logs', 'main.log'));
  const next = await startApp(setting);
  const ui = await settledUi(next, home);
  expect(new URL(ui.url()).pathname).not.toBe('/consent');
  await expect.poll(() => new URL(ui.url()).pathname, { timeout: 60_000 }).toBe('/consent');
  await quitApp(next);
});
