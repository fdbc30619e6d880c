/** The app with a local feed: what it accepts, downloads and installs. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

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
import { setTimeout as delay } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import type { ElectronApi } from '../../../desktop/ipc/core/contract';
import { words } from '../../../desktop/words/en';
import { makeKey } from '../../../scripts/release/signing.mjs';
import {
  blockAt,
  diary,
  exitOf,
  failurePage,
  type LaunchOptions,
  mainLog,
  outputFolder,
  pageAt,
  serverPid,
  shownUi,
  startApp,
  temporaryFolder,
  unblock,
  visibleWindows,
} from '../../drivers/electron-app';
import { chooseFromMenu } from '../../drivers/menu';
import { openFeedServer, publishManifest } from '../../fixtures/feed.mjs';

declare global {
  interface Window {
    electronAPI: ElectronApi;
    updateEvents: [string, unknown][];
  }
}

const root = join(__dirname, '..', '..', '..');
const ours = makeKey();
const theirs = makeKey();
const FILE = 'CachiBot-x86_64.AppImage';

/** A script that replaces an AppImage: it records its start and its arguments. */
const program = (version: string) =>
  `#!/bin/sh\necho "${version} $*" >> "$HOME/started"\n${'# filling\n'.repeat(30_000)}`;

/** Appends a block map to blocks, as electron-builder does in an AppImage. */
function withBlockMap(blocks: Buffer[]): { content: Buffer; blockMapSize: number } {
  const checksums = blocks.map(block => createHash('sha512').update(block).digest('base64'));
  const sizes = blocks.map(({ length }) => length);
  const map = { version: '2', files: [{ name: 'file', offset: 0, checksums, sizes }] };
  const packed = deflateRawSync(JSON.stringify(map));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(packed.length);
  return { content: Buffer.concat([...blocks, packed, size]), blockMapSize: packed.length };
}

interface Testbed {
  home: string;
  options: LaunchOptions;
  feed: Awaited<ReturnType<typeof openFeedServer>>;
  feedFolder: string;
  appImage: string;
  record(): { passage?: { starts: number; ready: boolean; backup?: { copy: string } }; refused?: string; seen: object };
  release(version: string, more?: Partial<Parameters<typeof publishManifest>[1]>): void;
}

/** Creates a home with a fake AppImage of version 1.0.0, and a feed. */
async function openTestbed(
  more: { server?: LaunchOptions['server']; version?: string; keys?: string[] } = {},
): Promise<Testbed> {
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
    options: { home, code, server: more.server ?? 'healthy', env: { APPIMAGE: appImage } },
    record: () => JSON.parse(readFileSync(join(home, '.config', 'CachiBot', 'update.json'), 'utf8')),
    release(version, release = {}) {
      writeFileSync(join(feedFolder, FILE), program(version));
      publishManifest(feedFolder, { version, files: [FILE], key: ours.privateKey, ...release });
    },
  };
}

async function startReady({ options, home }: Testbed): Promise<{ app: ElectronApplication; ui: Page }> {
  const app = await startApp(options);
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home), { timeout: 30_000 }).toContain('"phase":"ready"');
  await ui.evaluate(() => {
    window.updateEvents = [];
    const api = window.electronAPI;
    api.onUpdateAvailable(offer => window.updateEvents.push(['available', offer.version]));
    api.onUpdateError(({ message }) => window.updateEvents.push(['error', message]));
    api.onUpdateDownloaded(({ version }) => window.updateEvents.push(['downloaded', version]));
    api.onUpdateProgress(({ percent }) => window.updateEvents.push(['progress', percent]));
  });
  return { app, ui };
}

const check = (ui: Page) => ui.evaluate(() => window.electronAPI.checkForUpdate());
const download = (ui: Page) => ui.evaluate(() => window.electronAPI.downloadUpdate());
const updateEvents = (ui: Page) => ui.evaluate(() => window.updateEvents.filter(([what]) => what !== 'progress'));

/** Shortens the app's timeout for a silent feed from 30 s to 0.5 s. */
function shortenFeedTimeout(app: ElectronApplication): Promise<void> {
  return app.evaluate(() => {
    const wait = globalThis.setTimeout;
    const shortened = (act: () => void, ms = 0, ...more: []) => wait(act, ms === 30_000 ? 500 : ms, ...more);
    Object.assign(globalThis, { setTimeout: Object.assign(shortened, wait) });
  });
}

