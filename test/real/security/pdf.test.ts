/** Files of the API in CachiBot's page: no frame and no link shows a PDF, and links for downloads save files. */
// @module-tag linux: uses electron-app.ts

import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../../desktop/cachibot_desktop/patches/page/words.json';
import { catchSocket, showArtifact } from '../../drivers/artifacts';
import { clickOn, diary, mainLog, openUi, UI, visibleWindows } from '../../drivers/electron-app';
import { openRoom } from '../../drivers/rooms';
import { openChat, say } from '../../drivers/user-journey';

const ORIGIN = new URL(UI).origin;

/** Ways to show a file in a page. The scripted server sends a PDF for each, and no policy for content. */
const FRAMES = {
  iframe: '<iframe src="/api/iframe/download"></iframe>',
  embed: '<embed src="/api/embed/download">',
  object: '<object data="/api/object/download"></object>',
};
/** Chromium may not even request a file whose type needs a plug-in. */
const TYPED_FRAMES = [
  '<embed type="application/pdf" src="/api/typed-embed/download">',
  '<object type="application/pdf" data="/api/typed-object/download"></object>',
];

const refusals = (home: string) => mainLog(home).match(/\w+ refused: .*/g) ?? [];

const requestedPdfs = (home: string) =>
  diary(home)
    .map(({ path }) => String(path))
    .filter(path => path.endsWith('/download'));

const insert = (ui: Page, html: string) =>
  ui.evaluate(html => document.body.insertAdjacentHTML('afterbegin', html), html);

/** Saves downloads as this file, without a dialog. @returns reads the path of each that has ended, and how */
async function recordDownloads(app: ElectronApplication, file: string) {
  await app.evaluate(({ session }, file) => {
    const ended: string[] = [];
    Object.assign(globalThis, { ended });
    session.fromPartition('persist:cachibot').on('will-download', (_event, item) => {
      item.setSavePath(file);
      item.once('done', (_done, state) => void ended.push(`${new URL(item.getURL()).pathname} ${state}`));
    });
  }, file);
  return () => app.evaluate(() => Reflect.get(globalThis, 'ended') as string[]);
}

/** Addresses of the frames in all windows that are not empty. */
const filledFrames = (app: ElectronApplication) =>
  app.evaluate(({ webContents }) =>
    webContents
      .getAllWebContents()
      .flatMap(({ mainFrame }) => mainFrame.framesInSubtree.filter(frame => frame !== mainFrame))
      .map(({ url }) => url)
      .filter(url => url !== '' && url !== 'about:blank'),
  );

it('shows nothing of a PDF of the API in a frame, and requests nothing for it', async () => {
  const { home, app, ui } = await openUi();
  const ended = await recordDownloads(app, join(home, 'saved.pdf'));
  await insert(ui, [...Object.values(FRAMES), ...TYPED_FRAMES].join(''));
  const refused = Object.keys(FRAMES).map(name => `navigation refused: ${ORIGIN}/api/${name}/download`);
  await expect.poll(() => refusals(home)).toEqual(expect.arrayContaining(refused));
  await ui.waitForTimeout(1_000);
  expect(requestedPdfs(home)).toEqual([]);
  expect(await filledFrames(app)).toEqual([]);
  expect(await ended()).toEqual([]);

  // The page itself may read it.
  const type = await ui.evaluate(async () => (await fetch('/api/iframe/download')).headers.get('Content-Type'));
  expect(type).toBe('application/pdf');
  expect(requestedPdfs(home)).toEqual(['/api/iframe/download']);
});

