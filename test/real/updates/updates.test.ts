/** The app on a feed of this machine: what it believes, what it fetches, and what it puts in the old one's place. */
// @module-tag linux: as all that uses electron-app.ts

import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import type { ElectronApi } from '../../../desktop/ipc/core/contract';
import { words } from '../../../desktop/words/en';
import { makeKey } from '../../../scripts/release/signing.mjs';
import {
  diary,
  exitOf,
  failurePage,
  mainLog,
  outputFolder,
  type Setting,
  shownUi,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { layManifest, openFeedServer } from '../../fixtures/feed.mjs';

declare global {
  interface Window {
    electronAPI: ElectronApi;
    heard: [string, unknown][];
  }
}

const root = join(__dirname, '..', '..', '..');
const ours = makeKey();
const theirs = makeKey();
const FILE = 'CachiBot-x86_64.AppImage';

/** What runs in an AppImage's place here: it writes down that it was begun, and with what. */
const program = (version: string) =>
  `#!/bin/sh\necho "${version} $*" >> "$HOME/begun"\n${'# filling\n'.repeat(30_000)}`;

/** Blocks, and at their end what says which they are, as electron-builder puts it into an AppImage. */
function withBlockMap(blocks: Buffer[]): { content: Buffer; blockMapSize: number } {
  const checksums = blocks.map(block => createHash('sha512').update(block).digest('base64'));
  const sizes = blocks.map(({ length }) => length);
  const map = { version: '2', files: [{ name: 'file', offset: 0, checksums, sizes }] };
  const packed = deflateRawSync(JSON.stringify(map));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(packed.length);
  return { content: Buffer.concat([...blocks, packed, size]), blockMapSize: packed.length };
}

interface World {
  home: string;
  setting: Setting;
  feed: Awaited<ReturnType<typeof openFeedServer>>;
  feedFolder: string;
  appImage: string;
  record(): { passage?: { starts: number; ready: boolean; backup?: { copy: string } }; refused?: string; seen: object };
  release(version: string, more?: Partial<Parameters<typeof layManifest>[1]>): void;
}

/** An AppImage of version 1.0.0 that is none, in a home of its own, with a feed. */
async function world(more: { server?: Setting['server']; version?: string; keys?: string[] } = {}): Promise<World> {
  const home = temporaryFolder();
  const feedFolder = join(home, 'feed');
  const code = join(home, 'app');
  const apps = join(home, 'Apps');
  for (const made of [feedFolder, code, apps]) mkdirSync(made);
  const feed = await openFeedServer(feedFolder);
  onTestFinished(() => feed.close());
  cpSync(join(root, 'out'), join(code, 'out'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(code, 'node_modules'));
  const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const identity = { version: more.version ?? '1.0.0', rehearsal: 'a test' };
  writeFileSync(join(code, 'package.json'), JSON.stringify({ ...about, ...identity }));
  writeFileSync(join(code, 'updates.json'), JSON.stringify({ feed: feed.url, keys: more.keys ?? [ours.publicKey] }));
  writeFileSync(
    join(code, 'dev-app-update.yml'),
    'provider: generic\nurl: none\nupdaterCacheDirName: cachibot-updater\n',
  );
  const appImage = join(apps, 'CachiBot.AppImage');
  writeFileSync(appImage, program('1.0.0'), { mode: 0o755 });
  return {
    home,
    feed,
    feedFolder,
    appImage,
    setting: { home, code, server: more.server ?? 'healthy', env: { APPIMAGE: appImage } },
    record: () => JSON.parse(readFileSync(join(home, '.config', 'CachiBot', 'update.json'), 'utf8')),
    release(version, release = {}) {
      writeFileSync(join(feedFolder, FILE), program(version));
      layManifest(feedFolder, { version, files: [FILE], key: ours.privateKey, ...release });
    },
  };
}

async function started({ setting, home }: World): Promise<{ app: ElectronApplication; ui: Page }> {
  const app = await startApp(setting);
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 30_000 }).toContain('"phase":"ready"');
  await ui.evaluate(() => {
    window.heard = [];
    const api = window.electronAPI;
    api.onUpdateAvailable(offer => window.heard.push(['available', offer.version]));
    api.onUpdateError(({ message }) => window.heard.push(['error', message]));
    api.onUpdateDownloaded(({ version }) => window.heard.push(['downloaded', version]));
    api.onUpdateProgress(({ percent }) => window.heard.push(['progress', percent]));
  });
  return { app, ui };
}