/** Answers the app's message boxes. @returns reads their texts */
async function answerDialogs(app: ElectronApplication, response: number): Promise<() => Promise<string[]>> {
  await app.evaluate(({ dialog }, response) => {
    const messages: string[] = [];
    Object.assign(globalThis, { messages });
    dialog.showMessageBox = (async (...args: Electron.MessageBoxOptions[]) => {
      // Its window comes first, if there is one.
      const { message, detail, checkboxChecked = false } = args.at(-1)!;
      messages.push(`${message} ${detail}`);
      return { response, checkboxChecked };
    }) as typeof dialog.showMessageBox;
  }, response);
  return () => app.evaluate(() => (globalThis as unknown as { messages: string[] }).messages);
}

it('finds, downloads and installs a newer version, backs up the data, and keeps the old version', async () => {
  const testbed = await openTestbed();
  const { home, appImage, feed, record, release } = testbed;
  release('2.0.0', { more: 'releaseNotes: It is better.\n' });
  mkdirSync(join(home, '.config', 'CachiBot'), { recursive: true });
  writeFileSync(join(home, '.config', 'CachiBot', 'settings.json'), '{"proxy": "http://127.0.0.1:9"}');
  const { app, ui } = await startReady(testbed);
  await ui.evaluate(() => localStorage.setItem('cachibot-chats', 'kept'));
  expect(await check(ui)).toEqual({ available: true, version: '2.0.0', releaseNotes: 'It is better.' });
  // The feed of this test is on loopback, which is reached directly.
  const proxy = () =>
    app.evaluate(({ session }) => session.fromPartition('cachibot-updates').resolveProxy('https://a.example'));
  expect(await proxy()).toBe('PROXY 127.0.0.1:9');
  expect(await Promise.all([download(ui), download(ui)])).toEqual([{ success: true }, { success: true }]);
  expect(await download(ui)).toEqual({ success: true });
  expect(await updateEvents(ui)).toEqual([
    ['available', '2.0.0'],
    ['downloaded', '2.0.0'],
    ['downloaded', '2.0.0'],
  ]);
  expect(feed.requests.filter(({ name }) => name === FILE && name)).toHaveLength(1);
  expect(readFileSync(appImage, 'utf8')).toBe(program('1.0.0'));

  const exit = exitOf(app);
  await ui.evaluate(() => window.electronAPI.installUpdate()).catch(() => {}); // the page closes with the app
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(readFileSync(appImage, 'utf8')).toBe(program('2.0.0'));
  expect(readFileSync(join(home, 'Apps', '.CachiBot.AppImage.previous'), 'utf8')).toBe(program('1.0.0'));
  expect(diary(home).map(({ event }) => event)).toContain('stop-requested');
  await expect.poll(() => existsSync(join(home, 'started')), { timeout: 20_000 }).toBe(true);
  expect(readFileSync(join(home, 'started'), 'utf8')).toContain('2.0.0 ');
  expect(record().passage).toMatchObject({ from: '1.0.0', to: '2.0.0', starts: 0, ready: false });
  expect(readdirSync(join(home, '.cachibot', 'backups'))).toEqual([
    expect.stringMatching(/^cachibot-0\.3\.0-app-1\.0\.0-\d{8}T\d{6}Z\.db$/),
    expect.stringMatching(/\.page$/),
  ]);
});

