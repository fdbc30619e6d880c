/** The spell checker: off until the user chooses a language, whose dictionary is downloaded once. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import { dictionaryOf } from '../../drivers/dictionary';
import { mainLog, occupyPort, pageAt, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';
import { chooseFromMenu } from '../../drivers/menu';

const { addToDictionary } = words.contextMenu;

/** Creates the profile of a user who has chosen the languages. */
function profileWith(spellingLanguages: readonly string[]): { home: string; profile: string } {
  const home = temporaryFolder();
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(profile, 'settings.json'), JSON.stringify({ spellingLanguages }));
  return { home, profile };
}

/** A proxy that records the hosts that are asked for, and reaches none. */
async function openProxy(): Promise<{ address: string; hosts: string[] }> {
  const hosts: string[] = [];
  const server = createServer(socket =>
    socket.once('data', data => {
      hosts.push(/^\w+ (?:https?:\/\/)?([^/: ]+)/.exec(String(data))?.[1] ?? '');
      socket.end('HTTP/1.1 503 no\r\n\r\n');
    }),
  );
  return { address: `127.0.0.1:${await occupyPort(0, server)}`, hosts };
}

/** Right-clicks the text of the field. @returns the labels of the menu */
async function rightClick(app: ElectronApplication, ui: Page): Promise<string[]> {
  await app.evaluate(({ Menu }) => {
    Menu.prototype.popup = function popup() {
      Object.assign(globalThis, { shownMenu: this });
    };
  });
  await ui.locator('#box').click({ button: 'right', position: { x: 15, y: 12 } });
  return app.evaluate(() => {
    const { shownMenu } = globalThis as unknown as { shownMenu?: Electron.Menu };
    return shownMenu?.items.map(({ label }) => label) ?? [];
  });
}

it('offers words for a misspelled one, and learns it', async () => {
  const { home, profile } = profileWith(['en-US', 'xx']);
  mkdirSync(join(profile, 'Dictionaries'));
  writeFileSync(join(profile, 'Dictionaries', 'en-US-10-1.bdic'), dictionaryOf(['hello', 'world']));
  const { address, hosts } = await openProxy();
  const app = await startApp({ home, server: 'healthy', switches: [`--proxy-server=${address}`] });
  const ui = await shownUi(app);
  await ui.locator('#box').click();
  await ui.keyboard.type('hlelo world ');
  await expect.poll(() => rightClick(app, ui), { timeout: 20_000 }).toEqual(expect.arrayContaining(['hello']));
  expect(await rightClick(app, ui)).toContain(addToDictionary);
  const choose = (label: string) =>
    app.evaluate((_electron, label) => {
      const { shownMenu } = globalThis as unknown as { shownMenu: Electron.Menu };
      shownMenu.items.find(item => item.label === label)?.click();
    }, label);
  await choose('hello');
  await expect.poll(() => ui.locator('#box').inputValue()).toBe('hello world ');

  await ui.locator('#box').fill('');
  await ui.keyboard.type('hlelo world ');
  await expect.poll(() => rightClick(app, ui), { timeout: 20_000 }).toContain(addToDictionary);
  await choose(addToDictionary);
  await expect.poll(() => rightClick(app, ui), { timeout: 20_000 }).not.toContain(addToDictionary);
  expect(hosts).toEqual([]);
  expect(mainLog(home)).toContain('there is no dictionary for xx');
});

it('downloads nothing before a language is chosen, and then from one place, through the proxy of the system', async () => {
  const { address, hosts } = await openProxy();
  const switches = [`--proxy-server=${address}`];
  const without = await startApp({ home: profileWith([]).home, server: 'healthy', switches });
  const ui = await shownUi(without);
  await ui.locator('#box').click();
  await ui.keyboard.type('hlelo world ');
  expect(await rightClick(without, ui)).not.toContain(addToDictionary);
  expect(hosts).toEqual([]);
  await without.close();

  const { home } = profileWith(['en-US']);
  await shownUi(await startApp({ home, server: 'healthy', switches }));
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('the dictionary was not downloaded: en-US');
  expect([...new Set(hosts)]).toEqual(['redirector.gvt1.com']);
  expect(readFileSync(join(home, '.config', 'CachiBot', 'settings.json'), 'utf8')).toContain('en-US');
});

it('says so when the dictionary of a language that the user has chosen cannot be downloaded', async () => {
  const { address } = await openProxy();
  const { home } = profileWith([]);
  const app = await startApp({ home, server: 'healthy', switches: [`--proxy-server=${address}`] });
  await shownUi(app);
  await app.evaluate(({ dialog }) => {
    dialog.showMessageBox = async (...args: unknown[]) => {
      Object.assign(globalThis, { said: (args.at(-1) as Electron.MessageBoxOptions).message });
      return { response: 0, checkboxChecked: false };
    };
  });
  await chooseFromMenu(app, 'settings');
  const settings = await pageAt(app, 'app://settings/settings.html');
  await settings.locator('#spellingLanguages select').selectOption('fr');
  await settings.locator('#spellingLanguages .add button').click();
  await expect
    .poll(() => app.evaluate(() => (globalThis as unknown as { said?: string }).said), { timeout: 20_000 })
    .toBe(words.settings.dictionaryFailed('French'));
});