const check = (ui: Page) => ui.evaluate(() => window.electronAPI.checkForUpdate());
const download = (ui: Page) => ui.evaluate(() => window.electronAPI.downloadUpdate());
const heard = (ui: Page) => ui.evaluate(() => window.heard.filter(([what]) => what !== 'progress'));

/** Has the half minute, for which a feed may say nothing, be over at once. */
function hurry(app: ElectronApplication): Promise<void> {
  return app.evaluate(() => {
    const wait = globalThis.setTimeout;
    const hurried = (act: () => void, ms = 0, ...more: []) => wait(act, ms === 30_000 ? 500 : ms, ...more);
    Object.assign(globalThis, { setTimeout: Object.assign(hurried, wait) });
  });
}

/** Has the app answer its own message boxes, and tells what they asked. */
async function answerBoxes(app: ElectronApplication, response: number): Promise<() => Promise<string[]>> {
  await app.evaluate(({ dialog }, response) => {
    const asked: string[] = [];
    Object.assign(globalThis, { asked });
    dialog.showMessageBox = (async (options: Electron.MessageBoxOptions) => {
      asked.push(`${options.message} ${options.detail}`);
      return { response, checkboxChecked: options.checkboxChecked ?? false };
    }) as typeof dialog.showMessageBox;
  }, response);
  return () => app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
}

it('finds, fetches and installs a newer version, with a copy of the data and the old version kept', async () => {
  const world_ = await world();
  const { home, appImage, feed, record, release } = world_;
  release('2.0.0', { more: 'releaseNotes: It is better.\n' });
  const { app, ui } = await started(world_);
  await ui.evaluate(() => localStorage.setItem('cachibot-chats', 'kept'));
  expect(await check(ui)).toEqual({ available: true, version: '2.0.0', releaseNotes: 'It is better.' });
  expect(await Promise.all([download(ui), download(ui)])).toEqual([{ success: true }, { success: true }]);
  expect(await download(ui)).toEqual({ success: true });
  expect(await heard(ui)).toEqual([
    ['available', '2.0.0'],
    ['downloaded', '2.0.0'],
    ['downloaded', '2.0.0'],
  ]);
  expect(feed.requests.filter(({ name }) => name === FILE && name)).toHaveLength(1);
  expect(readFileSync(appImage, 'utf8')).toBe(program('1.0.0'));

  const gone = exitOf(app);
  await ui.evaluate(() => window.electronAPI.installUpdate()).catch(() => {}); // the page goes with the app
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(readFileSync(appImage, 'utf8')).toBe(program('2.0.0'));
  expect(readFileSync(join(home, 'Apps', '.CachiBot.AppImage.previous'), 'utf8')).toBe(program('1.0.0'));
  expect(diary(home).map(({ event }) => event)).toContain('asked-to-stop');
  await expect.poll(() => existsSync(join(home, 'begun')), { timeout: 20_000 }).toBe(true);
  expect(readFileSync(join(home, 'begun'), 'utf8')).toContain('2.0.0 ');
  expect(record().passage).toMatchObject({ from: '1.0.0', to: '2.0.0', starts: 0, ready: false });
  expect(readdirSync(join(home, '.cachibot', 'backups'))).toEqual([
    expect.stringMatching(/^cachibot-0\.3\.0-app-1\.0\.0-\d{8}T\d{6}Z\.db$/),
  ]);
});

