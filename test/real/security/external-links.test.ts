/** A link opens after the user has seen its whole address, or has allowed its site; each gesture opens one thing. */
// @module-tag linux: uses electron-app.ts

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  clickOn,
  mainLog,
  pageAt,
  shownUi,
  startApp,
  temporaryFolder,
  UI,
  visibleWindows,
} from '../../drivers/electron-app';
import { chooseFromMenu } from '../../drivers/menu';

interface Seen {
  opened: string[];
  dialogs: { message: string; detail: string; checkboxLabel?: string; buttons: string[]; defaultId: number }[];
  copied: string;
}

interface Choice {
  button: string;
  always?: boolean;
  /** The dialog stays open for so long. */
  forMs?: number;
}

/** Replaces the system's dialog and browser. The dialog makes the next choice, and Cancel after the last one. */
async function replaceDesktop(app: ElectronApplication) {
  await app.evaluate(({ clipboard, dialog, shell }) => {
    const state = { opened: [] as string[], dialogs: [] as object[], choices: [] as Choice[], copied: '' };
    Object.assign(globalThis, { desktop: state });
    shell.openExternal = async url => void state.opened.push(url);
    clipboard.writeText = async text => {
      state.copied = text;
    };
    dialog.showMessageBox = async (...args: unknown[]) => {
      const options = args.at(-1) as Electron.MessageBoxOptions;
      state.dialogs.push(options);
      const { button, always = false, forMs = 0 } = state.choices.shift() ?? { button: 'Cancel' };
      await new Promise(resolve => setTimeout(resolve, forMs));
      return { response: options.buttons?.indexOf(button) ?? -1, checkboxChecked: always };
    };
  });
  return {
    choose: (choice: Choice) =>
      app.evaluate((_electron, choice) => {
        (globalThis as unknown as { desktop: { choices: Choice[] } }).desktop.choices.push(choice);
      }, choice),
    seen: () => app.evaluate(() => (globalThis as unknown as { desktop: Seen }).desktop),
  };
}

const show = (page: Page, html: string) =>
  page.evaluate(html => {
    document.getElementById('answer')?.remove();
    const answer = document.createElement('div');
    answer.id = 'answer';
    answer.innerHTML = html;
    document.body.prepend(answer);
  }, html);

