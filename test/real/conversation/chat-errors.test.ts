/** Every way in which an answer can fail, in one run: real Electron, real CachiBot, and fake models only. */
// @module-tag linux: uses electron-app.ts

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import {
  freePort,
  occupyPort,
  outputFolder,
  python,
  serverScript,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { makeAccount, say } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

const SECRET = `sk-proj-${'s'.repeat(30)}`;
const KEY = 'unusual+key/of.a=provider';

/** The fake Ollama's response to each question, and the chat's error message. */
const RESPONSES: Record<string, { status?: number; body?: string; said: string }> = {
  'Is my key right?': { status: 401, said: 'rejected the API key (401).' },
  'Have I paid?': { status: 402, said: 'account has no credit left (402).' },
  'May I use it?': { status: 403, said: 'Ollama refused access (403).' },
  'Is it there?': { status: 404, said: 'Ollama can’t find the model fake:latest (404).' },
  'Am I too fast?': { status: 429, said: 'Ollama is limiting requests right now (429).' },
  'Is it well?': {
    status: 500,
    body: JSON.stringify({ error: `<style>*{display:none}</style> out of memory, ${SECRET}, ${KEY}` }),
    said: 'reported an error (500).',
  },
  'Is it busy?': { status: 503, said: 'reported an error (503).' },
  'Is it a web page?': {
    status: 200,
    body: '<html>Log in</html>',
    said: 'Ollama sent something that isn’t an answer.',
  },
  'Is it empty?': { status: 200, said: 'The model sent an empty answer.' },
  'Does it stay?': { status: 0, said: 'closed the connection before the answer was complete.' },
};
const UNANSWERED = 'Take your time.';

it('says in the chat why an answer failed, keeps the message, and accepts another', { timeout: 400_000 }, async () => {
  const home = temporaryFolder();
  const model = await openFakeModel({ ...RESPONSES, [UNANSWERED]: {} });
  onTestFinished(() => void model.close());
  const closed = `http://127.0.0.1:${await freePort()}`;
  const silent = `http://127.0.0.1:${await openSilentPort()}`;
  const untrusted = `https://127.0.0.1:${await openUntrustedServer(home)}`;
  const app = await startApp({
    server: [python(), serverScript],
    home,
    env: {
      OLLAMA_ENDPOINT: model.env.OLLAMA_ENDPOINT,
      LMSTUDIO_ENDPOINT: `${closed}/v1/chat/completions`,
      LOCAL_HTTP_ENDPOINT: `${silent}/generate`,
      MOONSHOT_ENDPOINT: 'http://name.invalid/v1',
      MOONSHOT_API_KEY: KEY,
      MODELSCOPE_ENDPOINT: `${untrusted}/v1`,
      MODELSCOPE_API_KEY: KEY,
      ...WITHOUT_PROXY,
    },
  });
  const ui = await makeAccount(app, home);

  await expectFailure(ui, 'Hello?', 'No model is set up yet.');
  await ui.screenshot({ path: join(outputFolder(), 'chat-error.png') });

  await useModel(ui, 'ollama/fake:latest');
  for (const [question, { said }] of Object.entries(RESPONSES)) await expectFailure(ui, question, said);
  expect(await ui.getByText('out of memory, sk-[hidden], [hidden]').first().isVisible(), 'the reason, as text').toBe(
    true,
  );
  await ui.screenshot({ path: join(outputFolder(), 'chat-errors.png') });

  const elsewhere = {
    'lmstudio/x': `LM Studio isn’t running at ${closed}.`,
    'moonshot/x': 'CachiBot can’t find Moonshot AI at http://name.invalid.',
    'modelscope/x': `The connection to ModelScope at ${untrusted} isn’t secure.`,
    'local_http/x': `The local model server at ${silent} didn’t respond in time.`,
    'groq/x': 'There is no API key for Groq.',
    'nobody/x': 'CachiBot couldn’t answer.',
  };
  for (const [name, said] of Object.entries(elsewhere)) {
    await useModel(ui, name);
    await expectFailure(ui, `Who is ${name}?`, said);
  }

  await useModel(ui, 'ollama/fake:latest');
  await stopAnswer(ui);
  await say(ui, 'Are you well again?');
  await ui.getByText('You said: Are you well again?').first().waitFor({ timeout: 60_000 });
  const kept = await ui.evaluate(() => JSON.stringify(localStorage));
  expect(kept).not.toContain(SECRET);
  expect(kept).not.toContain(KEY);
});

/** Clears the machine's proxy variables, which would redirect requests. */
const WITHOUT_PROXY = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap(name => [name, name.toLowerCase()]).map(name => [name, '']),
);

/** The message is kept, the chat says what happened and what to do, and the next message can be sent. */
async function expectFailure(ui: Page, question: string, said: string): Promise<void> {
  await say(ui, question);
  await ui.locator('.chat-message__bubble--user', { hasText: question }).last().waitFor({ timeout: 60_000 });
  const answer = ui.locator('.chat-message__bubble--bot').last();
  const text = async () => (await answer.innerText()).replaceAll("'", '’');
  await expect.poll(text, { timeout: 60_000, message: question }).toContain(said);
  expect((await text()).replace(said, '').trim().length, 'what to do').toBeGreaterThan(20);
  await expect.poll(() => ui.getByPlaceholder(/^Message CachiBot/).isEnabled()).toBe(true);
  expect(await ui.getByText('Generating response').count()).toBe(0);
}

/** Stops a model that never answers; the chat shows no error. */
async function stopAnswer(ui: Page): Promise<void> {
  const answers = await ui.locator('.chat-message__bubble--bot').count();
  await say(ui, UNANSWERED);
  await ui.getByText('Generating response').waitFor({ timeout: 60_000 });
  await ui.getByTitle('Stop', { exact: true }).click();
  await ui.getByText('Generating response').waitFor({ state: 'hidden' });
  await ui.waitForTimeout(500);
  expect(await ui.locator('.chat-message__bubble--bot').count()).toBe(answers);
}

/** Sets the default model as CachiBot's settings page does. CachiBot reads it when the page connects. */
async function useModel(ui: Page, model: string): Promise<void> {
  const status = await ui.evaluate(async model => {
    const { state } = JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}');
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${state.accessToken}` };
    const response = await fetch('/api/models/default', { method: 'PUT', headers, body: JSON.stringify({ model }) });
    return response.status;
  }, model);
  expect(status).toBe(200);
  await ui.reload();
  await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
}

/** Starts a server with a self-signed certificate. @returns its port */
async function openUntrustedServer(folder: string): Promise<number> {
  execFileSync(python(), [join(__dirname, '..', '..', 'fixtures', 'self_signed.py'), folder]);
  const read = (name: string) => readFileSync(join(folder, name));
  return occupyPort(0, createServer({ cert: read('cert.pem'), key: read('key.pem') }));
}

const SILENT_PORT = `
import socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
fillers = [socket.socket() for _ in range(4)]
for filler in fillers:
    filler.setblocking(False)
    filler.connect_ex(listener.getsockname())
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
`;

/** Opens a port with a full backlog: the system neither accepts nor refuses connections. */
async function openSilentPort(): Promise<number> {
  const child = spawn(python(), ['-c', SILENT_PORT], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.stdin.end());
  const [line] = await once(child.stdout, 'data');
  return Number(String(line).trim());
}