it('opens no PDF of the API by a link, and saves the file of a link for downloads', async () => {
  const { home, app, ui, opened } = await openUi();
  const file = join(home, 'saved.pdf');
  const ended = await recordDownloads(app, file);
  await insert(
    ui,
    `<a id="same" href="/api/same/download">same</a> <a id="new" href="/api/new/download" target="_blank">new</a>
     <a id="save" href="/api/save/download" download="report.pdf">save</a>`,
  );
  await clickOn(ui, '#same');
  await clickOn(ui, '#new');
  await expect
    .poll(() => refusals(home))
    .toEqual([`navigation refused: ${ORIGIN}/api/same/download`, `window refused: ${ORIGIN}/api/new/download`]);
  await clickOn(ui, '#save');
  await expect.poll(ended).toEqual(['/api/save/download completed']);
  expect(readFileSync(file, 'latin1')).toMatch(/^%PDF-/);
  expect(requestedPdfs(home)).toEqual(['/api/save/download']);
  expect(await opened()).toEqual([]);
  expect(await visibleWindows(app)).toEqual([UI]);
});

/** Names and contents of the files that the page saves, in the folder, without a dialog. */
async function saveInto(app: ElectronApplication, folder: string) {
  await app.evaluate(({ session }, folder) => {
    const ended: string[] = [];
    Object.assign(globalThis, { ended });
    session.fromPartition('persist:cachibot').on('will-download', (_event, item) => {
      item.setSavePath(`${folder}/${item.getFilename()}`);
      item.once('done', (_done, state) => void ended.push(`${item.getFilename()} ${state}`));
    });
  }, folder);
  return () => app.evaluate(() => Reflect.get(globalThis, 'ended') as string[]);
}

const CHAT = '/api/bots/default/chats/chat';

/** Gives a chat or room a file, with this content or size, as the page does. @returns the address of the file */
const upload = (ui: Page, owner: string, name: string, type: string, content: string | number) =>
  ui.evaluate(
    async ({ owner, name, type, content }) => {
      const { state } = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}');
      const body = new FormData();
      const part = typeof content === 'string' ? content : new Uint8Array(content);
      body.append('file', new File([part], name, { type }));
      const headers = { Authorization: `Bearer ${state.accessToken}` };
      const assets = `${owner}/assets`;
      const { id } = await (await fetch(assets, { method: 'POST', headers, body })).json();
      return `${assets}/${id}/download`;
    },
    { owner, name, type, content },
  );

const showDocument = (ui: Page, documentType: string, downloadUrl: string, fileName: string) =>
  showArtifact(ui, { type: 'document', content: downloadUrl, metadata: { documentType, downloadUrl, fileName } });

/** A chat with one answer, which may contain Markdown. */
async function openAnswered(message = 'Hello') {
  const chat = await openChat();
  await catchSocket(chat.ui);
  await say(chat.ui, message);
  await chat.ui.getByText('You said:').first().waitFor({ timeout: 60_000 });
  return { ...chat, saved: await saveInto(chat.app, chat.home) };
}

const REAL = { timeout: 240_000, tags: 'left-to-ci' };

it('leaves the frame of a PDF in CachiBot’s page empty, and saves the file by its button', REAL, async () => {
  const { home, app, ui, saved } = await openAnswered();
  const address = await upload(ui, CHAT, 'Bericht für Zoë.pdf', 'application/pdf', '%PDF-1.4');
  await showDocument(ui, 'pdf', address, 'report.pdf');
  await expect.poll(() => refusals(home)).toContain(`navigation refused: ${ORIGIN}${address}`);
  expect(await filledFrames(app)).toEqual([]);
  // A link does not send the login that the API requires.
  expect(await ui.evaluate(async address => (await fetch(address)).status, address)).toBe(401);
  const completed = ['Bericht für Zoë.pdf completed'];
  await ui.getByText('Download PDF').evaluate((link: HTMLElement) => {
    link.click();
    link.click();
  });
  await expect.poll(saved).toEqual(completed);
  expect(readFileSync(join(home, 'Bericht für Zoë.pdf'), 'latin1')).toBe('%PDF-1.4');

  // The button of the panel is a link that the page makes and clicks.
  completed.push(...completed);
  await ui.locator('.artifact-panel__tool-btn', { hasText: 'Download' }).click();
  await expect.poll(saved).toEqual(completed);
  expect(mainLog(home)).not.toContain('a download was not saved');
});

