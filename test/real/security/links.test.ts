/** A link opens in the browser when the user clicks it, and in no other case. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { clickOn, mainLog, openUi, UI, visibleWindows } from '../../drivers/electron-app';

/** Inserts HTML into the page, as CachiBot's page does with a model's answer. */
const show = (page: Page, html: string) =>
  page.evaluate(html => {
    const answer = document.createElement('div');
    answer.innerHTML = html;
    document.body.prepend(answer);
  }, html);

/** Makes the page open a window that previews this HTML. */
async function preview(app: ElectronApplication, ui: Page, html: string): Promise<Page> {
  await clickOn(ui, '#box'); // each window needs a gesture
  const [child] = await Promise.all([
    app.waitForEvent('window'),
    ui.evaluate(html => void window.open(URL.createObjectURL(new Blob([html], { type: 'text/html' }))), html),
  ]);
  await child.waitForURL(/^blob:/);
  return child;
}

it('opens a link that is clicked, clicked with the middle button, or chosen with Enter: once each', async () => {
  const { home, app, ui, opened } = await openUi();
  await show(
    ui,
    `<a id="a" href="https://a.example/x?secret=1#y">a</a> <a id="b" href="https://b.example/" target="_blank">b</a>
     <a id="c" href="https://c.example/"><b>c</b></a> <a id="d" href="mailto:ada@d.example">d</a>
     <svg width="50" height="20"><a id="e" href="https://e.example/"><rect width="50" height="20" /></a></svg>`,
  );
  await clickOn(ui, '#a');
  await clickOn(ui, '#b');
  await clickOn(ui, '#b', 'middle');
  await ui.keyboard.down('Shift');
  await clickOn(ui, '#c b');
  await ui.keyboard.up('Shift');
  await ui.evaluate(() => document.getElementById('c')?.focus());
  await ui.keyboard.press('Enter');
  await clickOn(ui, '#d');
  await clickOn(ui, '#e');
  const expected = [
    'https://a.example/x?secret=1#y',
    'https://b.example/',
    'https://b.example/',
    'https://c.example/',
    'https://c.example/',
    'mailto:ada@d.example',
    'https://e.example/',
  ];
  await expect.poll(opened).toEqual(expected);
  await ui.waitForTimeout(500);
  expect(await opened()).toEqual(expected);
  expect(await visibleWindows(app)).toEqual([UI]);
  expect(mainLog(home)).toContain('link opened: https://a.example/\n');
  expect(mainLog(home)).not.toMatch(/secret=1|ada@d/);
});

it('opens nothing for a refresh, a script or a form, while the user clicks elsewhere', async () => {
  const { home, app, ui, opened } = await openUi();
  await ui.evaluate(() => {
    const tries = [
      () => {
        document.head.insertAdjacentHTML(
          'beforeend',
          '<meta http-equiv="refresh" content="0;url=https://a.example/?x">',
        );
      },
      () => {
        location.href = 'https://b.example/?x';
      },
      () => void window.open('https://c.example/?x'),
      () => {
        document.body.insertAdjacentHTML('beforeend', '<form action="https://d.example/" target="_blank"></form>');
        document.forms[0]?.submit();
      },
      () => {
        document.body.insertAdjacentHTML('beforeend', '<a id="bait" href="https://e.example/?x" target="_blank">e</a>');
        document.getElementById('bait')?.click();
        document.getElementById('bait')?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
      },
      () => document.body.insertAdjacentHTML('beforeend', '<iframe src="https://f.example/?x"></iframe>'),
    ];
    let next = 0;
    setInterval(() => tries[next++ % tries.length]?.(), 500);
    // A script that runs at the moment of the user's click.
    document.addEventListener('click', () => void window.open('https://g.example/?x'));
  });
  for (let second = 0; second < 5; second++) {
    await clickOn(ui, '#box');
    await ui.keyboard.press('Enter');
    await ui.waitForTimeout(1_000);
  }
  expect(await opened()).toEqual([]);
  const log = mainLog(home);
  for (const site of 'abcdeg') expect(log).toContain(`refused: https://${site}.example/\n`);
  expect(log).not.toContain('?x');
  expect(await visibleWindows(app)).toEqual([UI]);
});

