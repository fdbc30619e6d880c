/** PDF files of the API in CachiBot's page: no frame and no link shows them, and a link for downloads saves them. */
// @module-tag linux: uses electron-app.ts

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { catchSocket, showArtifact } from '../../drivers/artifacts';
import { clickOn, diary, mainLog, openUi, UI, visibleWindows } from '../../drivers/electron-app';
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

/** Gives a chat a PDF, as the page does with an attachment. @returns the address of the file */
const uploadPdf = (ui: Page) =>
  ui.evaluate(async () => {
    const { state } = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}');
    const body = new FormData();
    body.append('file', new File(['%PDF-1.4'], 'report.pdf', { type: 'application/pdf' }));
    const headers = { Authorization: `Bearer ${state.accessToken}` };
    const assets = '/api/bots/default/chats/chat/assets';
    const { id } = await (await fetch(assets, { method: 'POST', headers, body })).json();
    return `${assets}/${id}/download`;
  });

it('leaves the frame of a PDF in CachiBot’s page empty', { timeout: 240_000, tags: 'left-to-ci' }, async () => {
  const { home, app, ui } = await openChat();
  await catchSocket(ui);
  await say(ui, 'Hello');
  await ui.getByText('You said: Hello').first().waitFor({ timeout: 60_000 });
  const address = await uploadPdf(ui);
  const file = join(home, 'saved.pdf');
  const ended = await recordDownloads(app, file);
  await showArtifact(ui, {
    type: 'document',
    content: address,
    metadata: { documentType: 'pdf', downloadUrl: address, fileName: 'report.pdf' },
  });
  await expect.poll(() => refusals(home)).toContain(`navigation refused: ${ORIGIN}${address}`);
  expect(await filledFrames(app)).toEqual([]);
  // CachiBot's button is a link, which does not send the login that the API requires.
  expect(await ui.evaluate(async address => (await fetch(address)).status, address)).toBe(401);
  await ui.getByText('Download PDF').click();
  await expect.poll(ended).toEqual([`${address} interrupted`]);
  expect(existsSync(file)).toBe(false);
});
