/**
 * Hostile text in the real page: nothing outside of its message changes. The model is a fake that repeats the user's
 * message. `test/unit/security/content-sanitizer.test.ts` tests the allow-list itself.
 */
// @module-tag linux: uses electron-app.ts

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { catchSocket, showArtifact } from '../drivers/artifacts';
import { outputFolder, UI } from '../drivers/electron-app';
import { changes, installSurroundings, type SurroundingsInPage } from '../drivers/page-surroundings';
import { openChat, say } from '../drivers/user-journey';
import { COVERING, FINISHED, ORDINARY, PAYLOADS, REQUESTED_IN_STOCK, SEEN_IN_STOCK, SVG_PAYLOAD } from './payloads';

interface Store {
  getState(): { messages: Record<string, unknown[]> };
  setState(state: { messages: Record<string, unknown[]> }): void;
}

interface DesktopInPage {
  showChat(shown: { store: Store; chatId: string }): void;
  showUnknownTags: unknown;
  sanitize: unknown;
}

/** Globals of the page while this test runs. */
interface InPage extends SurroundingsInPage {
  cachibotDesktop: DesktopInPage;
  shown: { store: Store; chatId: string };
}

const LAST_MESSAGE = '.chat-message:last-child .markdown';
const MESSAGES = '.chat-messages';

async function open() {
  const { ui } = await openChat();
  const requests: string[] = [];
  ui.on('request', request => {
    // A request that the policy refuses is announced, and has no response.
    if (request.url().includes('attack'))
      void request.response().then(response => response && requests.push(request.url()));
  });
  return { ui, requests };
}

/** Makes the page's chat and its connection reachable for the test, and installs `surroundings`. */
async function prepare(ui: Page): Promise<void> {
  await ui.evaluate(() => {
    const page = window as unknown as InPage;
    const { showChat } = page.cachibotDesktop;
    page.cachibotDesktop.showChat = shown => {
      page.shown = shown;
      showChat(shown);
    };
  });
  await catchSocket(ui);
  await installSurroundings(ui);
}

const surroundings = (ui: Page, part = LAST_MESSAGE, scroller = MESSAGES): Promise<string[]> =>
  ui.evaluate(([part, scroller]) => (window as unknown as InPage).surroundings(part, scroller), [
    part,
    scroller,
  ] as const);

/** Shows texts one after another as the last message of the chat. @returns descriptions of the page, one for each */
const showEach = (ui: Page, texts: readonly string[]): Promise<string[][]> =>
  ui.evaluate(
    async ([texts, part, scroller]) => {
      const page = window as unknown as InPage;
      const { store, chatId } = page.shown;
      const earlier =
        store.getState().messages[chatId]?.filter(message => !Reflect.get(message as object, 'attack')) ?? [];
      const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
      const found: string[][] = [];
      for (const [index, content] of texts.entries()) {
        document.querySelector('textarea')?.focus();
        const id = `attack-${index}`;
        const message = { id, attack: true, role: 'assistant', content, timestamp: '2026-01-01T00:00:00Z' };
        store.setState({ messages: { ...store.getState().messages, [chatId]: [...earlier, message] } });
        await frame();
        found.push(page.surroundings(part, scroller));
      }
      return found;
    },
    [texts, LAST_MESSAGE, MESSAGES] as const,
  );

/** The texts that change the page, each with the first changes. */
async function reaching(ui: Page, texts: readonly string[]): Promise<{ text: string; changed: string[] }[]> {
  const [before = [], ...after] = await showEach(ui, ['x', ...texts]);
  return texts
    .map((text, index) => ({ text, changed: changes(before, after[index] ?? []).slice(0, 6) }))
    .filter(({ changed }) => changed.length > 0);
}

const switchOffSanitizer = (ui: Page): Promise<void> =>
  ui.evaluate(() => {
    Object.assign((window as unknown as InPage).cachibotDesktop, {
      showUnknownTags: () => undefined,
      sanitize: () => undefined,
    });
  });

const switchOffLayout = (ui: Page): Promise<void> =>
  ui.evaluate(() => {
    const rules = [...document.styleSheets].find(sheet => sheet.cssRules[0]?.cssText.startsWith('.markdown { contain'));
    if (!rules) throw new Error('There are no layout rules.');
    rules.disabled = true;
  });

