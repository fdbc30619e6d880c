/** Stop, at every moment of an answer: real Electron, real CachiBot, and a fake model only. */
// @module-tag linux: uses electron-app.ts

import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { expectAccessible } from '../../drivers/accessibility';
import {
  occupyPort,
  outputFolder,
  python,
  serverPid,
  serverScript,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { openRoom, roomBox } from '../../drivers/rooms';
import { makeAccount, say } from '../../drivers/user-journey';

const THINKS = 'Think for ever.';
const BEGINS = 'Begin, and stop in the middle.';
const WRITES = 'Write for ever.';
const WORKS = 'Work for ever.';
const IS_BUILT = 'Take your time to build.';
const WRITTEN = 'These are the first words';
/** A tool that never ends, and catches what it can. */
const LOOP = `
while True:
    try:
        sum(range(1000))
    except Exception:
        pass
`;

const TICKS_PER_SECOND = 100;
/** CPU seconds in a second: an idle server uses none, and a loop gets more on a machine that is overloaded, too. */
const BUSY = 0.08;

/** Our server, which takes a minute to build the agent for one question. */
const slowToBuild = `
import asyncio, runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
from cachibot_desktop.patches import registry
from cachibot_desktop.patches.patch import Patch
def apply(launch):
    from cachibot.api import websocket
    build = websocket.build_bot_agent
    async def build_slowly(config, **options):
        if options.get("user_message") == ${JSON.stringify(IS_BUILT)}:
            await asyncio.sleep(60)
        return await build(config, **options)
    websocket.build_bot_agent = build_slowly
registry.AFTER_IMPORT = (Patch("slow", "", "", apply), *registry.AFTER_IMPORT)
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`;

it('stops an answer before it is built, while the model thinks or writes, while a tool works, and in a room', {
  tags: 'left-to-ci',
  timeout: 300_000,
}, async () => {
  const home = temporaryFolder();
  const model = await openModel();
  const app = await startApp({ home, server: [python(), '-c', slowToBuild], env: model.env });
  const ui = await makeAccount(app, home);

  // The first message of a chat: its page has no text box with a Stop before the message is sent back.
  for (const question of [IS_BUILT, THINKS, BEGINS, WRITES]) {
    const readers = model.left();
    await say(ui, question);
    if (question === WRITES) await written(ui).waitFor({ timeout: 60_000 });
    await stop(ui, question, () => question === IS_BUILT || model.asked.at(-1) === question);
    if (question !== IS_BUILT) await expect.poll(model.left, { message: 'no longer read' }).toBe(readers + 1);
  }
  expect(model.asked).not.toContain(IS_BUILT);

  await say(ui, WORKS);
  await expect
    .poll(() => cpuSeconds(home, 1_000), { timeout: 30_000, message: 'the tool works' })
    .toBeGreaterThan(BUSY);
  const times = model.asked.length;
  await stop(ui, WORKS, () => true);
  await expect.poll(() => cpuSeconds(home, 1_000), { timeout: 10_000, message: 'the tool is over' }).toBeLessThan(BUSY);
  expect(model.asked.length, 'the model is not asked what to do next').toBe(times);
  await ui.screenshot({ path: join(outputFolder(), 'stopped.png') });
  await expectAccessible(ui, 'cachibot-card');

  await say(ui, 'Are you well again?');
  await ui.getByText('You said: Are you well again?').first().waitFor({ timeout: 60_000 });
  expect(await ui.locator('.cachibot-card__title').allInnerTexts()).toEqual(Array(5).fill('Stopped'));
  expect(await written(ui).count(), 'the text so far stays').toBe(1);

  await stopInRoom(ui, model);
});

/** The message with the text of the answer that is written for ever. */
const written = (ui: Page) => ui.locator('.chat-message', { hasText: WRITTEN });

/** In a room, Stop ends the bot that answers, and the next one does not begin. */
async function stopInRoom(ui: Page, model: Awaited<ReturnType<typeof openModel>>): Promise<void> {
  const bots = { one: 'ollama/fake:latest', two: 'ollama/fake:latest' };
  const box = await openRoom(ui, bots, { response_mode: 'sequential' });
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  const button = ui.getByTitle('Stop', { exact: true });
  const titles = ui.locator('.cachibot-card__title');
  const send = async (message: string) => {
    await box.fill(message);
    await box.press('Enter');
  };
  expect(await button.count(), 'no bot answers').toBe(0);
  for (const [before, question] of [THINKS, WRITES].entries()) {
    const times = model.asked.length;
    const readers = model.left();
    await send(`@all ${question}`);
    if (question === WRITES) await written(ui).waitFor({ timeout: 60_000 });
    await expect.poll(() => model.asked.length, { timeout: 60_000 }).toBe(times + 1);
    expect(await ui.getByTitle('Send message').count(), 'the user may write meanwhile').toBe(1);
    await ui.screenshot({ path: join(outputFolder(), 'room-stop.png') });
    await button.click();
    await expect.poll(() => titles.allInnerTexts(), { timeout: 3_000 }).toEqual(Array(before + 1).fill('Stopped'));
    await expect.poll(() => button.count()).toBe(0);
    expect(await ui.getByText('thinking...').count()).toBe(0);
    await expect.poll(model.left, { message: 'no longer read' }).toBe(readers + 1);
    expect(model.asked.length, 'the next bot is not asked').toBe(times + 1);
  }
  await ui.screenshot({ path: join(outputFolder(), 'room-stopped.png') });
  await ui.reload();
  await roomBox(ui);
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  expect(await titles.allInnerTexts()).toEqual(['Stopped', 'Stopped']);
  expect(await written(ui).count(), 'the text so far stays').toBe(1);
  await send('@two Are you well again?');
  await ui.getByText('You said: @two Are you well again?').waitFor({ timeout: 60_000 });
  await expect.poll(() => button.count()).toBe(0);
}

/** Stops the answer; "Stopped" stands below the message, and the text box can be used at once. */
async function stop(ui: Page, question: string, isAsked: () => boolean): Promise<void> {
  const messages = ui.locator('.chat-message');
  const place = question === WRITES ? -3 : -2; // the text so far is a message of its own
  await expect.poll(isAsked, { timeout: 60_000 }).toBe(true);
  await ui.getByTitle('Stop', { exact: true }).click();
  const stopped = messages.last().locator('cachibot-card[data-kind=stopped] .cachibot-card__title');
  await stopped.waitFor({ timeout: 3_000 });
  expect(await stopped.innerText()).toBe('Stopped');
  expect(await messages.nth(place).locator('.chat-message__bubble').innerText()).toBe(question);
  expect(await ui.getByPlaceholder(/^Message CachiBot/).isEnabled()).toBe(true);
  expect(await ui.getByText('Generating response').count()).toBe(0);
}

/** CPU time that the server uses in a while, in seconds. */
async function cpuSeconds(home: string, whileMs: number): Promise<number> {
  const ticks = () => {
    const stat = readFileSync(`/proc/${serverPid(home)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = ticks();
  await new Promise(resolve => setTimeout(resolve, whileMs));
  return (ticks() - before) / TICKS_PER_SECOND;
}

/** A fake Ollama: answers, never answers, stops in the middle of it, writes one piece of it, or calls a tool. */
async function openModel() {
  const asked: string[] = [];
  let left = 0;
  const server = createServer((request, response) => {
    let body = '';
    response.on('close', () => {
      if (!response.writableFinished) left += 1;
    });
    request.on('data', chunk => (body += chunk));
    request.on('end', () => {
      if (request.method === 'GET') return void response.end('{"models":[]}');
      const { messages = [] } = JSON.parse(body);
      const question = String(messages.filter((message: { role: string }) => message.role === 'user').at(-1)?.content);
      asked.push(question);
      answer(response, question);
    });
  });
  const port = await occupyPort(0, server);
  onTestFinished(() => server.closeAllConnections());
  const url = `http://127.0.0.1:${port}/api/generate`;
  return { asked, left: () => left, env: { OLLAMA_ENDPOINT: url, CACHIBOT_DEFAULT_MODEL: 'ollama/fake:latest' } };
}

function answer(response: ServerResponse, question: string): void {
  if (question.endsWith(THINKS)) return;
  if (question.endsWith(WRITES)) {
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.write(`${JSON.stringify({ message: { role: 'assistant', content: WRITTEN }, done: false })}\n`);
    return;
  }
  const call = { function: { name: 'python_execute', arguments: { code: LOOP } } };
  const message =
    question === WORKS
      ? { role: 'assistant', content: '', tool_calls: [call] }
      : { role: 'assistant', content: `You said: ${question}` };
  const body = JSON.stringify({ message, done: true, prompt_eval_count: 5, eval_count: 9 });
  response.writeHead(200, { 'Content-Type': 'application/json' });
  if (question === BEGINS) response.write(body.slice(0, 30));
  else response.end(body);
}