it.each<[string, (testbed: Testbed) => void, RegExp]>([
  [
    'a manifest signed with another key',
    ({ release }) => release('2.0.0', { key: theirs.privateKey }),
    /isn’t signed by CachiBot/,
  ],
  [
    'a manifest changed after it was signed',
    ({ release, feed }) => {
      release('2.0.0');
      feed.setFault({
        change: (name, content) =>
          name === 'latest-linux.yml' ? Buffer.from(content.toString().replace('2.0.0', '9.0.0')) : content,
      });
    },
    /isn’t signed by CachiBot/,
  ],
  [
    'a beta’s manifest in place of the stable one',
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
      feed.setFault({ missing: /\.sig$/ });
    },
    /nothing for this system/,
  ],
  [
    'a network that requires a login',
    ({ release, feed }) => {
      release('2.0.0');
      feed.setFault({ loginPage: true });
    },
    /sign in first/,
  ],
  [
    'a network that redirects to its login',
    ({ release, feed }) => {
      release('2.0.0');
      feed.setFault({ redirects: true });
    },
    /sign in first/,
  ],
  ['an empty feed', () => {}, /nothing for this system/],
  ['an unreachable feed', ({ feed }) => void feed.close(), /Couldn’t reach the update server/],
])(
  'refuses %s, and shows the reason in Settings and in the log only',
  { tags: 'left-to-ci' },
  async (_what, tamper, reason) => {
    const testbed = await openTestbed();
    tamper(testbed);
    const { app, ui } = await startReady(testbed);
    const dialogs = await answerDialogs(app, 0);
    expect(await check(ui)).toEqual({ available: false });
    expect(await updateEvents(ui)).toEqual([['error', expect.stringMatching(reason)]]);
    await expect.poll(() => mainLog(testbed.home)).toMatch(reason);
    expect(await download(ui)).toEqual({ success: false, error: expect.stringMatching(reason) });
    expect(await dialogs()).toEqual([]);
    expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('1.0.0'));
  },
);

it('refuses a manifest that is older than one seen before, also after a restart', { tags: 'left-to-ci' }, async () => {
  const testbed = await openTestbed();
  testbed.release('2.0.0', { date: '2026-05-02T00:00:00.000Z' });
  const first = await startReady(testbed);
  expect(await check(first.ui)).toMatchObject({ available: true, version: '2.0.0' });
  await first.app.close();
  testbed.release('1.5.0', { date: '2026-05-01T00:00:00.000Z' });
  const { ui } = await startReady(testbed);
  expect(await check(ui)).toEqual({ available: false });
  expect(await updateEvents(ui)).toEqual([['error', expect.stringContaining('older than one seen before')]]);
});

it.each([
  ['an older version', '0.9.0', ''],
  ['the same version', '1.0.0', ''],
  ['a version staged for 0 % of the users', '2.0.0', 'stagingPercentage: 0\n'],
])('offers nothing for %s', { tags: 'left-to-ci' }, async (_what, version, more) => {
  const testbed = await openTestbed();
  testbed.release(version, { more });
  const { ui } = await startReady(testbed);
  expect(await check(ui)).toEqual({ available: false });
  expect(await updateEvents(ui)).toEqual([]);
});

it('offers the beta on the beta channel, and no longer after a switch back to stable', async () => {
  const testbed = await openTestbed();
  testbed.release('2.1.0-beta.1', { name: 'beta-linux.yml' });
  publishManifest(testbed.feedFolder, { version: '1.0.0', files: [FILE], key: ours.privateKey });
  const { ui } = await startReady(testbed);
  expect(await check(ui)).toEqual({ available: false });
  await ui.evaluate(() => window.electronAPI.setSetting('updateChannel', 'beta'));
  expect(await check(ui)).toMatchObject({ available: true, version: '2.1.0-beta.1' });
  await ui.evaluate(() => window.electronAPI.setSetting('updateChannel', 'stable'));
  expect(await check(ui)).toEqual({ available: false });
});

it.each<[string, (testbed: Testbed) => void, RegExp]>([
  [
    'a changed byte',
    ({ feedFolder }) => {
      const bytes = readFileSync(join(feedFolder, FILE));
      bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
      writeFileSync(join(feedFolder, FILE), bytes);
    },
    /damaged/,
  ],
  ['a missing file', ({ feed }) => feed.setFault({ missing: /AppImage/ }), /404/],
  ['a feed that becomes unreachable', ({ feed }) => void feed.close(), /Couldn’t reach the update server/],
])('discards a download with %s, and can retry', { tags: 'left-to-ci' }, async (_what, tamper, reason) => {
  const testbed = await openTestbed();
  testbed.release('2.0.0');
  const { ui } = await startReady(testbed);
  expect(await check(ui)).toMatchObject({ available: true });
  tamper(testbed);
  expect(await download(ui)).toEqual({ success: false, error: expect.stringMatching(reason) });
  expect(await check(ui).then(({ available }) => available)).toBe(true);
  await ui.evaluate(() => window.electronAPI.installUpdate());
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('1.0.0'));
});