it('opens nothing for a click that the page handles itself', async () => {
  const { ui, opened } = await openUi();
  await show(ui, '<a id="a" href="https://a.example/">a</a> <a id="b" href="https://b.example/">b</a>');
  await ui.evaluate(() => document.getElementById('a')?.addEventListener('click', event => event.preventDefault()));
  // React's listeners do the same, which must not hide the click.
  await ui.evaluate(() => document.getElementById('b')?.addEventListener('click', event => event.stopPropagation()));
  await clickOn(ui, '#a');
  await clickOn(ui, '#b');
  await expect.poll(opened).toEqual(['https://b.example/']);
});

it.each(['/api/health', '/%61pi/health', '/assets/index.js', '/favicon.svg'])(
  'stays on its page when a model’s answer contains a refresh to %s',
  { tags: 'left-to-ci' },
  async address => {
    const { home, ui, opened } = await openUi();
    await show(ui, `<meta http-equiv="refresh" content="0;url=${address}">`);
    await ui.waitForTimeout(1_500);
    expect(ui.url()).toBe(UI);
    expect(mainLog(home)).toContain(`navigation refused: ${UI.slice(0, -1)}${address}`);
    expect(await ui.locator('#root').textContent()).toBe('Hello from the scripted server');
    expect(await opened()).toEqual([]);
  },
);

it('lets the page reload itself at its present address', async () => {
  const { ui } = await openUi();
  await ui.evaluate(() => history.pushState(null, '', '/default/chats/1'));
  await Promise.all([ui.waitForEvent('load'), ui.evaluate(() => location.reload())]);
  expect(ui.url()).toBe(`${UI}default/chats/1`);
});

it('applies the same rule to a frame of the page', async () => {
  const { home, ui, opened } = await openUi();
  await ui.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.id = 'frame';
    document.body.prepend(frame);
    // CachiBot's page shows a document written by a model in the same way.
    frame.contentDocument?.open();
    frame.contentDocument?.write(
      '<meta http-equiv="refresh" content="1;url=https://b.example/"><a id="link" href="https://a.example/">a</a>',
    );
    frame.contentDocument?.close();
  });
  await ui.waitForTimeout(2_500);
  expect(await opened()).toEqual([]);
  expect(mainLog(home)).toContain('navigation refused: https://b.example/');
  await clickOn(ui, '#link');
  await expect.poll(opened).toEqual(['https://a.example/']);
});

it('applies the same rule to a preview', async () => {
  const { home, app, ui, opened } = await openUi();
  const html = '<meta http-equiv="refresh" content="1;url=https://b.example/"><a href="https://a.example/">a</a>';
  const child = await preview(app, ui, html);
  await ui.waitForTimeout(2_500);
  await child.evaluate(() => void window.open('https://c.example/'));
  await ui.waitForTimeout(500);
  expect(await opened()).toEqual([]);
  expect(mainLog(home)).toContain('navigation refused: https://b.example/');
  expect(mainLog(home)).toContain('window refused: https://c.example/');
  await clickOn(child, 'a');
  await expect.poll(opened).toEqual(['https://a.example/']);
  expect(child.url()).toMatch(/^blob:/);
});

it('applies the same rule to a page for printing', async () => {
  const { app, ui, opened } = await openUi();
  await clickOn(ui, '#box');
  const [child] = await Promise.all([
    app.waitForEvent('window'),
    ui.evaluate(() => {
      const page = window.open('', '_blank')?.document;
      page?.open();
      page?.write('<a href="https://a.example/">a</a>');
      page?.close();
    }),
  ]);
  await child.waitForTimeout(1_000); // the listener is added again within half a second
  await clickOn(child, 'a');
  await expect.poll(opened).toEqual(['https://a.example/']);
});