it('asks before it opens a link, until its site is allowed', async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  const { choose, seen } = await replaceDesktop(app);
  const savedSites = () =>
    JSON.parse(readFileSync(join(home, '.config', 'CachiBot', 'settings.json'), 'utf8')).allowedSites;
  const click = async (href: string, choice?: Choice) => {
    if (choice) await choose(choice);
    await show(ui, `<a id="a" href="${href}">a</a>`);
    const dialogs = (await seen()).dialogs.length;
    await clickOn(ui, '#a');
    if (choice) await expect.poll(async () => (await seen()).dialogs.length, { timeout: 20_000 }).toBe(dialogs + 1);
    await ui.waitForTimeout(100);
  };
  const { open, copy, cancel, always, question, mailQuestion, userInfo, foreignLetters, privateNetwork } = words.links;

  await click('https://a.example/x?secret=1#y', { button: cancel });
  expect((await seen()).dialogs).toEqual([
    expect.objectContaining({
      message: question,
      detail: 'https://a.example/x?secret=1#y',
      checkboxLabel: always('https://a.example'),
      buttons: [open, copy, cancel],
      defaultId: 2,
      cancelId: 2,
    }),
  ]);
  await click('https://a.example/x', { button: copy });
  expect(await seen()).toMatchObject({ opened: [], copied: 'https://a.example/x' });
  await click('https://a.example/x', { button: open });
  await click('https://a.example/x', { button: open, always: true });
  expect((await seen()).opened).toEqual(['https://a.example/x', 'https://a.example/x']);
  expect(savedSites()).toEqual(['https://a.example']);
  await click('https://a.example/other');
  expect((await seen()).opened.at(-1)).toBe('https://a.example/other');
  expect((await seen()).dialogs).toHaveLength(4);

  // Another site, a hidden site, foreign letters, a device, mail.
  await click('https://b.example/', { button: cancel });
  await click('https://a.example@evil.example/', { button: open, always: true });
  expect((await seen()).dialogs.at(-1)?.detail).toContain(userInfo('evil.example'));
  await click('https://аррӏе.example/', { button: cancel });
  expect((await seen()).dialogs.at(-1)?.detail).toContain(foreignLetters('аррӏе.example'));
  await click('http://192.168.1.1/reboot', { button: cancel });
  expect((await seen()).dialogs.at(-1)?.detail).toContain(privateNetwork);
  await click('mailto:ada@d.example', { button: open, always: true });
  expect((await seen()).dialogs.at(-1)?.message).toBe(mailQuestion);
  await click('mailto:bob@d.example');
  expect((await seen()).opened.slice(3)).toEqual([
    'https://a.example@evil.example/',
    'mailto:ada@d.example',
    'mailto:bob@d.example',
  ]);
  expect(savedSites()).toEqual(['https://a.example', 'mailto:']);
  expect(mainLog(home)).not.toMatch(/secret=1|ada@d/);

  // The settings window lists the sites, and forgets each of them.
  await chooseFromMenu(app, 'settings');
  const settings = await pageAt(app, 'app://settings/settings.html');
  await settings.getByRole('button', { name: words.settings.removeItem('https://a.example') }).click();
  await expect.poll(savedSites, { timeout: 20_000 }).toEqual(['mailto:']);
  await settings.keyboard.press('Escape').catch(() => {}); // the page closes before the key is up
  await expect.poll(() => visibleWindows(app), { timeout: 20_000 }).toEqual([UI]);
  await click('https://a.example/other', { button: cancel });

  // One dialog at a time.
  await show(ui, '<a id="a" href="https://a.example/">a</a>');
  await choose({ button: open, forMs: 2_000 });
  const before = await seen();
  for (let time = 0; time < 20; time++) await clickOn(ui, '#a');
  await expect.poll(async () => (await seen()).opened.length, { timeout: 20_000 }).toBe(before.opened.length + 1);
  expect((await seen()).dialogs).toHaveLength(before.dialogs.length + 1);

  // One opening for each gesture.
  expect(await visibleWindows(app)).toEqual([UI]);
  await ui.evaluate(() => {
    const openAll = () => {
      for (let time = 0; time < 200; time++) window.open('', '_blank');
    };
    openAll();
    document.addEventListener('click', openAll, { once: true });
  });
  await ui.waitForTimeout(500);
  expect(await visibleWindows(app)).toEqual([UI]);
  await clickOn(await pageAt(app, UI), '#box');
  await expect.poll(async () => (await visibleWindows(app)).length, { timeout: 20_000 }).toBe(2);
  await ui.waitForTimeout(500);
  expect(await visibleWindows(app)).toHaveLength(2);
  await ui.evaluate(() => void window.open('', '_blank'));
  await ui.waitForTimeout(300);
  expect(await visibleWindows(app)).toHaveLength(2);
});

it('says so if no program opens an address, and lets the user copy it', async () => {
  const app = await startApp({ home: temporaryFolder(), server: 'healthy' });
  const ui = await shownUi(app);
  const { choose, seen } = await replaceDesktop(app);
  await app.evaluate(({ shell }) => {
    shell.openExternal = async () => Promise.reject(new Error('no program'));
    shell.openPath = async () => 'no program';
  });
  const { open, copy, ok, notOpened, notOpenedMail } = words.links;
  for (const [href, message] of [
    ['https://a.example/x', notOpened],
    ['mailto:ada@a.example', notOpenedMail],
  ] as const) {
    await choose({ button: open });
    await choose({ button: copy });
    await show(ui, `<a id="a" href="${href}">a</a>`);
    await clickOn(ui, '#a');
    await expect
      .poll(async () => (await seen()).dialogs.at(-1), { timeout: 20_000 })
      .toMatchObject({ message, detail: href, buttons: [ok, copy] });
    await expect.poll(async () => (await seen()).copied).toBe(href);
  }

  await chooseFromMenu(app, 'about');
  const about = await pageAt(app, 'app://about/about.html');
  await about.locator('#website').click();
  await expect.poll(async () => (await seen()).dialogs.at(-1)).toMatchObject({ message: notOpened });
  await about.locator('#licence').click();
  await expect.poll(async () => (await seen()).dialogs.at(-1)).toMatchObject({ message: words.menu.fileNotOpened });
});