it('aborts requests to a silent feed, says why, and can check again', { tags: 'left-to-ci' }, async () => {
  const testbed = await openTestbed();
  testbed.release('2.0.0');
  testbed.feed.setFault({ silent: true });
  const { app, ui } = await startReady(testbed);
  await shortenFeedTimeout(app);
  expect(await check(ui)).toEqual({ available: false });
  expect(await updateEvents(ui)).toEqual([
    ['error', expect.stringMatching(/Couldn’t reach the update server.*no data for 30 seconds/)],
  ]);
  testbed.feed.setFault({});
  expect(await check(ui)).toMatchObject({ available: true, version: '2.0.0' });
  testbed.feed.setFault({ silent: true });
  expect(await download(ui)).toEqual({
    success: false,
    error: expect.stringMatching(/Couldn’t reach the update server/),
  });
});

it.each([
  ['breaks', { breakAfter: 262_144 }],
  ['falls silent', { silentAfter: 262_144 }],
])(
  'downloads only the changed part of an AppImage, even when the connection %s meanwhile',
  { tags: 'left-to-ci' },
  async (_how, fault) => {
    const testbed = await openTestbed();
    const same = randomBytes(2_000_000);
    const one = withBlockMap([same, randomBytes(600_000)]);
    const two = withBlockMap([same, randomBytes(600_000)]);
    writeFileSync(testbed.appImage, one.content);
    writeFileSync(join(testbed.feedFolder, FILE), two.content);
    const release = { version: '2.0.0', files: [FILE], key: ours.privateKey };
    publishManifest(testbed.feedFolder, { ...release, blockMaps: { [FILE]: two.blockMapSize } });
    const { app, ui } = await startReady(testbed);
    await shortenFeedTimeout(app);
    expect(await check(ui)).toMatchObject({ available: true });
    testbed.feed.clearRequests();
    testbed.feed.setFault(fault);
    expect(await download(ui)).toEqual({ success: true });
    expect(testbed.feed.bytes()).toBeLessThan(1_200_000);
    expect(testbed.feed.requests.map(({ range }) => /^bytes=\d+-\d+$/.test(range))).toEqual([true, true, true]);
    const pending = join(testbed.home, '.cache', 'cachibot-updater', 'pending');
    const downloaded = readdirSync(pending).find(name => name.endsWith('.AppImage')) ?? '';
    expect(readFileSync(join(pending, downloaded)).equals(two.content)).toBe(true);
  },
);

it('keeps the old version running when the new one cannot be installed', async () => {
  const testbed = await openTestbed();
  testbed.release('2.0.0');
  const { app, ui } = await startReady(testbed);
  const dialogs = await answerDialogs(app, 0);
  await download(ui);
  const pending = join(testbed.home, '.cache', 'cachibot-updater', 'pending');
  const downloaded = readdirSync(pending).find(name => name.endsWith('.AppImage')) ?? '';
  writeFileSync(join(pending, downloaded), 'not what was verified');
  await ui.evaluate(() => window.electronAPI.installUpdate());
  await expect
    .poll(() => updateEvents(ui))
    .toContainEqual(['error', expect.stringMatching(/Nothing was changed.*Download it again/)]);
  expect(await dialogs()).toEqual([]);
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('1.0.0'));
  expect(await ui.evaluate(() => fetch('/api/anything').then(answer => answer.status))).toBe(200);
  expect(await download(ui)).toEqual({ success: true });
  expect(readFileSync(join(pending, downloaded), 'utf8')).toBe(program('2.0.0'));
});

it('sends the feed no information about the machine', { tags: 'left-to-ci' }, async () => {
  const testbed = await openTestbed();
  testbed.release('2.0.0');
  const { ui } = await startReady({ ...testbed, options: { ...testbed.options, switches: ['--lang=de'] } });
  await check(ui);
  await download(ui);
  const headers = testbed.feed.requests.map(request => request.headers);
  expect(headers).toHaveLength(3);
  for (const { 'user-agent': agent, 'accept-language': language, ...others } of headers) {
    expect(['CachiBot', 'electron-builder']).toContain(agent);
    expect(language).toBe('en');
    // The same for every user.
    const known = /^(host|connection|cache-control|pragma|accept|accept-encoding|sec-fetch-(site|mode|dest))$/;
    expect(Object.keys(others).filter(name => !known.test(name))).toEqual([]);
  }
});

