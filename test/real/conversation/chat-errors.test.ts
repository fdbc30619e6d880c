/** Every way in which an answer can fail, in one run: real Electron, real CachiBot, and fake models only. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { dirname, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { expectAccessible } from '../../drivers/accessibility';
import {
  freePort,
  occupyPort,
  outputFolder,
  python,
  serverPid,
  serverScript,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { firstUseWords, pageWords } from '../../drivers/first-use';
import { readProcess } from '../../drivers/processes';
import { makeAccount, say } from '../../drivers/user-journey';
import { type Failure, openFailingProvider } from '../../fixtures/failing-provider.mjs';

const SECRET = `sk-proj-${'s'.repeat(30)}`;
const KEY = 'unusual+key/of.a=provider';
const OLLAMA = 'ollama/fake:latest';

/** Where a card's button leads. */
const TARGETS = {
  keys: '/settings/keys',
  'default-model': '/settings/models',
  'server-key': '/desktop/model',
};
type Action = keyof typeof TARGETS | 'model' | 'again';

interface Row {
  failure: Failure;
  kind: string;
  title: string;
  advice: string | RegExp;
  /** The card's buttons, the first of which is emphasized. */
  actions: Action[];
  model?: string;
}

const refusal = { error: { message: 'The response was filtered', code: 'content_filter' } };
const filtered = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'fake',
  choices: [{ index: 0, finish_reason: 'content_filter', message: { role: 'assistant', content: '' } }],
};

/** The provider's response to each question, and the card that the chat shows then. Asked again, it answers well. */
const RESPONSES: Record<string, Row> = {
  'Is my key right?': {
    failure: { status: 401 },
    kind: 'bad-key',
    title: 'OpenAI rejected the API key (401).',
    advice: 'Settings > API Keys',
    actions: ['keys', 'again'],
    model: 'openai/gpt-4o',
  },
  'Does it want a key?': {
    failure: { status: 401 },
    kind: 'no-key',
    title: 'asks for an API key (401).',
    advice: 'Enter the server’s address and the key under Choose a Model',
    actions: ['server-key', 'model', 'again'],
  },
  'Have I paid?': {
    failure: { status: 402 },
    kind: 'no-credit',
    title: 'account has no credit left (402).',
    advice: 'Add credit with the provider',
    actions: ['model', 'again'],
  },
  'May I use it?': {
    failure: { status: 403 },
    kind: 'forbidden',
    title: 'Ollama refused access (403).',
    advice: 'may not be allowed to use the model fake:latest',
    actions: ['keys', 'model', 'again'],
  },
  'Is it there?': {
    failure: { status: 404, body: JSON.stringify({ error: "model 'fake:latest' not found" }) },
    kind: 'not-found',
    title: 'Ollama can’t find the model fake:latest (404).',
    advice: 'ollama pull fake:latest',
    actions: ['model', 'again'],
  },
  'Am I too fast?': {
    failure: { status: 429, headers: { 'Retry-After': '90' } },
    kind: 'rate-limit',
    title: 'Ollama is limiting requests right now (429).',
    advice: /Wait (90|8\d) seconds, until \d\d:\d\d:\d\d/,
    actions: ['again', 'model'],
  },
  'Is it well?': {
    failure: {
      status: 500,
      body: JSON.stringify({ error: `<style>*{display:none}</style> out of memory, ${SECRET}, ${KEY}` }),
    },
    kind: 'provider-fault',
    title: 'reported an error (500).',
    advice: 'more memory than is free',
    actions: ['again', 'model'],
  },
  'Is it too long?': {
    failure: { status: 400, body: JSON.stringify({ error: "This model's maximum context length is 8192 tokens." }) },
    kind: 'too-long',
    title: 'The conversation is too long for the model fake:latest (400).',
    advice: 'Shorten your message, start a new chat',
    actions: ['model', 'again'],
  },
  'Is it decent?': {
    failure: { status: 400, body: JSON.stringify(refusal) },
    kind: 'content-refused',
    title: 'Ollama refused to answer this (400).',
    advice: 'Change your message',
    actions: ['model', 'again'],
  },
  'Is it decent, and silent?': {
    failure: { status: 200, body: JSON.stringify(filtered) },
    kind: 'content-refused',
    title: 'OpenAI refused to answer this.',
    advice: 'Change your message',
    actions: ['model', 'again'],
    model: 'openai/gpt-4o',
  },
  'Is it a web page?': {
    failure: { status: 200, body: '<html>Log in</html>' },
    kind: 'web-page',
    title: 'sent a web page instead of an answer.',
    advice: 'sign in first',
    actions: ['keys', 'again'],
  },
  'Is it a web page for OpenAI?': {
    failure: { status: 200, body: '<html>Log in</html>', headers: { 'Content-Type': 'text/html' } },
    kind: 'web-page',
    title: 'OpenAI sent a web page instead of an answer.',
    advice: 'sign in first',
    actions: ['keys', 'again'],
    model: 'openai/gpt-4o',
  },
  'Is it empty?': {
    failure: { status: 200 },
    kind: 'empty',
    title: 'The model sent an empty answer.',
    advice: 'Send your message again',
    actions: ['again', 'model'],
  },
  'Does it stay?': {
    failure: { status: 200, cut: true },
    kind: 'disconnected',
    title: 'closed the connection before the answer was complete.',
    advice: 'run out of memory',
    actions: ['again', 'model'],
  },
  'Is it whole?': {
    failure: { status: 200, body: '{"message": {"role": "assistant", "content": "half a fr' },
    kind: 'disconnected',
    title: 'closed the connection before the answer was complete.',
    advice: 'run out of memory',
    actions: ['again', 'model'],
  },
  'Is it another program?': {
    failure: { status: 200, body: 'SSH-2.0-OpenSSH_9.6' },
    kind: 'unreadable',
    title: 'sent something that isn’t an answer.',
    advice: 'Another program may be responding there',
    actions: ['keys', 'again'],
  },
  'Is it huge?': {
    failure: { status: 200, body: '{"message":{"role":"assistant","content":"', flood: 100 * 1024 * 1024 },
    kind: 'too-large',
    title: 'is too large.',
    advice: 'CachiBot stopped reading it',
    actions: ['again', 'model'],
  },
};