it.each<[string, (place: World) => void, RegExp]>([
  [
    'a manifest signed with another key',
    ({ release }) => release('2.0.0', { key: theirs.privateKey }),
    /isn’t signed by CachiBot/,
  ],
  [
    'a manifest changed after it was signed',
    ({ release, feed }) => {
      release('2.0.0');
      feed.misbehave({
        change: (name, content) =>
          name === 'latest-linux.yml' ? Buffer.from(content.toString().replace('2.0.0', '9.0.0')) : content,
      });
    },
    /isn’t signed by CachiBot/,
  ],
  [
    'a beta’s manifest in the place of the stable one',
    ({ release, feedFolder }) => {
      release('2.0.0', { name: 'beta-linux.yml' });
      for (const end of ['', '.sig'])
        cpSync(join(feedFolder, `beta-linux.yml${end}`), join(feedFolder, `latest-linux.yml${end}`));
    },
    /isn’t signed by CachiBot/,
  ],
  [
    'a manifest without a signature',
    ({ release, feed }) => {
      release('2.0.0');
      feed.misbehave({ missing: /\.sig$/ });
    },
    /nothing for this system/,
  ],
  [
    'a network that wants a login',
    ({ release, feed }) => {
      release('2.0.0');
      feed.misbehave({ loginPage: true });
    },
    /sign in first/,
  ],
  [
    'a network that sends everybody to its login',
    ({ release, feed }) => {
      release('2.0.0');
      feed.misbehave({ redirects: true });
    },
    /sign in first/,
  ],
  ['a feed with nothing in it', () => {}, /nothing for this system/],
  ['a feed that is not there', ({ feed }) => void feed.close(), /Couldn’t reach the update server/],
])('says why it does not believe %s, in Settings and in the log, and nowhere else', async (_what, spoil, reason) => {
  const place = await world();
  spoil(place);
  const { app, ui } = await started(place);
  const boxes = await answerBoxes(app, 0);
  expect(await check(ui)).toEqual({ available: false });
  expect(await heard(ui)).toEqual([['error', expect.stringMatching(reason)]]);
  await expect.poll(() => mainLog(place.home)).toMatch(reason);
  expect(await download(ui)).toEqual({ success: false, error: expect.stringMatching(reason) });
  expect(await boxes()).toEqual([]);
  expect(readFileSync(place.appImage, 'utf8')).toBe(program('1.0.0'));
});

it('refuses a manifest that is older than one it has seen, also after a restart', async () => {
  const place = await world();
  place.release('2.0.0', { date: '2026-05-02T00:00:00.000Z' });
  const first = await started(place);
  expect(await check(first.ui)).toMatchObject({ available: true, version: '2.0.0' });
  await first.app.close();
  place.release('1.5.0', { date: '2026-05-01T00:00:00.000Z' });
  const { ui } = await started(place);
  expect(await check(ui)).toEqual({ available: false });
  expect(await heard(ui)).toEqual([['error', expect.stringContaining('older than one seen before')]]);
});

it.each([
  ['an older version', '0.9.0', ''],
  ['the very same version', '1.0.0', ''],
  ['a version that is for nobody yet', '2.0.0', 'stagingPercentage: 0\n'],
])('offers nothing for %s', async (_what, version, more) => {
  const place = await world();
  place.release(version, { more });
  const { ui } = await started(place);
  expect(await check(ui)).toEqual({ available: false });
  expect(await heard(ui)).toEqual([]);
});

it('takes the beta when the person says so, and forgets it when they say otherwise', async () => {
  const place = await world();
  place.release('2.1.0-beta.1', { name: 'beta-linux.yml' });
  layManifest(place.feedFolder, { version: '1.0.0', files: [FILE], key: ours.privateKey });
  const { ui } = await started(place);
  expect(await check(ui)).toEqual({ available: false });
  await ui.evaluate(() => window.electronAPI.setSetting('updateChannel', 'beta'));
  expect(await check(ui)).toMatchObject({ available: true, version: '2.1.0-beta.1' });
  await ui.evaluate(() => window.electronAPI.setSetting('updateChannel', 'stable'));
  expect(await check(ui)).toEqual({ available: false });
});

