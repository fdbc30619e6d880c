/** Content with scripts in the real page: HTML artifacts, their windows, and views of plug-ins. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { catchSocket, contentFrame, showArtifact } from '../../drivers/artifacts';
import { outputFolder, python, serverScript, startApp, temporaryFolder, UI } from '../../drivers/electron-app';
import { makeAccount, say } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

/** Our server, whose page draws content as that of stock CachiBot does. */
const stockPage = `
import runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
from cachibot_desktop.patches.page import content_frames, diagrams, plugin_views, registry
removed = (*content_frames.PATCHES, *plugin_views.PATCHES, diagrams.PATCH)
registry.PAGE_PATCHES = tuple(patch for patch in registry.PAGE_PATCHES if patch not in removed)
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`;

/** A page that counts clicks, with styles, a picture and a handler in an attribute. */
const counter = (title: string) => `<!doctype html><html><head><title>${title}</title>
  <style>button { width: 100px; height: 50px }</style></head><body>
  <p id="loads">${title}: no script</p>
  <img id="dot" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='7' height='7'/>">
  <button onclick="document.getElementById('clicks').textContent = ++clicks">Count</button><b id="clicks">0</b>
  <script>
    var clicks = 0;
    // Text becomes code and HTML in each of these ways.
    const made = [eval("'script'"), Function("return 'and'")(), 'load'].join(' ');
    addEventListener('load', () => { document.getElementById('loads').innerHTML = '${title}: <b>' + made + '</b>'; });
  </script></body></html>`;

/** The view of a plug-in, which asks for the theme. */
const VIEW = `<p id="theme">no theme</p><script>
  addEventListener('message', ({ data }) => {
    if (data.type === 'theme') document.getElementById('theme').textContent = 'theme ' + data.payload.theme;
  });
  parent.postMessage({ type: 'getTheme' }, '*');
  parent.postMessage({ type: 'toast', payload: { message: 'Hello from the view' } }, '*');
</script>`;

function installView(home: string): void {
  const folder = join(home, '.cachibot', 'plugins', 'counter');
  mkdirSync(join(folder, 'static'), { recursive: true });
  writeFileSync(
    join(folder, 'plugin.toml'),
    '[plugin]\nname = "counter"\ntype = "view"\n[plugin.view]\nroute = "counter"\nnav_label = "Counter"\n',
  );
  writeFileSync(
    join(folder, '__init__.py'),
    'from cachibot.plugins.base import CachibotPlugin\nclass P(CachibotPlugin): pass\n',
  );
  writeFileSync(join(folder, 'static', 'index.html'), VIEW);
}

async function open(server: string[]) {
  const home = temporaryFolder();
  installView(home);
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  const app = await startApp({ home, server, env: model.env });
  const ui = await makeAccount(app, home);
  await catchSocket(ui);
  await say(ui, 'Hello');
  await ui.getByText('You said: Hello').first().waitFor({ timeout: 60_000 });
  return { app, ui };
}

/** Has `print` of all windows counted instead of opening the system's dialog. */
const recordPrinting = (app: ElectronApplication) =>
  app.evaluate(({ app }) => {
    const printed: string[] = [];
    Object.assign(globalThis, { printed });
    app.on('web-contents-created', (_event, contents) => {
      contents.print = () =>
        void contents.executeJavaScript('document.body.innerText').then(text => printed.push(text));
    });
  });

/** Clicks a button of the artifact. @returns the window that opens */
async function windowOf(app: ElectronApplication, ui: Page, title: string): Promise<Page> {
  const [opened] = await Promise.all([app.waitForEvent('window'), ui.getByTitle(title).click()]);
  return opened;
}

/** Which process draws each frame with content. */
const contentProcesses = (app: ElectronApplication) =>
  app.evaluate(({ BrowserWindow }) => {
    const pages = BrowserWindow.getAllWindows().map(window => window.webContents.mainFrame);
    return pages.flatMap(page =>
      page.framesInSubtree
        .filter(frame => frame !== page)
        .map(frame => (frame.osProcessId === page.osProcessId ? 'that of the page' : 'its own')),
    );
  });

