/** On X11, the desktop finds the launcher of a window by the window's class. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

const root = join(__dirname, '..', '..', '..');

/** From this version, Electron names windows on X11 after `desktopName`; before, after `productName`. */
const FIRST_WITH_DESKTOP_NAME = 42;

const lines = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: 'utf8' }).trim().split('\n');

it('has a window with the class that Electron’s version gives it, which is the launcher’s in the app', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  await shownUi(app);
  const version = await app.evaluate(() => process.versions['electron'] ?? '');
  const { desktopName, productName, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const launcher = desktopName.replace(/\.desktop$/, '');
  const expected = parseInt(version, 10) >= FIRST_WITH_DESKTOP_NAME ? launcher : productName;
  // The window gets the title of its page after it is shown; until then xdotool finds nothing and fails.
  const windows = () => lines('xdotool', 'search', '--onlyvisible', '--name', 'Scripted');
  const classOf = (id: string) => /"([^"]*)"$/.exec(lines('xprop', '-id', id, 'WM_CLASS').join())?.[1];
  await expect.poll(() => [...new Set(windows().map(classOf))], { timeout: 20_000 }).toEqual([expected]);
  expect(parseInt(devDependencies.electron, 10)).toBeGreaterThanOrEqual(FIRST_WITH_DESKTOP_NAME);
});