it.each<[string, (place: World) => void, RegExp]>([
  [
    'a byte that was changed on the way',
    ({ feedFolder }) => {
      const bytes = readFileSync(join(feedFolder, FILE));
      bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
      writeFileSync(join(feedFolder, FILE), bytes);
    },
    /damaged/,
  ],
  ['a file that is gone', ({ feed }) => feed.misbehave({ missing: /AppImage/ }), /404/],
  ['a feed that goes away', ({ feed }) => void feed.close(), /Couldn’t reach the update server/],
])('throws a download away with %s, and can try again', async (_what, spoil, reason) => {
  const place = await world();
  place.release('2.0.0');
  const { ui } = await started(place);
  expect(await check(ui)).toMatchObject({ available: true });
  spoil(place);
  expect(await download(ui)).toEqual({ success: false, error: expect.stringMatching(reason) });
  expect(await check(ui).then(({ available }) => available)).toBe(true);
  await ui.evaluate(() => window.electronAPI.installUpdate());
  expect(readFileSync(place.appImage, 'utf8')).toBe(program('1.0.0'));
});

it('gives up a feed that says nothing, says why, and looks again when asked', async () => {
  const place = await world();
  place.release('2.0.0');
  place.feed.misbehave({ silent: true });
  const { app, ui } = await started(place);
  await hurry(app);
  expect(await check(ui)).toEqual({ available: false });
  expect(await heard(ui)).toEqual([
    ['error', expect.stringMatching(/Couldn’t reach the update server.*no data for 30 seconds/)],
  ]);
  place.feed.misbehave({});
  expect(await check(ui)).toMatchObject({ available: true, version: '2.0.0' });
  place.feed.misbehave({ silent: true });
  expect(await download(ui)).toEqual({
    success: false,
    error: expect.stringMatching(/Couldn’t reach the update server/),
  });
});

it.each([
  ['breaks', { breakAfter: 262_144 }],
  ['dies away', { silentAfter: 262_144 }],
])('fetches what has changed of an AppImage, and no more when the connection %s on the way', async (_how, fault) => {
  const place = await world();
  const same = randomBytes(2_000_000);
  const one = withBlockMap([same, randomBytes(600_000)]);
  const two = withBlockMap([same, randomBytes(600_000)]);
  writeFileSync(place.appImage, one.content);
  writeFileSync(join(place.feedFolder, FILE), two.content);
  const release = { version: '2.0.0', files: [FILE], key: ours.privateKey };
  layManifest(place.feedFolder, { ...release, blockMaps: { [FILE]: two.blockMapSize } });
  const { app, ui } = await started(place);
  await hurry(app);
  expect(await check(ui)).toMatchObject({ available: true });
  place.feed.forget();
  place.feed.misbehave(fault);
  expect(await download(ui)).toEqual({ success: true });
  expect(place.feed.bytes()).toBeLessThan(1_200_000);
  expect(place.feed.requests.map(({ range }) => /^bytes=\d+-\d+$/.test(range))).toEqual([true, true, true]);
  const pending = join(place.home, '.cache', 'cachibot-updater', 'pending');
  const downloaded = readdirSync(pending).find(name => name.endsWith('.AppImage')) ?? '';
  expect(readFileSync(join(pending, downloaded)).equals(two.content)).toBe(true);
});

