/** Answers continue, and arrive in the chat that asked. Real Electron, real CachiBot, and a fake model. */
// @module-tag linux: uses electron-app.ts

import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { mainLog, python, serverPid, serverScript, startApp, temporaryFolder } from '../../drivers/electron-app';
import { openRoom, roomBox } from '../../drivers/rooms';
import { callApi, makeAccount, say } from '../../drivers/user-journey';
import { openStreamingModel } from '../../fixtures/streaming-model.mjs';

type StreamingModel = Awaited<ReturnType<typeof openStreamingModel>>;

const BEGUN = 'These are the first words';
const COMPLETE = 'These are the first words, and these are the last.';
const LIMIT = { timeout: 60_000 };

const chatBox = (ui: Page) => ui.getByPlaceholder(/^Message CachiBot/);
const bubbles = (ui: Page) => ui.locator('.chat-message__bubble').allInnerTexts();
const openChat = (ui: Page, title: string) => ui.locator('.sidebar-chat-item', { hasText: title }).click(LIMIT);

/** Messages of each chat in the page's storage, by the chat's title. */
const stored = (ui: Page) =>
  ui.evaluate(() => {
    const { chats, messages } = JSON.parse(localStorage.getItem('cachibot-chats') ?? '{}').state;
    return Object.fromEntries(
      chats.map((chat: { id: string; title: string }) => [
        chat.title,
        (messages[chat.id] ?? []).map(({ content }: { content: string }) => content),
      ]),
    );
  });

const RARE = { timeout: 300_000, tags: 'left-to-ci' };

it('continues an answer in its chat, over another page, another chat and a reload', RARE, async () => {
  const home = temporaryFolder();
  const model = await openStreamingModel();
  onTestFinished(() => void model.close());
  const app = await startApp({ home, server: [python(), serverScript], env: model.env });
  const ui = await makeAccount(app, home);
  await say(ui, 'First?');
  await ui.getByText(BEGUN).first().waitFor(LIMIT);
  expect(await bubbles(ui)).toHaveLength(2);

  // Another page.
  await ui.getByTitle('Work', { exact: true }).first().click();
  await chatBox(ui).waitFor({ state: 'hidden' });
  model.finish();
  await expect.poll(() => stored(ui), LIMIT).toEqual({ 'First?': ['First?', COMPLETE] });
  await ui.getByTitle('Chats', { exact: true }).first().click();
  await ui.getByText(COMPLETE).first().waitFor(LIMIT);
  await expect.poll(() => chatBox(ui).isEnabled()).toBe(true);

  // Another chat, which asks, too.
  await say(ui, 'Second?');
  await expect.poll(() => model.waiting(), LIMIT).toBe(1);
  await ui.getByTitle('New', { exact: true }).click();
  await ui.locator('.create-picker__card').first().click();
  await expect.poll(() => bubbles(ui)).toEqual([]);
  await expect.poll(() => chatBox(ui).isEnabled(), { message: 'not locked by the other chat' }).toBe(true);
  await say(ui, 'Other?');
  await expect.poll(() => model.waiting(), LIMIT).toBe(2);

  // A reload.
  await ui.reload();
  await ui.getByText('Other?').first().waitFor(LIMIT);
  await ui.getByText(BEGUN).last().waitFor(LIMIT);
  model.finish();
  const all = { 'First?': ['First?', COMPLETE, 'Second?', COMPLETE], 'New Chat': ['Other?', COMPLETE] };
  await expect.poll(() => stored(ui), LIMIT).toEqual(all);
  await openChat(ui, 'First?');
  await expect.poll(async () => (await bubbles(ui)).length, LIMIT).toBe(4);
  await expect.poll(() => chatBox(ui).isEnabled()).toBe(true);

  await loseServer(ui, home);
  model.finish(); // that of the server that was killed
  await ui.getByText('Connected', { exact: true }).waitFor(LIMIT);
  await ui.locator('cachibot-card [data-action=again]').click();
  await expect.poll(() => model.waiting(), LIMIT).toBe(1);
  model.finish();
  await expect.poll(async () => (await stored(ui))['First?'].slice(4), LIMIT).toEqual(['Third?', BEGUN, COMPLETE]);

  const socket = await interceptSocket(ui);
  await ui.reload();
  await ui.getByText('Third?').first().waitFor(LIMIT);
  await answerTwoApprovals(ui, socket);
  await loseServerAfterAnswer(ui, home, model, socket);
  await answerInRoom(ui, home, model);
});

