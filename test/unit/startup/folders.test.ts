/** The folders of a run. Where the page's compiled code is: two apps that run at the same time must not share it. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { Config } from '../../../desktop/startup/core/config';
import { chooseFolders } from '../../../desktop/startup/folders';
import { platformFor } from '../../../desktop/system/core/platform';

const ROOT = join(__dirname, '..', '..', '..');
const { productName } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { productName: string };

/** A fake of Electron's app. */
const app = vi.hoisted(() => ({
  name: '',
  paths: {} as Record<string, string>,
  getName: () => app.name,
  getPath: (name: string) => app.paths[name],
  setPath(name: string, path: string) {
    app.paths[name] = path;
  },
}));
vi.mock('electron', () => ({ app }));

/** Sets Electron's folders. `profile` is the folder of `--user-data-dir`. */
function setFolders(home: string, appData: string, profile = join(appData, productName)): void {
  app.paths = { home, appData, userData: profile, logs: join(profile, 'logs') };
}

beforeEach(() => {
  app.name = productName;
});

const own = { kind: 'spawned', identity: 'token' } as unknown as Config['server'];
const attached = { kind: 'attached' } as unknown as Config['server'];

function codeCache(system: string, env: NodeJS.ProcessEnv = {}, server = own): string | undefined {
  const { codeCache } = chooseFolders({ data: 'own', server, platform: platformFor(system) }, env);
  return codeCache?.replaceAll('\\', '/');
}

it('keeps the compiled code of the usual profile in the user’s folder for caches, on each system', () => {
  setFolders('/home/ada', '/home/ada/.config');
  expect(codeCache('linux')).toBe('/home/ada/.cache/CachiBot/Code Cache');
  expect(codeCache('linux', { XDG_CACHE_HOME: '/fast' })).toBe('/fast/CachiBot/Code Cache');
  setFolders('/Users/ada', '/Users/ada/Library/Application Support');
  expect(codeCache('darwin')).toBe('/Users/ada/Library/Caches/CachiBot/Code Cache');
  // An administrator can move the folder that roams.
  setFolders('C:/Users/ada', '//server/profiles/ada');
  const env = { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' };
  expect(codeCache('win32', env)).toBe('C:/Users/ada/AppData/Local/CachiBot/Code Cache');
});

it('has other compiled code for a development server', () => {
  setFolders('/home/ada', '/home/ada/.config');
  expect(codeCache('linux', {}, attached)).toBe('/home/ada/.cache/CachiBot Development/Code Cache');
  setFolders('/home/ada', '/home/ada/.config', '/x/CachiBot');
  expect(codeCache('linux', {}, attached)).toBeUndefined();
});

it.each([
  ['of --user-data-dir', '/home/ada/.config', '/x/other/CachiBot'],
  ['of another XDG_CONFIG_HOME', '/x/config', '/x/config/CachiBot'],
])('leaves compiled code in a profile %s, even if its name is the usual one', (_, appData, profile) => {
  setFolders('/home/ada', appData, profile);
  expect(codeCache('linux')).toBeUndefined();
});

it('leaves compiled code in the profile of --data', () => {
  const home = resolve('/data');
  const profile = join(home, 'profile');
  const folders = chooseFolders({ data: { home, profile }, server: own, platform: platformFor('linux') }, {});
  expect(folders).toEqual({ home, logs: join(profile, 'logs'), profile });
});

it('keeps the compiled code where the uninstaller for Windows removes it', () => {
  const electronBuilder = parse(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) as { productName: string };
  expect(electronBuilder.productName).toBe(productName);
  setFolders('C:/Users/ada', 'C:/Users/ada/AppData/Roaming');
  const path = codeCache('win32', { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' });
  const removed = [...readFileSync(join(ROOT, 'build', 'installer.nsh'), 'utf8').matchAll(/RMDir \/r "(.*)"/g)];
  expect(
    removed.map(([, name]) => name?.replace('$LOCALAPPDATA', 'C:/Users/ada/AppData/Local').replaceAll('\\', '/')),
  ).toContain(path);
});