it('keeps the old version running when the new one cannot be put in its place', async () => {
  const place = await world();
  place.release('2.0.0');
  const { app, ui } = await started(place);
  const boxes = await answerBoxes(app, 0);
  await download(ui);
  const pending = join(place.home, '.cache', 'cachibot-updater', 'pending');
  const downloaded = readdirSync(pending).find(name => name.endsWith('.AppImage')) ?? '';
  writeFileSync(join(pending, downloaded), 'not what was verified');
  await ui.evaluate(() => window.electronAPI.installUpdate());
  await expect
    .poll(() => heard(ui))
    .toContainEqual(['error', expect.stringMatching(/Nothing was changed.*Download it again/)]);
  expect(await boxes()).toEqual([]);
  expect(readFileSync(place.appImage, 'utf8')).toBe(program('1.0.0'));
  expect(await ui.evaluate(() => fetch('/api/anything').then(answer => answer.status))).toBe(200);
  expect(await download(ui)).toEqual({ success: true });
  expect(readFileSync(join(pending, downloaded), 'utf8')).toBe(program('2.0.0'));
});

it('says nothing of the machine to the feed', async () => {
  const place = await world();
  place.release('2.0.0');
  const { ui } = await started({ ...place, setting: { ...place.setting, switches: ['--lang=de'] } });
  await check(ui);
  await download(ui);
  const told = place.feed.requests.map(({ headers }) => headers);
  expect(told).toHaveLength(3);
  for (const { 'user-agent': agent, 'accept-language': language, ...others } of told) {
    expect(['CachiBot', 'electron-builder']).toContain(agent);
    expect(language).toBe('en');
    // The same for everybody who asks.
    const known = /^(host|connection|cache-control|pragma|accept|accept-encoding|sec-fetch-(site|mode|dest))$/;
    expect(Object.keys(others).filter(name => !known.test(name))).toEqual([]);
  }
});

it('loads nothing of the updater before the page has painted', async () => {
  const place = await world({ server: 'healthy,empty-page' });
  place.release('2.0.0');
  const app = await startApp(place.setting);
  await expect.poll(() => mainLog(place.home), { timeout: 30_000 }).toContain('"phase":"ready"');
  const loaded = () =>
    app.evaluate(() => {
      const { _cache } = process.getBuiltinModule('node:module') as unknown as { _cache: Record<string, unknown> };
      return Object.keys(_cache).filter(name => /electron-updater|updates.(feed|download)/.test(name)).length;
    });
  expect(await loaded()).toBe(0);
  // And the look itself is one that could find it.
  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('update')?.click());
  await expect.poll(loaded).toBeGreaterThan(1);
});

it('tells the person without being asked, in the menu as well, and installs from there', async () => {
  const place = await world();
  place.release('2.0.0');
  const { app, ui } = await started(place);
  await app.evaluate(({ app }) => {
    const badges: number[] = [];
    Object.assign(globalThis, { badges });
    app.setBadgeCount = (count?: number) => badges.push(count ?? -1) > 0;
  });
  const item = () =>
    app.evaluate(({ Menu }) => {
      const found = Menu.getApplicationMenu()?.getMenuItemById('update');
      return [found?.label, found?.enabled];
    });
  const click = () => app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('update')?.click());
  expect(await item()).toEqual([words.updates.check, true]);
  await click();
  await expect.poll(item, { timeout: 20_000 }).toEqual([words.updates.download('2.0.0'), true]);
  await click();
  await expect.poll(item, { timeout: 20_000 }).toEqual([words.updates.restart('2.0.0'), true]);
  expect(await app.evaluate(() => (globalThis as unknown as { badges: number[] }).badges.at(-1))).toBe(1);
  expect(await heard(ui)).toEqual([
    ['available', '2.0.0'],
    ['downloaded', '2.0.0'],
  ]);
  const gone = exitOf(app);
  await click().catch(() => {}); // it may be gone before it has answered
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(readFileSync(place.appImage, 'utf8')).toBe(program('2.0.0'));
});