it('loads nothing of the updater before the page has painted', async () => {
  const testbed = await openTestbed({ server: 'healthy,empty-page' });
  testbed.release('2.0.0');
  const app = await startApp(testbed.options);
  await expect.poll(() => mainLog(testbed.home), { timeout: 30_000 }).toContain('"phase":"ready"');
  const loaded = () =>
    app.evaluate(() => {
      const { _cache } = process.getBuiltinModule('node:module') as unknown as { _cache: Record<string, unknown> };
      return Object.keys(_cache).filter(name => /electron-updater|updates.(feed|download)/.test(name)).length;
    });
  expect(await loaded()).toBe(0);
  // Proves that the check above can detect loaded modules.
  await chooseFromMenu(app, 'update');
  await expect.poll(loaded).toBeGreaterThan(1);
});

it('shows an update in the menu and as a badge, and installs it from the menu', async () => {
  const testbed = await openTestbed();
  testbed.release('2.0.0');
  const { app, ui } = await startReady(testbed);
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
  const click = () => chooseFromMenu(app, 'update');
  expect(await item()).toEqual([words.updates.check, true]);
  await click();
  await expect.poll(item, { timeout: 20_000 }).toEqual([words.updates.download('2.0.0'), true]);
  await click();
  await expect.poll(item, { timeout: 20_000 }).toEqual([words.updates.restart('2.0.0'), true]);
  expect(await app.evaluate(() => (globalThis as unknown as { badges: number[] }).badges.at(-1))).toBe(1);
  expect(await updateEvents(ui)).toEqual([
    ['available', '2.0.0'],
    ['downloaded', '2.0.0'],
  ]);
  const exit = exitOf(app);
  await click().catch(() => {}); // the app may exit before it responds
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('2.0.0'));
});

it('downloads and then installs when the user clicks on the notifications', async () => {
  const testbed = await openTestbed();
  testbed.release('2.0.0');
  const { app, ui } = await startReady(testbed);
  const dialogs = await answerDialogs(app, 1);
  await app.evaluate(({ Notification }) => {
    const shown: Electron.Notification[] = [];
    Object.assign(globalThis, { shown });
    // This system may have no notification service.
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
  expect(await dialogs()).toEqual([]);
  await clickOn(words.updates.ready('2.0.0'));
  await expect.poll(dialogs).toEqual([expect.stringContaining(words.updates.restartQuestion('2.0.0'))]);
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('1.0.0'));
});

/** Starts a backup, which then waits for a password. */
async function startBackup(app: ElectronApplication, file: string): Promise<void> {
  await app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath });
  }, file);
  await chooseFromMenu(app, 'back-up');
  await pageAt(app, 'app://password/password.html');
}

it('does not cut off a backup: the page installs nothing until it has finished', async () => {
  const testbed = await openTestbed();
  testbed.release('2.0.0');
  const { app, ui } = await startReady(testbed);
  await download(ui);
  const dialogs = await answerDialogs(app, 0);
  await startBackup(app, join(testbed.home, 'file'));
  await ui.evaluate(() => window.electronAPI.installUpdate());
  const { inProgress, waitForIt } = words.backups;
  expect(await dialogs()).toEqual([`${inProgress} ${waitForIt}`]);
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('1.0.0'));
  expect(diary(testbed.home).map(({ event }) => event)).not.toContain('stop-requested');
});

it('does not cut off its own backup when the user quits, and then installs', async () => {
  const testbed = await openTestbed();
  const { home, appImage } = testbed;
  testbed.release('2.0.0');
  const { app, ui } = await startReady(testbed);
  await download(ui);
  blockAt(home, 'backup');
  void ui.evaluate(() => window.electronAPI.installUpdate()).catch(() => {}); // the page closes with the app
  const events = () => diary(home).map(({ event }) => event);
  await expect.poll(events).toContain('backup-begun');
  const exit = exitOf(app);
  await app.evaluate(({ app }) => app.quit());
  await delay(1_000);
  expect(app.process().exitCode, 'the quit waits').toBeNull();
  expect(events()).not.toContain('stop-requested');
  unblock(home, 'backup');
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(readFileSync(appImage, 'utf8')).toBe(program('2.0.0'));
  expect(readdirSync(join(home, '.cachibot', 'backups'))).toContainEqual(expect.stringMatching(/\.db$/));
  expect(existsSync(join(home, 'started')), 'after a quit the app is not started again').toBe(false);
});

