// @module-tag linux: uses electron-app.ts

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  blockAt,
  canConnect,
  diary,
  exitOf,
  type LaunchOptions,
  mainLog,
  outputFolder,
  pidsOf,
  serverPid,
  shownUi,
  spawnApp,
  splashPage,
  startApp,
  temporaryFolder,
  unblock,
} from '../../drivers/electron-app';
import { readOrEmpty } from '../../drivers/still-running';
import { copyApp } from '../../drivers/unguarded-app';

const record = (home: string) => join(home, '.config', 'CachiBot', 'run.json');

/** Starts the app, and waits until its server listens and is recorded. */
async function start(options: LaunchOptions) {
  const app = spawnApp(options);
  await expect.poll(() => canConnect(5870), { timeout: 60_000 }).toBe(true);
  await expect.poll(() => existsSync(record(options.home)), { timeout: 20_000 }).toBe(true);
  return app;
}

const daemons = (home: string) =>
  pidsOf(home).filter(pid => /^[^\0]+\0-e\0\/\* daemon/.test(readOrEmpty(`/proc/${pid}/cmdline`)));

it('kills the daemon of a killed app and server, and shows it on the splash', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const options = { home, server: 'healthy,daemon' };
  const { child, exited } = await start(options);
  await expect.poll(() => daemons(home), { timeout: 20_000 }).toHaveLength(1);
  const [left] = daemons(home);
  const server = serverPid(home);
  // Both are suspended first, so that neither can react to the kill of the other.
  for (const pid of [child.pid!, server]) process.kill(pid, 'SIGSTOP');
  for (const pid of [server, child.pid!]) process.kill(pid, 'SIGKILL');
  await exited;
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([left]);

  blockAt(home, 'bind');
  const app = await startApp({ ...options, server: 'healthy' });
  const splash = await splashPage(app);
  await expect.poll(() => splash.locator('#note').textContent()).toBe(words.splash.stoppedPrograms(1));
  await splash.screenshot({ path: join(outputFolder(), 'splash-cleaned-up.png') });
  unblock(home, 'bind');
  expect(daemons(home)).toEqual([]);
  expect(mainLog(home)).toContain(`a server has left descendants, which are stopped: ${left} (`);
  await shownUi(app);
  await app.close();
  expect(existsSync(record(home))).toBe(false);
});

it('starts the server as soon as nothing is left of a killed app, before there is a window', async () => {
  const home = temporaryFolder();
  const options = { home, server: 'healthy' };
  const { child, exited } = await start(options);
  const server = serverPid(home);
  for (const pid of [child.pid!, server]) process.kill(pid, 'SIGSTOP');
  for (const pid of [server, child.pid!]) process.kill(pid, 'SIGKILL');
  await exited;
  await expect.poll(() => pidsOf(home), { timeout: 20_000 }).toEqual([]);
  // An Electron that is never ready.
  const code = temporaryFolder();
  copyApp(code, 'app.js', "require('electron').app.whenReady = () => new Promise(() => {});");
  const starts = diary(home).filter(({ event }) => event === 'start').length;
  spawnApp({ ...options, code });
  await expect
    .poll(() => diary(home).filter(({ event }) => event === 'start').length, { timeout: 20_000 })
    .toBe(starts + 1);
});

it('stops the server of a killed app before it starts a new one', async () => {
  const home = temporaryFolder();
  const options = { home, server: 'healthy' };
  const { child, exited } = await start(options);
  const server = serverPid(home);
  // A suspended server does not notice the exit of its app.
  process.kill(server, 'SIGSTOP');
  child.kill('SIGKILL');
  await exited;
  expect(await canConnect(5870)).toBe(true);

  const app = await startApp(options);
  await shownUi(app);
  expect(pidsOf(home)).not.toContain(server);
  expect(mainLog(home)).toContain(`an earlier session has left its server ${server}: sent SIGTERM`);
  expect(mainLog(home)).toMatch(/sent SIGTERM\n.*"phase":"starting"/);
  const exit = exitOf(app);
  await app.close();
  expect(await exit).toMatchObject({ code: 0 });
});