it('fetches and then installs for whoever clicks on the notifications', async () => {
  const place = await world();
  place.release('2.0.0');
  const { app, ui } = await started(place);
  const boxes = await answerBoxes(app, 1);
  await app.evaluate(({ Notification }) => {
    const shown: Electron.Notification[] = [];
    Object.assign(globalThis, { shown });
    // This system may have nobody who shows them.
    Notification.isSupported = () => true;
    Notification.prototype.show = function (this: Electron.Notification) {
      shown.push(this);
    };
  });
  const titles = () =>
    app.evaluate(() => (globalThis as unknown as { shown: Electron.Notification[] }).shown.map(note => note.title));
  const clickOn = (title: string) =>
    app.evaluate((_electron, title) => {
      const { shown } = globalThis as unknown as { shown: Electron.Notification[] };
      shown.find(note => note.title === title)?.emit('click');
    }, title);
  await check(ui);
  expect(await titles()).toEqual([words.updates.available('2.0.0')]);
  await clickOn(words.updates.available('2.0.0'));
  await expect
    .poll(titles, { timeout: 20_000 })
    .toEqual([words.updates.available('2.0.0'), words.updates.ready('2.0.0')]);
  expect(await boxes()).toEqual([]);
  await clickOn(words.updates.ready('2.0.0'));
  await expect.poll(boxes).toEqual([expect.stringContaining(words.updates.restartQuestion('2.0.0'))]);
  expect(readFileSync(place.appImage, 'utf8')).toBe(program('1.0.0'));
});

it('installs at quit when it is so set, and not otherwise', async () => {
  const place = await world();
  place.release('2.0.0');
  const first = await started(place);
  await download(first.ui);
  await first.app.close();
  expect(readFileSync(place.appImage, 'utf8')).toBe(program('1.0.0'));
  const { app, ui } = await started(place);
  await ui.evaluate(() => window.electronAPI.setSetting('autoInstallUpdates', true));
  await download(ui);
  const gone = exitOf(app);
  await app.evaluate(({ app }) => app.quit()).catch(() => {}); // it may be gone before it has answered
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(readFileSync(place.appImage, 'utf8')).toBe(program('2.0.0'));
  // Whoever quits does not want it to come back.
  expect(existsSync(join(place.home, 'begun'))).toBe(false);
});

it('offers the version before when a new one did not start twice, and puts it back with its data', async () => {
  const place = await world({ version: '2.0.0', server: 'crash' });
  const { home, appImage, setting } = place;
  const profile = join(home, '.config', 'CachiBot');
  const data = join(home, '.cachibot');
  mkdirSync(profile, { recursive: true });
  mkdirSync(data);
  writeFileSync(appImage, program('2.0.0'));
  const previous = join(home, 'Apps', '.CachiBot.AppImage.previous');
  writeFileSync(previous, program('1.0.0'));
  chmodSync(previous, 0o755);
  writeFileSync(join(data, 'cachibot.db'), 'what the new version made of it');
  writeFileSync(join(data, 'copy.db'), 'as it was');
  const backup = { database: join(data, 'cachibot.db'), copy: join(data, 'copy.db') };
  const passage = { from: '1.0.0', to: '2.0.0', at: '', starts: 0, ready: false, previous, backup };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));

  const first = await startApp(setting);
  const page = await failurePage(first);
  await expect.poll(() => page.locator('#title').textContent()).toContain('stopped');
  expect(await page.locator('#back').isVisible()).toBe(false);
  await page.locator('#retry').click();
  const again = await failurePage(first);
  await expect.poll(() => again.locator('#back').isVisible(), { timeout: 20_000 }).toBe(true);
  expect(await again.locator('#back').textContent()).toBe(words.rollBack.goBackTo('1.0.0'));
  expect(await again.locator('#detail').textContent()).toContain(words.rollBack.kept('1.0.0'));
  await again.screenshot({ path: join(outputFolder(), 'failure-go-back.png') });
  const boxes = await answerBoxes(first, 0);
  const gone = exitOf(first);
  await again.locator('#back').click();
  expect(await gone).toEqual({ code: 0, signal: null });
  void boxes;
  expect(readFileSync(appImage, 'utf8')).toBe(program('1.0.0'));
  expect(readFileSync(join(data, 'cachibot.db'), 'utf8')).toBe('as it was');
  const aside = readdirSync(data).find(name => name.startsWith('cachibot.db.before-')) ?? '';
  expect(readFileSync(join(data, aside), 'utf8')).toBe('what the new version made of it');
  await expect.poll(() => existsSync(join(home, 'begun')), { timeout: 20_000 }).toBe(true);
  expect(place.record()).toMatchObject({ passage: { to: '2.0.0', back: true } });
  expect(mainLog(home)).toContain('update: rolled back from 2.0.0 to 1.0.0');
});

