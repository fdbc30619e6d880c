/** The main window shows the UI, and nothing in the page can bring another page into it, or send a command by a form. */
// @module-tag linux: uses electron-app.ts

import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { diary, mainLog, pageAt, shownUi, startApp, temporaryFolder, UI } from '../../drivers/electron-app';

/** Paths of the server that are not the UI; each row gets one of its own, so that the diary tells which was requested. */
const SERVER_PATHS = ['/api/health', '/ws', '/v1/models', '/docs', '/redoc', '/openapi.json', '/%61pi/bots'];

interface Row {
  name: string;
  act(ui: Page, app: ElectronApplication): Promise<unknown>;
}

/** Inserts HTML into the page, as a model's answer does, and submits its form, if there is one. */
const insert = (html: string) => (ui: Page) =>
  ui.evaluate(html => {
    const answer = document.createElement('div');
    answer.innerHTML = html;
    document.body.append(answer);
    setTimeout(() => answer.querySelector('form')?.submit()); // after this call has returned
  }, html);

/** Leaves the UI in a way that no guard of navigations sees. */
const reloadAt = (path: string) => async (ui: Page, app: ElectronApplication) => {
  await ui.evaluate(path => history.pushState(null, '', path), path);
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.reload());
};

const withUser = UI.replace('//', '//ada:word@');

const ROWS: Row[] = [
  ...SERVER_PATHS.flatMap(path => [
    { name: `refresh to ${path}`, act: insert(`<meta http-equiv="refresh" content="0;url=${path}?refresh">`) },
    {
      name: `script to ${path}`,
      act: (ui: Page) => ui.evaluate(to => void setTimeout(() => location.assign(to)), path),
    },
    { name: `form to ${path}`, act: insert(`<form action="${path}"><input name="form" value="1"></form>`) },
    { name: `frame of ${path}`, act: insert(`<iframe src="${path}?frame"></iframe>`) },
  ]),
  {
    name: 'refresh to an address with a user name',
    act: insert(`<meta http-equiv="refresh" content="0;url=${withUser}">`),
  },
  { name: 'frame with a user name', act: insert(`<iframe src="${withUser}default/user"></iframe>`) },
  { name: 'POST to the API', act: insert('<form method="post" action="/api/plugins/install"></form>') },
  { name: 'POST to the UI', act: insert('<form method="post" action="/default/post"></form>') },
  {
    name: 'POST in a frame',
    act: insert('<iframe name="target"></iframe><form method="post" action="/default/frame" target="target"></form>'),
  },
  {
    name: 'POST to the API in a frame',
    act: insert(
      '<iframe name="other"></iframe><form method="post" action="/api/plugins/reload" target="other"></form>',
    ),
  },
  { name: 'history to the blank page', act: ui => ui.evaluate(() => void history.go(1 - history.length)) },
  { name: 'reload at a path of the server', act: reloadAt('/docs?reload') },
  { name: 'load of a blank page', act: (_ui, app) => app.evaluate(loadBlank) },
];

const loadBlank = ({ BrowserWindow }: typeof import('electron')) =>
  BrowserWindow.getAllWindows()[0]?.webContents.loadURL('about:blank');

const showsUi = (ui: Page) =>
  ui.evaluate(() => `${location.origin}/ ${document.getElementById('root')?.textContent}`).catch(() => 'navigates');

it('keeps the UI, or loads it again, whatever the page tries', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  await shownUi(app);
  for (const { name, act } of ROWS) {
    const ui = await pageAt(app, UI);
    const requests = diary(home).length;
    await act(ui, app).catch(() => {}); // the page may be gone before the call returns
    await ui.waitForTimeout(300);
    await expect
      .poll(() => showsUi(ui), { timeout: 5_000, message: name })
      .toBe(`${UI} Hello from the scripted server`);
    const sent = diary(home)
      .slice(requests)
      .filter(({ event, path }) => event === 'request' && path !== '/' && path !== '/api/desktop/machine');
    expect({ name, sent }).toEqual({ name, sent: [] });
  }
  expect(mainLog(home)).not.toContain('ada:word');
});