const htmlOf = async (ui: Page, text: string): Promise<string> => {
  await showEach(ui, [text]);
  return ui.locator(LAST_MESSAGE).last().innerHTML();
};

/** The artifacts of a plug-in: a Markdown document, and an SVG. */
async function tryArtifacts(ui: Page): Promise<void> {
  const inPanel = (type: string) => surroundings(ui, `.artifact-${type}`, '.artifact-panel__content');
  await showArtifact(ui, { type: 'markdown', content: 'x' });
  const besideDocument = await inPanel('markdown');
  await showArtifact(ui, { type: 'markdown', content: FINISHED.join('\n\n') });
  expect(changes(besideDocument, await inPanel('markdown'))).toEqual([]);
  const svg = '<svg width="40" height="40" viewBox="0 0 40 40"><rect width="9" height="9"/></svg>';
  await showArtifact(ui, { type: 'svg', content: svg });
  const besideSvg = await inPanel('svg');
  await showArtifact(ui, { type: 'svg', content: SVG_PAYLOAD });
  expect(changes(besideSvg, await inPanel('svg'))).toEqual([]);
  expect(await ui.locator('.artifact-svg img').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(40);
  await ui.getByTitle('Close panel').click();
}

/** Sends all texts as one message, which the model repeats, and opens the stored chat again. */
async function tryConversation(ui: Page): Promise<void> {
  const end = 'This is the end.';
  const box = ui.locator('.chat-textarea');
  const boxHeight = () => box.evaluate(element => element.clientHeight);
  const outside = async () => {
    // The text box loses the focus while an answer is awaited, and has it after a reload.
    await box.blur();
    return surroundings(ui, '.chat-messages__inner', MESSAGES);
  };
  await showEach(ui, ['x']);
  const before = await outside();
  const emptyHeight = await boxHeight();
  await say(ui, [...FINISHED, end].join('\n\n'));
  const answer = ui.locator('.chat-message--bot').last();
  await expect.poll(() => answer.textContent(), { timeout: 60_000 }).toContain(end);
  await expect.poll(boxHeight, { timeout: 60_000 }).toBe(emptyHeight);
  await expect.poll(async () => changes(before, await outside())).toEqual([]);
  await ui.reload();
  await expect.poll(() => answer.textContent(), { timeout: 60_000 }).toContain(end);
  await prepare(ui);
  await expect.poll(async () => changes(before, await outside())).toEqual([]);
}

/** Names the bot, further bots and chats in the page's storage, and loads the page. @returns its elements, and its state */
async function nameEverything(ui: Page, names: readonly string[], icon: string): Promise<string[]> {
  await ui.evaluate(
    ([names, icon]) => {
      const change = (key: string, change: (state: Record<string, unknown[]>) => void) => {
        const stored = JSON.parse(localStorage.getItem(key) ?? '{}');
        change(stored.state);
        localStorage.setItem(key, JSON.stringify(stored));
      };
      const copies = (items: unknown[] | undefined, field: string) =>
        names.map((name, index) => ({
          ...(items?.at(0) ?? {}),
          id: `copy-${index}`,
          [field]: name,
          description: name,
          icon,
        }));
      change('cachibot-chats', state => {
        state['chats'] = copies(state['chats'], 'title');
      });
      change('cachibot-bots', state => {
        state['bots'] = [
          { ...(state['bots']?.at(0) ?? {}), name: names[0] },
          ...copies(state['bots'], 'name').slice(0, 40),
        ];
      });
      change('cachibot-rail', state => {
        state['railOrder'] = ['default', ...names.slice(0, 40).map((_, index) => `copy-${index}`)].map(botId => ({
          ...{ type: 'bot', botId },
        }));
      });
    },
    [names, icon] as const,
  );
  await ui.goto(`${UI}default/chats`);
  await ui.getByPlaceholder(/^Message/).waitFor({ timeout: 60_000 });
  await ui.waitForTimeout(1_500); // until the tree is rebuilt; there is no event for it
  expect(await ui.locator('body').innerText()).toContain(names[1]);
  return ui.evaluate(() => [
    `${document.title} ${document.styleSheets.length} ${window.length} ${getComputedStyle(document.body).visibility}`,
    ...[...document.querySelectorAll('*')].map(({ localName, className }) => `${localName} ${String(className)}`),
  ]);
}

async function tryNames(ui: Page): Promise<void> {
  const names = FINISHED.filter(text => text.length < 200 && !text.includes('\n')).slice(0, 250);
  const plain = await nameEverything(
    ui,
    names.map(() => 'plain name'),
    'shield',
  );
  expect(await nameEverything(ui, names, 'constructor')).toEqual(plain);
}

/** Uploads documents with hostile names, and opens their list. */
async function tryDocuments(ui: Page): Promise<void> {
  const names = [
    '<style>*{visibility:hidden!important}<style>',
    '<img src=attack onerror=alert(1)>',
    '<iframe src=attack>',
  ];
  await ui.evaluate(async names => {
    const { accessToken } = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}').state;
    for (const name of names) {
      const body = new FormData();
      body.append('file', new File([name], `${name}.txt`, { type: 'text/plain' }));
      const headers = { Authorization: `Bearer ${accessToken}` };
      const response = await fetch('/api/bots/default/documents/', { method: 'POST', headers, body });
      if (!response.ok) throw new Error(await response.text());
    }
  }, names);
  await ui.goto(`${UI}default/settings`);
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  await ui.locator('.sidebar-section-btn', { hasText: 'Knowledge' }).click();
  for (const name of names) await ui.getByText(`${name}.txt`).first().waitFor({ timeout: 30_000 });
}