it('shows each failure as a card, whose buttons lead on, and takes the message again', {
  timeout: 600_000,
}, async () => {
  const home = temporaryFolder();
  const fill = smallDisk(join(home, '.cachibot'));
  const failures = Object.fromEntries(Object.entries(RESPONSES).map(([question, { failure }]) => [question, failure]));
  const provider = await openFailingProvider(failures);
  onTestFinished(() => void provider.close());
  const closed = `http://127.0.0.1:${await freePort()}`;
  const silent = `http://127.0.0.1:${await openSilentPort()}`;
  const untrusted = `https://127.0.0.1:${await openUntrustedServer(home)}`;
  const app = await startApp({
    server: [python(), '-c', IMPATIENT],
    home,
    env: {
      ...WITHOUT_PROXY,
      HTTP_PROXY: closed,
      http_proxy: closed,
      NO_PROXY: 'dns.invalid',
      no_proxy: 'dns.invalid',
      OLLAMA_ENDPOINT: `${provider.url}/api/generate`,
      OPENAI_BASE_URL: `${provider.url}/v1`,
      OPENAI_API_KEY: KEY,
      LMSTUDIO_ENDPOINT: `${closed}/v1/chat/completions`,
      LOCAL_HTTP_ENDPOINT: `${silent}/generate`,
      MOONSHOT_ENDPOINT: 'http://dns.invalid/v1',
      MOONSHOT_API_KEY: KEY,
      MODELSCOPE_ENDPOINT: `${untrusted}/v1`,
      MODELSCOPE_API_KEY: KEY,
      ZHIPU_ENDPOINT: 'http://proxied.invalid/v1',
      ZHIPU_API_KEY: KEY,
    },
  });
  const ui = await makeAccount(app, home);

  await sayWithoutModel(ui);
  await chooseModel(ui, OLLAMA);
  expect(await missingModel(ui).isVisible(), 'a model is chosen for this chat').toBe(false);

  const before = residentMb(home);
  for (const [question, row] of Object.entries(RESPONSES)) {
    await chooseModel(ui, row.model ?? OLLAMA);
    const card = await expectCard(ui, question, row);
    await expectTargets(ui, card, row.actions);
    await chooseModel(ui, row.model ?? OLLAMA); // leaving the chat made the page forget it
    await tryAgain(ui, question);
    expect(provider.asked.filter(asked => asked === question).length, 'each time once').toBe(2);
  }
  expect(residentMb(home) - before, 'MB for an answer of 100 MB').toBeLessThan(150);

  const elsewhere: Record<string, Omit<Row, 'failure'>> = {
    'lmstudio/x': {
      kind: 'refused',
      title: `LM Studio isn’t running at ${closed}.`,
      advice: 'Start it',
      actions: ['again', 'keys'],
    },
    'moonshot/x': {
      kind: 'dns',
      title: 'CachiBot can’t find Moonshot AI at http://dns.invalid.',
      advice: 'The name could not be looked up (DNS).',
      actions: ['again', 'keys'],
    },
    'modelscope/x': {
      kind: 'tls',
      title: `The connection to ModelScope at ${untrusted} isn’t secure.`,
      advice: 'TLS certificate',
      actions: ['again'],
    },
    'zai/x': {
      kind: 'proxy',
      title: `The proxy ${closed} doesn’t connect CachiBot to Z.ai at http://proxied.invalid.`,
      advice: 'Check the proxy in your computer’s network settings',
      actions: ['again'],
    },
    'local_http/x': {
      kind: 'timeout',
      title: `The local model server at ${silent} didn’t respond in time.`,
      advice: 'It may be busy',
      actions: ['again', 'model'],
    },
    'groq/x': {
      kind: 'no-key',
      title: 'There is no API key for Groq.',
      advice: 'Add one in Settings > API Keys',
      actions: ['keys', 'model', 'again'],
    },
    'nobody/x': {
      kind: 'other',
      title: 'CachiBot couldn’t answer.',
      advice: 'Send your message again',
      actions: ['again', 'model'],
    },
  };
  for (const [model, row] of Object.entries(elsewhere)) {
    await chooseModel(ui, model);
    const question = `Who is ${model}?`;
    const card = await expectCard(ui, question, row);
    if (row.kind === 'refused') await ui.screenshot({ path: join(outputFolder(), 'card-not-running.png') });
    await expectTargets(ui, card, row.actions);
    await chooseModel(ui, model);
    await card.locator('[data-action=again]').click();
    await expectCard(ui, question, row, { sent: true });
  }

  // The card is in the message: it is there after a reload, and its message can still be sent again.
  await ui.reload();
  await ui.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  await ui.waitForTimeout(3_000); // until the tree is rebuilt; there is no event for it
  await chooseModel(ui, OLLAMA);
  await tryAgain(ui, 'Who is nobody/x?');

  await failToSave(ui, home, fill);
  const kept = await ui.evaluate(() => JSON.stringify(localStorage));
  expect(kept).not.toContain(SECRET);
  expect(kept).not.toContain(KEY);
});