it('shows no window when the server crashes while the app quits and installs', async () => {
  const testbed = await openTestbed();
  const { home } = testbed;
  testbed.release('2.0.0');
  const { app, ui } = await startReady(testbed);
  await ui.evaluate(() => window.electronAPI.setSetting('autoInstallUpdates', true));
  await download(ui);
  blockAt(home, 'backup');
  void app.evaluate(({ app }) => app.quit());
  await expect.poll(() => diary(home).map(({ event }) => event)).toContain('backup-begun');
  process.kill(serverPid(home), 'SIGKILL');
  await expect.poll(() => mainLog(home), { timeout: 20_000 }).toContain('"phase":"restarting"');
  await expect.poll(() => diary(home).filter(({ event }) => event === 'start').length, { timeout: 20_000 }).toBe(2);
  await delay(500);
  expect(await visibleWindows(app)).toEqual([]);
  const exit = exitOf(app);
  unblock(home, 'backup');
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('2.0.0'));
});

/** Opens version 2.0.0, whose server has failed at both starts, on the page that offers to go back to 1.0.0. */
async function openFailedUpdate() {
  const { home, appImage, options } = await openTestbed({ version: '2.0.0', server: 'crash' });
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(appImage, program('2.0.0'));
  const previous = join(home, 'Apps', '.CachiBot.AppImage.previous');
  writeFileSync(previous, program('1.0.0'), { mode: 0o755 });
  const passage = { from: '1.0.0', to: '2.0.0', at: '', starts: 1, ready: false, previous };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));
  const app = await startApp(options);
  const page = await failurePage(app);
  await expect.poll(() => page.locator('#back').isVisible(), { timeout: 20_000 }).toBe(true);
  return { app, page, home, appImage };
}

it('does not cut off a backup: nothing is rolled back until it has finished', async () => {
  const { app, page, home, appImage } = await openFailedUpdate();
  const dialogs = await answerDialogs(app, 0);
  await startBackup(app, join(home, 'file'));
  await page.evaluate(() => document.getElementById('back')?.click());
  const { inProgress, waitForIt } = words.backups;
  await expect.poll(dialogs).toEqual([`${inProgress} ${waitForIt}`]);
  expect(readFileSync(appImage, 'utf8')).toBe(program('2.0.0'));
});

it('installs at quit only if the setting says so', async () => {
  const testbed = await openTestbed();
  testbed.release('2.0.0');
  const first = await startReady(testbed);
  await download(first.ui);
  await first.app.close();
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('1.0.0'));
  const { app, ui } = await startReady(testbed);
  await ui.evaluate(() => window.electronAPI.setSetting('autoInstallUpdates', true));
  await download(ui);
  const exit = exitOf(app);
  await app.evaluate(({ app }) => app.quit()).catch(() => {}); // the app may exit before it responds
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('2.0.0'));
  // After a quit the app must not be started again.
  expect(existsSync(join(testbed.home, 'started'))).toBe(false);
});

it('offers a rollback when a new version has failed to start twice, and restores the old version with its data', async () => {
  const testbed = await openTestbed({ version: '2.0.0', server: 'crash' });
  const { home, appImage, options } = testbed;
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
  const storage = 'Partitions/cachibot/Local Storage';
  cpSync(join(root, 'test/fixtures/leveldb'), join(data, 'copy.page', storage, 'leveldb'), { recursive: true });
  const backup = { database: join(data, 'cachibot.db'), copy: join(data, 'copy.db') };
  const passage = { from: '1.0.0', to: '2.0.0', at: '', starts: 0, ready: false, previous, backup };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));

  const first = await startApp(options);
  const page = await failurePage(first);
  await expect.poll(() => page.locator('#title').textContent()).toContain('stopped');
  expect(await page.locator('#back').isVisible()).toBe(false);
  await page.locator('#retry').click();
  const again = await failurePage(first);
  await expect.poll(() => again.locator('#back').isVisible(), { timeout: 20_000 }).toBe(true);
  expect(await again.locator('#back').textContent()).toBe(words.rollBack.goBackTo('1.0.0'));
  expect(await again.locator('#detail').textContent()).toContain(words.rollBack.kept('1.0.0'));
  await again.screenshot({ path: join(outputFolder(), 'failure-go-back.png') });
  const dialogs = await answerDialogs(first, 0);
  const exit = exitOf(first);
  await again.locator('#back').click();
  expect(await exit).toEqual({ code: 0, signal: null });
  void dialogs;
  expect(readFileSync(appImage, 'utf8')).toBe(program('1.0.0'));
  expect(readFileSync(join(data, 'cachibot.db'), 'utf8')).toBe('as it was');
  const aside = readdirSync(data).find(name => name.startsWith('cachibot.db.before-')) ?? '';
  expect(readFileSync(join(data, aside), 'utf8')).toBe('what the new version made of it');
  // The page's storage is restored by the next start, before Chromium opens it.
  expect(readdirSync(join(profile, `${storage}.instead`, 'leveldb'))).toContain('000003.ldb');
  await expect.poll(() => existsSync(join(home, 'started')), { timeout: 20_000 }).toBe(true);
  expect(testbed.record()).toMatchObject({ passage: { to: '2.0.0', back: true } });
  expect(mainLog(home)).toContain('update: rolled back from 2.0.0 to 1.0.0');
});