/** The answer of a room's bot continues, too: over a reload, and on another page. With the server it is interrupted. */
async function answerInRoom(ui: Page, home: string, model: StreamingModel): Promise<void> {
  await openRoom(ui, { one: 'ollama/fake:latest', two: 'ollama/fake:latest' }, { auto_relevance: false });
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  const { pathname } = new URL(ui.url());
  const stop = ui.getByTitle('Stop', { exact: true });
  const answers = (text: string) => ui.getByText(text, { exact: true });
  const ask = async (question: string) => {
    const box = await roomBox(ui);
    await box.fill(question);
    await box.press('Enter');
    await answers(BEGUN).waitFor(LIMIT);
  };
  await ask('@one Fifth?');
  await ui.reload();
  await roomBox(ui);
  await answers(BEGUN).waitFor(LIMIT);
  await stop.waitFor();
  model.finish();
  await answers(COMPLETE).waitFor(LIMIT);
  await stop.waitFor({ state: 'hidden' });

  await ask('@one Sixth?');
  const goTo = (path: string) =>
    ui.evaluate(
      to => (window as unknown as { cachibotDesktop: { goTo(path: string): void } }).cachibotDesktop.goTo(to),
      path,
    );
  await goTo('/settings');
  await stop.waitFor({ state: 'hidden' });
  model.finish();
  const stored = async () => (await callApi(ui, 'GET', `/api/rooms/${pathname.split('/').at(-1)}/messages`)).length;
  await expect.poll(stored, LIMIT).toBe(4);
  await goTo(pathname);
  await roomBox(ui);
  await expect.poll(() => answers(COMPLETE).count()).toBe(2);
  expect(await answers(BEGUN).count()).toBe(0);
  await expect.poll(() => stop.count(), { message: 'no bot answers' }).toBe(0);

  await ask('@one Seventh?');
  process.kill(serverPid(home), 'SIGKILL');
  await ui.locator('cachibot-card[data-kind=interrupted]').waitFor({ timeout: 90_000 });
  await expect.poll(() => stop.count(), { message: 'no bot answers' }).toBe(0);
  expect(await answers(BEGUN).count(), 'what the bot has said stays').toBe(1);
  model.finish(); // that of the server that was killed
  await ui.locator('cachibot-card [data-action=again]').click();
  await expect.poll(() => model.waiting(), LIMIT).toBe(1);
  model.finish();
  await expect.poll(() => answers(COMPLETE).count(), LIMIT).toBe(3);
  expect(await ui.locator('cachibot-card').count()).toBe(0);
}

/** The page's WebSocket, from its next load on. */
interface Socket {
  /** The page gets nothing from the server. */
  isDeaf: boolean;
  /** The types of the frames that the server has sent. */
  readonly received: string[];
  readonly sent: object[];
  show(frame: object): void;
}

async function interceptSocket(ui: Page): Promise<Socket> {
  const socket: Socket = { isDeaf: false, received: [], sent: [], show: () => {} };
  await ui.routeWebSocket(/\/ws\?/, page => {
    const server = page.connectToServer();
    server.onMessage(message => {
      socket.received.push(JSON.parse(String(message)).type);
      if (!socket.isDeaf) page.send(message);
    });
    page.onMessage(message => {
      socket.sent.push(JSON.parse(String(message)));
      server.send(message);
    });
    socket.show = frame => page.send(JSON.stringify(frame));
  });
  return socket;
}

/** Two tools ask for approval at once: both are asked about, one after the other. */
async function answerTwoApprovals(ui: Page, socket: Socket): Promise<void> {
  await ui.getByText('Connected', { exact: true }).waitFor(LIMIT);
  for (const id of ['1', '2']) {
    const payload = { id, tool: `tool_${id}`, action: 'run', details: { riskLevel: 'LOW' } };
    socket.show({ type: 'approval_needed', payload });
  }
  await ui.getByText('tool_1').waitFor();
  await ui.getByRole('button', { name: 'Approve', exact: true }).click();
  await ui.getByText('tool_2').waitFor();
  await ui.getByRole('button', { name: 'Deny', exact: true }).click();
  await ui.getByText('tool_2').waitFor({ state: 'hidden' });
  const decision = (id: string, approved: boolean) => ({ type: 'approval', payload: { id, approved } });
  expect(socket.sent).toContainEqual(decision('1', true));
  expect(socket.sent).toContainEqual(decision('2', false));
}

/** Kills the server when it has completed an answer that the page has only begun to get: the page shows all of it. */
async function loseServerAfterAnswer(ui: Page, home: string, model: StreamingModel, socket: Socket): Promise<void> {
  const chat = new URL(ui.url()).pathname.split('/').at(-1);
  await say(ui, 'Fourth?');
  const added = async () => (await stored(ui))['First?'].slice(7);
  await expect.poll(added, LIMIT).toEqual(['Fourth?', BEGUN]);
  socket.isDeaf = true;
  model.finish();
  const saved = async () => (await callApi(ui, 'GET', `/api/bots/default/chats/${chat}/messages`)).at(-1).content;
  await expect.poll(saved, LIMIT).toBe(COMPLETE);
  await expect.poll(() => socket.received, LIMIT).toContain('done');
  process.kill(serverPid(home), 'SIGKILL');
  socket.isDeaf = false;
  await expect.poll(added, { timeout: 90_000 }).toEqual(['Fourth?', COMPLETE]);
  await expect.poll(() => chatBox(ui).isEnabled()).toBe(true);
}

/** Kills the server while it answers: the answer is marked as interrupted, and the chat is not locked. */
async function loseServer(ui: Page, home: string): Promise<void> {
  await say(ui, 'Third?');
  await ui.getByText('Third?').first().waitFor(LIMIT);
  await expect.poll(async () => (await stored(ui))['First?'].slice(4), LIMIT).toEqual(['Third?', BEGUN]);
  process.kill(serverPid(home), 'SIGKILL');
  await expect.poll(() => mainLog(home), LIMIT).toContain('"phase":"restarting"');
  await ui.locator('cachibot-card[data-kind=interrupted]').waitFor({ timeout: 90_000 });
  await expect.poll(() => chatBox(ui).isEnabled()).toBe(true);
}