/** Nothing of the machine that runs the test decides which address is asked. */
const WITHOUT_PROXY = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']
    .flatMap(name => [name, name.toLowerCase()])
    .map(name => [name, '']),
);

/** Our server, which waits 2 s where it would wait 10 or 30. */
const IMPATIENT = `
import runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
from cachibot_desktop.patches import shared_connection, slow_models
assert shared_connection.WAIT_SECONDS > 2 and slow_models.CONNECT_SECONDS > 2
shared_connection.WAIT_SECONDS = slow_models.CONNECT_SECONDS = 2.0
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`;

/** Before and after a message without a model, the text box says that there is none, and offers the choice. */
async function sayWithoutModel(ui: Page): Promise<void> {
  const notice = missingModel(ui);
  await notice.waitFor({ timeout: 60_000 });
  await ui.screenshot({ path: join(outputFolder(), 'no-model.png') });
  const row: Omit<Row, 'failure'> = {
    kind: 'no-model',
    title: 'No model is set up yet.',
    advice: 'Settings > Models',
    actions: ['default-model', 'keys', 'again'],
  };
  const card = await expectCard(ui, 'Hello?', row);
  await expect.poll(() => notice.isVisible()).toBe(true);
  await ui.screenshot({ path: join(outputFolder(), 'card-no-model.png') });
  await expectTargets(ui, card, row.actions);
  await ui.reload();
  await notice.waitFor({ timeout: 60_000 });
}