it('runs the scripts of HTML artifacts and of views, in frames and windows of their own', {
  timeout: 240_000,
}, async () => {
  const { app, ui } = await open([python(), serverScript]);
  await showArtifact(ui, { type: 'html', content: counter('First') });
  const first = await contentFrame(ui, 'First: script and load');
  await first.locator('button').click();
  expect(await first.locator('#clicks').innerText()).toBe('1');
  expect(await first.locator('#dot').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(7);
  expect(await first.evaluate(() => window.origin)).toBe('null');
  const { height } = (await ui.locator('.artifact-html__iframe iframe').boundingBox()) ?? { height: 0 };
  expect(height).toBeGreaterThan(200);
  await ui.screenshot({ path: join(outputFolder(), 'artifact-html.png') });

  await ui.getByTitle('Refresh preview').click();
  expect(await (await contentFrame(ui, 'First: script and load')).locator('#clicks').innerText()).toBe('0');
  await showArtifact(ui, { type: 'html', content: counter('Second') });
  const second = await contentFrame(ui, 'Second: script and load');
  await second.evaluate(() => location.reload());
  await contentFrame(ui, 'Second: script and load');

  await recordPrinting(app);
  const preview = await windowOf(app, ui, 'Open in new tab');
  await preview.getByText('Second: script and load').waitFor();
  const rights = await preview.evaluate(() => [
    window.origin,
    typeof Reflect.get(window, 'electronAPI'),
    window.opener,
  ]);
  expect(rights).toEqual(['null', 'undefined', null]);
  const print = await windowOf(app, ui, 'Print / Save as PDF');
  await print.getByText('Second: script and load').waitFor();
  const printed = () => app.evaluate(() => Reflect.get(globalThis, 'printed') as string[]);
  await expect.poll(printed).toEqual([expect.stringContaining('Second: script and load')]);
  await preview.close();
  await print.close();

  await showArtifact(ui, { type: 'html', content: '<p>Busy</p><script>setTimeout(() => { for (;;); }, 300)</script>' });
  await ui.waitForTimeout(1_000);
  expect(await contentProcesses(app)).toEqual(['its own']);
  expect(await ui.evaluate(() => new Promise(resolve => requestAnimationFrame(() => resolve('drawn'))))).toBe('drawn');
  await ui.getByTitle('Close panel').click();
  await expect.poll(() => contentProcesses(app)).toEqual([]);

  await showArtifact(ui, { type: 'mermaid', content: 'graph TD; A[Start] --> B[The <b>end</b>]' });
  const diagram = ui.locator('.artifact-mermaid__content img');
  await diagram.waitFor({ timeout: 30_000 });
  expect(await diagram.evaluate((img: HTMLImageElement) => img.naturalHeight)).toBeGreaterThan(50);
  await ui.screenshot({ path: join(outputFolder(), 'artifact-mermaid.png') });
  await showArtifact(ui, { type: 'mermaid', content: 'this is not a diagram' });
  await ui.getByText(/No diagram type detected/).waitFor({ timeout: 30_000 });

  await ui.goto(`${UI}default/plugins/counter`);
  const view = await contentFrame(ui, 'theme');
  await expect
    .poll(() => view.locator('#theme').innerText(), { timeout: 20_000 })
    .toMatch(/^theme (dark|light|system)$/);
  await ui.getByText('Hello from the view').waitFor();
  await ui.screenshot({ path: join(outputFolder(), 'plugin-view.png') });
});

it('shows the flaw: in the stock page artifacts run no script, and have the origin of the page', {
  timeout: 240_000,
}, async () => {
  const { ui } = await open([python(), '-c', stockPage]);
  await showArtifact(ui, { type: 'html', content: counter('First') });
  const frame = ui.frameLocator('.artifact-html__iframe');
  await frame.getByText('First: no script').waitFor();
  expect(await frame.locator('body').evaluate(() => window.origin)).toBe(new URL(UI).origin);
  await showArtifact(ui, { type: 'mermaid', content: 'graph TD; A --> B' });
  await ui.getByText('Failed to render Mermaid diagram').waitFor({ timeout: 30_000 });
  await ui.goto(`${UI}default/plugins/counter`);
  await ui.locator('iframe[title=counter]').waitFor();
  await ui.waitForTimeout(1_000);
  expect(await ui.frameLocator('iframe[title=counter]').getByText('theme').count()).toBe(0);
});