it('a text changes something outside of its message', { timeout: 300_000 }, async ({ task }) => {
  const { ui, requests } = await open();
  await prepare(ui);
  await say(ui, 'Hello');
  await ui.getByText('You said: Hello').first().waitFor({ timeout: 60_000 });
  const through = await reaching(ui, PAYLOADS);
  expect(through).toEqual([]);
  const ordinary = await htmlOf(ui, ORDINARY);
  await ui.screenshot({ path: join(outputFolder(), 'content-ordinary.png') });
  await tryArtifacts(ui);
  // Loads the chat again: CachiBot's page never ends an animation of the text box if the first answer arrives during it.
  await ui.reload();
  await ui.getByText('You said: Hello').first().waitFor({ timeout: 60_000 });
  await prepare(ui);
  await say(ui, 'Hello once more');
  await ui.getByText('You said: Hello once more').first().waitFor({ timeout: 60_000 });
  await tryConversation(ui);
  expect(requests).toEqual([]);

  // The same attacks are seen where the sanitizer is off, and ordinary text is the same.
  await say(ui, 'Hello again');
  await ui.getByText('You said: Hello again').first().waitFor({ timeout: 60_000 });
  await switchOffSanitizer(ui);
  expect(await htmlOf(ui, ORDINARY)).toBe(ordinary);
  const covered = async () => (await reaching(ui, [COVERING])).flatMap(({ changed }) => changed).join('\n');
  expect(await covered()).toMatch(/^- forbidden elements \n\+ forbidden elements div#\.$/);
  await switchOffLayout(ui);
  expect(await covered()).toContain('div#.');
  expect(await covered()).toMatch(/- 10 10 (?!scroller)/);
  const unguarded = (await reaching(ui, SEEN_IN_STOCK)).map(({ text }) => text);
  expect(unguarded).toEqual(SEEN_IN_STOCK);
  await showEach(ui, [REQUESTED_IN_STOCK]);
  await expect.poll(() => requests).toContain(`${UI}api/attack`);

  // Without the sanitizer's script a text is shown as it is.
  await ui.evaluate(() => Object.assign((window as unknown as InPage).cachibotDesktop, { sanitize: undefined }));
  await showEach(ui, ['x', '**y** <style>*{visibility:hidden}</style>']);
  await ui.getByText('**y** <style>*{visibility:hidden}</style>').waitFor();

  requests.length = 0;
  await ui.reload();
  await tryNames(ui);
  await tryDocuments(ui);
  expect(requests).toEqual([]);
  const tried = PAYLOADS.length;
  task.meta.row = { tried, refused: tried - through.length, through: through.length, unguarded: unguarded.length };
});