/** The line above the text box that offers the choice of a model. */
const missingModel = (ui: Page) => ui.getByText(pageWords.noModel);

/** Memory of the server. */
const residentMb = (home: string) => (readProcess(serverPid(home))?.bytes ?? 0) / 1e6;

const bubbles = (ui: Page, question: string) =>
  ui.locator('.chat-message__bubble--user').filter({ hasText: new RegExp(`^${escaped(question)}$`) });
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const plain = async (text: Promise<string>) => (await text).replaceAll("'", '’');

/** The message stays, the card says what happened and what to do, and the text box can be used again. */
async function expectCard(
  ui: Page,
  question: string,
  { kind, title, advice, actions }: Omit<Row, 'failure'>,
  { sent = false } = {},
): Promise<Locator> {
  if (!sent) await say(ui, question);
  await bubbles(ui, question).waitFor({ timeout: 60_000 });
  const card = ui.locator('.chat-message').last().locator('cachibot-card');
  await expect.poll(() => card.getAttribute('data-kind'), { timeout: 60_000, message: question }).toBe(kind);
  expect(await plain(card.locator('.cachibot-card__title').innerText())).toContain(title);
  const said = await plain(card.locator('.cachibot-card__advice').innerText());
  if (typeof advice === 'string') expect(said).toContain(advice);
  else expect(said).toMatch(advice);
  const buttons = card.locator('button');
  expect(await buttons.evaluateAll(all => all.map(button => button.dataset.action))).toEqual(actions);
  await expect.poll(() => ui.getByPlaceholder(/^Message CachiBot/).isEnabled()).toBe(true);
  expect(await ui.getByText('Generating response').count()).toBe(0);
  expect(await bubbles(ui, question).count(), 'the message stays, once').toBe(1);
  const details = card.locator('details');
  if ((await details.count()) > 0) expect(await details.locator('pre').isVisible(), 'folded').toBe(false);
  if (kind === 'provider-fault') {
    await details.locator('summary').click();
    expect(await details.locator('pre').innerText()).toContain('</style> out of memory, sk-[hidden], [hidden]');
    await expectAccessible(ui, 'cachibot-card');
  }
  await ui.screenshot({ path: join(outputFolder(), `card-${kind}.png`) });
  return card;
}

/** Clicks each button but *Try Again*, and comes back. */
async function expectTargets(ui: Page, card: Locator, actions: Action[]): Promise<void> {
  for (const action of actions) {
    if (action === 'again') continue;
    const chat = new URL(ui.url()).pathname;
    await card.locator(`[data-action=${action}]`).click();
    await expectTarget(ui, action);
    if (action === 'model') continue;
    await ui.evaluate(() => history.back());
    await expect.poll(() => new URL(ui.url()).pathname).toBe(chat);
    await ui.getByText('Connected', { exact: true }).waitFor();
  }
}

async function expectTarget(ui: Page, action: Exclude<Action, 'again'>): Promise<void> {
  if (action === 'model') {
    await ui.locator('.model-pill__dropdown').waitFor();
    await ui.locator('.model-pill').click();
    return void (await ui.locator('.model-pill__dropdown').waitFor({ state: 'hidden' }));
  }
  await expect.poll(() => new URL(ui.url()).pathname).toBe(TARGETS[action]);
  const heading = { keys: 'API Keys', 'default-model': 'Models', 'server-key': firstUseWords.chooseModel }[action];
  await ui.getByText(heading).first().waitFor();
}

