/** The settings window while the disk of the work folder is silent, and while another program changes the file. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../../desktop/settings/core/settings';
import { words } from '../../../desktop/words/en';
import { pageAt, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { chooseFromMenu } from '../../drivers/menu';

const SETTINGS = 'app://settings/settings.html';

const file = (home: string) => join(home, '.config', 'CachiBot', 'settings.json');
const stored = (home: string): Partial<Settings> =>
  existsSync(file(home)) ? JSON.parse(readFileSync(file(home), 'utf8')) : {};
const store = (home: string, settings: Partial<Settings>) => writeFileSync(file(home), JSON.stringify(settings));

async function openSettings(app: ElectronApplication): Promise<Page> {
  await chooseFromMenu(app, 'settings');
  const page = await pageAt(app, SETTINGS);
  await page.locator('#startAtLogin').waitFor();
  return page;
}

/** Mounts a disk that responds to nothing, like one of a server that is gone. */
async function mountSilentDisk(folder: string): Promise<void> {
  mkdirSync(folder);
  const mount = `import ctypes, os, sys
disk = os.open('/dev/fuse', os.O_RDWR)
options = f'fd={disk},rootmode=40000,user_id=0,group_id=0'.encode()
assert ctypes.CDLL(None).mount(b'silent', sys.argv[1].encode(), b'fuse', 0, options) == 0
print('mounted', flush=True)
sys.stdin.read()`;
  const disk = spawn('python3', ['-c', mount, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    disk.stdin.end(); // each program that waits gets an error
    await once(disk, 'exit');
    execFileSync('umount', ['--lazy', folder]);
  });
  await once(disk.stdout, 'data');
}

it('opens, and keeps working, while the disk of the work folder does not respond', async () => {
  const home = temporaryFolder();
  const folder = join(home, 'network');
  await mountSilentDisk(folder);
  mkdirSync(join(home, '.cachibot'));
  writeFileSync(join(home, '.cachibot', 'work-folder.json'), JSON.stringify({ folder: join(folder, 'project') }));
  const app = await startApp({ home, server: 'healthy' });
  await shownUi(app);
  await app.evaluate(({ dialog }) => {
    dialog.showMessageBox = async (...args: unknown[]) => {
      Object.assign(globalThis, { message: args.at(-1) });
      return { response: 0, checkboxChecked: false };
    };
  });
  const page = await openSettings(app);
  await expect.poll(() => page.locator('#workspace').textContent()).toContain(join(folder, 'project'));
  await chooseFromMenu(app, 'open-workspace');
  const message = () => app.evaluate(() => (globalThis as unknown as { message?: { detail: string } }).message?.detail);
  await expect.poll(message, { timeout: 20_000 }).toContain(words.menu.diskSilent);
  await page.locator('#notifications').uncheck();
  await expect.poll(() => stored(home).notifications, { timeout: 20_000 }).toBe(false);
});

it('shows what the user has changed in the file, and keeps it', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  await shownUi(app);
  const page = await openSettings(app);
  await page.locator('#openV1').check();
  await expect.poll(() => stored(home).openV1, { timeout: 20_000 }).toBe(true);
  store(home, { ...stored(home), notifications: false });
  await app.evaluate(({ BrowserWindow }, url) => {
    BrowserWindow.getAllWindows()
      .find(one => one.webContents.getURL() === url)
      ?.emit('focus');
  }, SETTINGS);
  await expect.poll(() => page.locator('#notifications').isChecked()).toBe(false);
  store(home, { ...stored(home), runInBackground: 'on' });
  await page.locator('#openWebhooks').check();
  await expect
    .poll(() => stored(home), { timeout: 20_000 })
    .toMatchObject({
      notifications: false,
      runInBackground: 'on',
      openV1: true,
      openWebhooks: true,
    });
  expect(await page.locator('#runInBackground').inputValue()).toBe('on');
});
