/** Pictures of other computers in a message and in an artifact: nothing is sent before a click. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { catchSocket, contentFrame, showArtifact } from '../../drivers/artifacts';
import {
  outputFolder,
  python,
  recordOpenedLinks,
  recordRequests,
  serverScript,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { makeAccount, say } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

/** An address of the internet. The test file's own network leads it to this machine, whose interfaces do not have it. */
const INTERNET = '93.184.216.34';
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="teal"/></svg>';

/** Serves pictures on the internet, at `pictures.example`. The name `nas.example` is that of a private network. */
async function openInternet() {
  const hosts = join(temporaryFolder(), 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n${INTERNET} pictures.example\n10.0.0.7 nas.example\n`);
  execFileSync('/bin/sh', ['-c', `ip route add local ${INTERNET} dev lo && mount --bind ${hosts} /etc/hosts`]);
  onTestFinished(
    () => void execFileSync('/bin/sh', ['-c', `umount /etc/hosts && ip route del local ${INTERNET} dev lo`]),
  );
  const { port, requests } = await recordRequests({
    host: INTERNET,
    respond: ({ url = '' }, response) => {
      if (url === '/missing.png') response.writeHead(404).end();
      else if (url.includes('.png'))
        response.writeHead(200, { 'Content-Type': 'image/png', 'Set-Cookie': 'a=1' }).end(PNG);
      else response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(SVG);
    },
  });
  return { port, paths: () => requests.map(({ method, path }) => `${method} ${path}`), requests };
}

const naturalWidth = (ui: Page, alt: string) =>
  ui
    .locator(`.chat-message cachibot-picture img[alt="${alt}"]`)
    .evaluate((picture: HTMLImageElement) => picture.decode().then(() => picture.naturalWidth));

it('loads a picture by a click, and by nothing else', { timeout: 120_000 }, async () => {
  const { port, paths, requests } = await openInternet();
  const home = temporaryFolder();
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  const app = await startApp({ home, server: [python(), serverScript], env: model.env });
  const opened = await recordOpenedLinks(app);
  const ui = await makeAccount(app, home);
  await catchSocket(ui);
  const site = `pictures.example:${port}`;
  await say(
    ui,
    [
      `![cat](http://${site}/cat.png?secret=1) [![badge](http://${site}/badge.svg)](http://${site}/page)`,
      '![camera](http://192.168.1.7/now.png) ![disk](http://nas.example:8080/a.png)',
    ].join('\n\n'),
  );
  const picture = (alt: string) =>
    ui.locator('.chat-message cachibot-picture').filter({ has: ui.getByText(alt, { exact: true }) });
  const button = (alt: string) => picture(alt).getByRole('button');
  await button('badge').waitFor({ timeout: 60_000 });
  await ui.screenshot({ path: join(outputFolder(), 'remote-pictures-before.png') });
  expect(await picture('cat').innerText()).toContain(`Picture from ${site}`);
  expect(await picture('camera').innerText()).toContain('private network (192.168.1.7)');
  expect(await button('camera').count()).toBe(0);

  // The clicks of a script do nothing.
  await ui.evaluate(() => {
    for (const button of document.querySelectorAll<HTMLElement>('cachibot-picture button')) button.click();
  });
  await ui.waitForTimeout(1_000);
  expect(paths()).toEqual([]);

  await button('cat').click();
  await expect.poll(() => naturalWidth(ui, 'cat'), { timeout: 20_000 }).toBe(1);
  await button('badge').click();
  await expect.poll(() => naturalWidth(ui, 'badge'), { timeout: 20_000 }).toBe(40);
  expect(paths()).toEqual(['GET /cat.png?secret=1', 'GET /badge.svg']);
  expect(requests[1]?.text).not.toMatch(/cookie|referer|token|127\.0\.0\.1/i);
  await button('disk').click();
  await ui.getByText('nas.example is in a private network').waitFor({ timeout: 20_000 });
  expect(await opened()).toEqual([]);
  await ui.screenshot({ path: join(outputFolder(), 'remote-pictures-after.png') });

  const html = `<!doctype html><body><p></p><img src="http://${site}/dog.svg"><img src="http://10.0.0.7/private.png">
    <img src="http://${site}/missing.png">
    <script>setTimeout(() => { document.querySelector('p').textContent = 'Dog: ' + document.images[0].naturalWidth }, 300)
    new Image().src = 'http://${site}/sent-by-a-script.png?secret=2'</script>`;
  await showArtifact(ui, { type: 'html', content: html });
  await contentFrame(ui, 'Dog: 0');
  const bar = ui.locator('.cachibot-pictures');
  expect(await bar.innerText()).toContain(`Pictures from ${site}`);
  await ui.screenshot({ path: join(outputFolder(), 'remote-pictures-artifact.png') });
  await bar.getByRole('button').click();
  await contentFrame(ui, 'Dog: 40');
  await ui.screenshot({ path: join(outputFolder(), 'remote-pictures-artifact-after.png') });
  expect(paths().slice(2).sort()).toEqual(['GET /dog.svg', 'GET /missing.png']);
  // The bar stays for the picture that is missing, and says why.
  await bar.getByRole('button').click();
  await bar.getByText('responded with an error (404)').waitFor({ timeout: 20_000 });
  await contentFrame(ui, 'Dog: 40');

  await showArtifact(ui, { type: 'html', content: `<p>One</p><img src="http://${site}/one.svg">` });
  await contentFrame(ui, 'One');
  await bar.getByRole('button').click();
  await expect.poll(() => bar.count()).toBe(0);
});