/** The answer stands where the card was, and the message is there once. */
async function tryAgain(ui: Page, question: string): Promise<void> {
  const cards = await ui.locator('cachibot-card').count();
  await ui.locator('.chat-message').last().locator('[data-action=again]').click();
  await ui.getByText(`You said: ${question}`).first().waitFor({ timeout: 60_000 });
  expect(await ui.locator('cachibot-card').count()).toBe(cards - 1);
  expect(await bubbles(ui, question).count()).toBe(1);
  await expect.poll(() => ui.getByPlaceholder(/^Message CachiBot/).isEnabled()).toBe(true);
}

/** Chooses the model of this chat, below its text box. */
async function chooseModel(ui: Page, model: string): Promise<void> {
  if (!new URL(ui.url()).pathname.includes('/chats/')) await ui.evaluate(() => history.back());
  const pill = ui.locator('.model-pill');
  await pill.waitFor();
  if ((await pill.innerText()) === model) return;
  await pill.click();
  await ui.locator('.model-pill__dropdown').getByText('Enter manually').click();
  await ui.getByPlaceholder('provider/model-name').fill(model);
  await ui.getByPlaceholder('provider/model-name').press('Enter');
  await expect.poll(() => pill.innerText()).toBe(model);
}

/** A database that another program has locked, one that can't be written, and one whose disk is full. */
async function failToSave(ui: Page, home: string, fill?: () => () => void): Promise<void> {
  const locked = spawn(python(), ['-c', LOCK, join(home, '.cachibot', 'cachibot.db')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void locked.stdin.end());
  await once(locked.stdout, 'data');
  await expectCard(ui, 'Is it saved?', {
    kind: 'database-busy',
    title: 'CachiBot’s database is busy.',
    advice: 'such as a backup or a file sync',
    actions: ['again'],
  });
  locked.stdin.end();
  await once(locked, 'exit');
  await tryAgain(ui, 'Is it saved?');

  const limitFiles = (size: number) => execFileSync(python(), ['-c', LIMIT, String(serverPid(home)), String(size)]);
  limitFiles(0);
  await expectCard(ui, 'Is it written?', {
    kind: 'database-fault',
    title: 'CachiBot can’t use its database.',
    advice: 'full, read-only or failing',
    actions: ['again'],
  });
  limitFiles(-1);
  await tryAgain(ui, 'Is it written?');

  if (!fill) return;
  // Otherwise there may be room in it for one message more.
  execFileSync(python(), ['-c', EMPTY_LOG, join(home, '.cachibot', 'cachibot.db')]);
  const empty = fill();
  await expectCard(ui, 'Is there room?', {
    kind: 'disk-full',
    title: 'The disk that holds your data is full.',
    advice: 'Free up space on the disk where your data is stored',
    actions: ['again'],
  });
  empty();
  await tryAgain(ui, 'Is there room?');
}

/** A disk of its own for the data: returns what fills it, which returns what empties it. Only root can mount one. */
function smallDisk(folder: string): (() => () => void) | undefined {
  if (process.getuid?.() !== 0) return undefined;
  mkdirSync(folder, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m,mode=700', 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return () => {
    const filler = join(folder, 'filler');
    try {
      for (;;) appendFileSync(filler, 'x'.repeat(4096));
    } catch {
      // it is full
    }
    return () => rmSync(filler);
  };
}

/** Empties the database's write-ahead log. */
const EMPTY_LOG = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as connection:
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
sys.exit(busy)
`;

/** Sets the size to which a process may write files; beyond it, the system reports an error. -1 is any size. */
const LIMIT = `
import resource, sys
pid, size = map(int, sys.argv[1:])
_, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))
`;

const LOCK = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
`;

/** A server whose certificate nobody has signed. */
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

/** A port whose queue is full: the system accepts no connection and refuses none. */
async function openSilentPort(): Promise<number> {
  const child = spawn(python(), ['-c', SILENT_PORT], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.stdin.end());
  const [line] = await once(child.stdout, 'data');
  return Number(String(line).trim());
}