it('starts no server and rolls back once, even if the user clicks several times', { tags: 'left-to-ci' }, async () => {
  const { app, page, home, appImage } = await openFailedUpdate();
  const dialogs = await answerDialogs(app, 0);
  const exit = exitOf(app);
  await page.evaluate(() => {
    const click = (id: string) => document.getElementById(id)?.click();
    for (const id of ['back', 'back', 'back']) click(id);
    queueMicrotask(() => click('retry'));
  });
  void dialogs;
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(readFileSync(appImage, 'utf8')).toBe(program('1.0.0'));
  expect(mainLog(home).match(/update: rolled back from/g)).toHaveLength(1);
  expect(mainLog(home)).not.toContain('the rollback to 1.0.0 failed');
});

it('installs at quit also from the failure page', { tags: 'left-to-ci' }, async () => {
  const testbed = await openTestbed({ server: 'crash' });
  testbed.release('2.0.0');
  const profile = join(testbed.home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(profile, 'settings.json'), JSON.stringify({ autoInstallUpdates: true }));
  const app = await startApp(testbed.options);
  await failurePage(app);
  const item = () => app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('update')?.label);
  await chooseFromMenu(app, 'update');
  await expect.poll(item, { timeout: 20_000 }).toBe(words.updates.download('2.0.0'));
  await chooseFromMenu(app, 'update');
  await expect.poll(item, { timeout: 20_000 }).toBe(words.updates.restart('2.0.0'));
  const gone = exitOf(app);
  await app.evaluate(({ app }) => app.quit()).catch(() => {}); // it may be gone before it has answered
  expect(await gone).toEqual({ code: 0, signal: null });
  expect(readFileSync(testbed.appImage, 'utf8')).toBe(program('2.0.0'));
});

it('reports once that a version was not installed', { tags: 'left-to-ci' }, async () => {
  const testbed = await openTestbed();
  const profile = join(testbed.home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  const passage = { from: '1.0.0', to: '2.0.0', at: '2026-01-01T00:00:00.000Z', starts: 0, ready: false };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));
  const { app } = await startReady(testbed);
  await expect.poll(() => mainLog(testbed.home), { timeout: 20_000 }).toContain('2.0.0 was not installed');
  expect(testbed.record().passage).toMatchObject({ missed: true });
  await app.close();
  const again = await startReady(testbed);
  await again.app.close();
  expect(mainLog(testbed.home).match(/2\.0\.0 was not installed on 2026/g)).toHaveLength(1);
});

it('records the refused version when the old version runs after a rollback', { tags: 'left-to-ci' }, async () => {
  const testbed = await openTestbed();
  const profile = join(testbed.home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  const passage = { from: '1.0.0', to: '2.0.0', at: '', starts: 2, ready: false, back: true };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));
  await startReady(testbed);
  await expect.poll(() => testbed.record(), { timeout: 20_000 }).toEqual({ refused: '2.0.0', seen: {} });
});

it('accepts a new version after its server has been ready', { tags: 'left-to-ci' }, async () => {
  const testbed = await openTestbed({ version: '2.0.0' });
  const profile = join(testbed.home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  const passage = { from: '1.0.0', to: '2.0.0', at: '', starts: 1, ready: false };
  writeFileSync(join(profile, 'update.json'), JSON.stringify({ passage, seen: {} }));
  await startReady(testbed);
  expect(testbed.record().passage).toMatchObject({ starts: 2, ready: true });
  expect(mainLog(testbed.home)).toContain('update: from 1.0.0 to 2.0.0, which is ready');
});