it('saves files of the API by the keyboard, with a renewed login, and large ones', REAL, async () => {
  const { home, ui, saved } = await openAnswered();
  const large = 100_000_000;
  await showDocument(ui, 'docx', await upload(ui, CHAT, 'large.docx', 'application/msword', large), 'other.docx');
  await ui.evaluate(() => {
    const { fetch } = window;
    let isExpired = true;
    const seen: string[] = [];
    window.fetch = (input, init) => {
      const { pathname } = new URL(String(input), location.href);
      seen.push(pathname);
      const headers = isExpired && pathname.endsWith('/download') ? { Authorization: 'Bearer expired' } : init?.headers;
      if (pathname.endsWith('/download')) isExpired = false;
      return fetch(input, headers ? { ...init, headers } : init);
    };
    const pauses = [performance.now()];
    setInterval(() => pauses.push(performance.now()), 10);
    const longest = () => Math.max(...pauses.map((time, at) => time - (pauses[at - 1] ?? time)));
    Object.assign(window, { seen, longest });
  });
  await ui.locator('a.artifact-document__download-btn').focus();
  await ui.keyboard.press('Enter');
  await expect.poll(saved, { timeout: 60_000 }).toEqual(['large.docx completed']);
  expect(statSync(join(home, 'large.docx')).size).toBe(large);
  const { seen, longestMs } = await ui.evaluate(() => {
    const { seen, longest } = window as unknown as { seen: string[]; longest(): number };
    return { seen, longestMs: longest() };
  });
  expect(seen.filter(path => path.endsWith('/download'))).toHaveLength(2);
  expect(seen).toContain('/api/auth/refresh');
  expect(longestMs, 'the page is not blocked').toBeLessThan(1_000);
});

it('says why a file of the API is not saved, and saves none by a link of a bot', REAL, async () => {
  const path = `${CHAT}/assets/1/download`;
  const { home, app, ui, saved } = await openAnswered(`[the report](${path})`);
  await ui.locator('.markdown a', { hasText: 'the report' }).last().click();
  await expect.poll(() => refusals(home)).toContain(`window refused: ${ORIGIN}${path}`);
  expect(await ui.getByText(words.fileGone.replace('{name}', 'report.xlsx')).count()).toBe(0);

  await showDocument(ui, 'xlsx', path, 'report.xlsx');
  await ui.locator('a.artifact-document__download-btn').click();
  await ui.getByText(words.fileGone.replace('{name}', 'report.xlsx')).waitFor();
  await ui.evaluate(() => {
    window.fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  });
  await ui.locator('a.artifact-document__download-btn').click();
  await ui.getByText(words.fileNotConnected.replace('{name}', 'report.xlsx')).waitFor();
  expect(await saved()).toEqual([]);
  expect(await visibleWindows(app)).toHaveLength(1);
});

it('saves the file of a room, and says if that fails', REAL, async () => {
  const { home, app, ui } = await openChat();
  const saved = await saveInto(app, home);
  await openRoom(ui, { Ada: 'ollama/fake:latest', Ben: 'ollama/fake:latest' });
  await upload(ui, `/api/rooms/${ui.url().split('/').at(-1)}`, 'notes.txt', 'text/plain', 'of the room');
  await ui.getByTitle('Assets').click();
  await ui.locator('.asset-item').getByTitle('Download').click();
  await expect.poll(saved).toEqual(['notes.txt completed']);
  expect(readFileSync(join(home, 'notes.txt'), 'utf8')).toBe('of the room');

  rmSync(join(home, '.cachibot/assets'), { recursive: true });
  await ui.locator('.asset-item').getByTitle('Download').click();
  await ui.getByText(words.fileGone.replace('{name}', 'notes.txt')).waitFor();
});
