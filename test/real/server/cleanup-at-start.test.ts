// @module-tag linux: as all that uses electron-app.ts

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  allow,
  canConnect,
  electron,
  electronArguments,
  environment,
  exitOf,
  hold,
  mainLog,
  outputFolder,
  pidsOf,
  type Setting,
  serverPid,
  shownUi,
  splashPage,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { readOrEmpty } from '../../drivers/gone';

const record = (home: string) => join(home, '.config', 'CachiBot', 'run.json');

/** The app, ready and written down; not through Playwright, which would tidy up after the kill. */
async function start(setting: Setting) {
  const child = spawn(electron(), electronArguments(setting), { env: environment(setting), stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(() => canConnect(5870), { timeout: 60_000 }).toBe(true);
  await expect.poll(() => existsSync(record(setting.home)), { timeout: 20_000 }).toBe(true);
  return { child, gone: new Promise(resolve => child.once('exit', resolve)) };
}

const daemons = (home: string) =>
  pidsOf(home).filter(pid => /^[^\0]+\0-e\0\/\* daemon/.test(readOrEmpty(`/proc/${pid}/cmdline`)));

it('ends what a run has left that was killed with its server, and says so once', async () => {
  const home = temporaryFolder();
  const setting = { home, server: 'healthy,daemon' };
  const { child, gone } = await start(setting);
  await expect.poll(() => daemons(home), { timeout: 20_000 }).toHaveLength(1);
  const [left] = daemons(home);
  const server = serverPid(home);
  // Held first, so that neither can do anything about the other's end.
  for (const pid of [child.pid!, server]) process.kill(pid, 'SIGSTOP');
  for (const pid of [server, child.pid!]) process.kill(pid, 'SIGKILL');
  await gone;
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([left]);

  hold(home, 'bind');
  const app = await startApp({ ...setting, server: 'healthy' });
  const splash = await splashPage(app);
  await expect.poll(() => splash.locator('#note').textContent()).toBe(words.splash.stoppedPrograms(1));
  await splash.screenshot({ path: join(outputFolder(), 'splash-swept.png') });
  allow(home, 'bind');
  expect(daemons(home)).toEqual([]);
  expect(mainLog(home)).toContain(`left what was started in it, which is ended: ${left} (`);
  await shownUi(app);
  await app.close();
  expect(existsSync(record(home))).toBe(false);
});

it('ends a server that an earlier run has left, before it begins another', async () => {
  const home = temporaryFolder();
  const setting = { home, server: 'healthy' };
  const { child, gone } = await start(setting);
  const server = serverPid(home);
  // Held, it does not hear that its app is gone.
  process.kill(server, 'SIGSTOP');
  child.kill('SIGKILL');
  await gone;
  expect(await canConnect(5870)).toBe(true);

  const app = await startApp(setting);
  await shownUi(app);
  expect(pidsOf(home)).not.toContain(server);
  expect(mainLog(home)).toContain(`an earlier run has left its server ${server}`);
  expect(mainLog(home)).toMatch(/is asked to end\n.*"phase":"starting"/);
  const exit = exitOf(app);
  await app.close();
  expect(await exit).toMatchObject({ code: 0 });
});