it('begins no server and goes back once, however often the person clicks meanwhile', async () => {
  const place = await world({ version: '2.0.0', server: 'crash' });
  const { home, appImage, setting } = place;
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(appImage, program('2.0.0'));
  const previous = join(home, 'Apps', '.CachiBot.AppImage.previous');
  writeFileSync(previous, program('1.0.0'), { mode: 0o755 });
  const passage = { from: '1.0.0', to: '2.0.0', at: '', starts: 1, ready: false, previous };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));

  const app = await startApp(setting);
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#back').isVisible(), { timeout: 20_000 }).toBe(true);
  const boxes = await answerBoxes(app, 0);
  const gone = exitOf(app);
  await page.evaluate(() => {
    const click = (id: string) => document.getElementById(id)?.click();
    for (const id of ['back', 'back', 'back']) click(id);
    queueMicrotask(() => click('retry'));
  });
  void boxes;
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(readFileSync(appImage, 'utf8')).toBe(program('1.0.0'));
  expect(mainLog(home).match(/update: rolled back from/g)).toHaveLength(1);
  expect(mainLog(home)).not.toContain('the rollback to 1.0.0 failed');
});

it('installs at quit also from the page of a server that has failed', async () => {
  const place = await world({ server: 'crash' });
  place.release('2.0.0');
  const profile = join(place.home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(profile, 'settings.json'), JSON.stringify({ autoInstallUpdates: true }));
  const app = await startApp(place.setting);
  await failurePage(app);
  const item = () => app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('update')?.label);
  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('update')?.click());
  await expect.poll(item, { timeout: 20_000 }).toBe(words.updates.download('2.0.0'));
  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('update')?.click());
  await expect.poll(item, { timeout: 20_000 }).toBe(words.updates.restart('2.0.0'));
  const gone = exitOf(app);
  await app.evaluate(({ app }) => app.quit()).catch(() => {}); // it may be gone before it has answered
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(readFileSync(place.appImage, 'utf8')).toBe(program('2.0.0'));
});

it('says once that a version was not installed after all', async () => {
  const place = await world();
  const profile = join(place.home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  const passage = { from: '1.0.0', to: '2.0.0', at: '2026-01-01T00:00:00.000Z', starts: 0, ready: false };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));
  const { app } = await started(place);
  await expect.poll(() => mainLog(place.home), { timeout: 20_000 }).toContain('2.0.0 was not installed');
  expect(place.record().passage).toMatchObject({ missed: true });
  await app.close();
  const again = await started(place);
  await again.app.close();
  expect(mainLog(place.home).match(/2\.0\.0 was not installed on 2026/g)).toHaveLength(1);
});

it('remembers which version the person went back from, once the one before runs', async () => {
  const place = await world();
  const profile = join(place.home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  const passage = { from: '1.0.0', to: '2.0.0', at: '', starts: 2, ready: false, back: true };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));
  await started(place);
  await expect.poll(() => place.record(), { timeout: 20_000 }).toEqual({ refused: '2.0.0', seen: {} });
});

it('takes a new version for good once it has been ready', async () => {
  const place = await world({ version: '2.0.0' });
  const profile = join(place.home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  const passage = { from: '1.0.0', to: '2.0.0', at: '', starts: 1, ready: false };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));
  await started(place);
  expect(place.record().passage).toMatchObject({ starts: 2, ready: true });
  expect(mainLog(place.home)).toContain('update: from 1.0.0 to 2.0.0, which is ready');
});
