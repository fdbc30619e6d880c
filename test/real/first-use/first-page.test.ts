/** The first two minutes of a new user: real Electron, real CachiBot, and fakes for the model servers only. */
// @module-tag linux: as all that uses electron-app.ts

import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { MIN_HEIGHT, MIN_WIDTH } from '../../../desktop/window/core/bounds';
import { expectAccessible } from '../../drivers/accessibility';
import {
  mainLog,
  outputFolder,
  python,
  serverPid,
  serverScript,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';
import { pageWords, firstUseWords as words } from '../../drivers/first-use';
import { say, settledUi } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';
import { openOpenAiModel } from '../../fixtures/fake-openai-model.mjs';

/** Options of the tests that only CI runs. */
const RARE = { timeout: 400_000, tags: 'left-to-ci' };
const OLLAMA = 11434;
const STUDIO = 1234;
const SERVER_KEY = 'sk-lm-of-this-server';
const MODELS = ['gemma3:4b', 'llama3.2:3b', 'nomic-embed-text:latest', 'qwen3:8b'];
const KEY = `sk-proj-${'k'.repeat(40)}`;
const PASSWORD = 'correct horse';

/** Our server, changed by lines of Python. */
const changed = (lines: string) => [
  python(),
  '-c',
  `
import runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
${lines}
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`,
];

/** Logins and their renewals run out after some seconds, not after half an hour and a week. */
const SHORT_LOGINS = `
from cachibot_desktop.server import app_lifecycle
load = app_lifecycle.load
def load_with_short_logins(*parts):
    application = load(*parts)
    from cachibot.services.auth_service import get_auth_service
    get_auth_service().config.access_token_expire_minutes = 0.25
    get_auth_service().config.refresh_token_expire_days = 0.25 / 24 / 60
    return application
app_lifecycle.load = load_with_short_logins
`;

/** As if the gateway could not count the accounts: the page itself has to find its way. */
const WITHOUT_REDIRECT = `
from cachibot_desktop.first_use.routes import FirstUse
async def nowhere(self, path):
    return None
FirstUse.redirect = nowhere
`;
const STOCK_PAGE = `
from cachibot_desktop.patches.page import page_scripts, registry
registry.PAGE_PATCHES = page_scripts.SCRIPTS = ()
`;

/** Counts the clicks of the user, in this document and in those after it. */
async function countClicks(ui: Page): Promise<() => number> {
  let clicks = 0;
  const watch = () =>
    window.addEventListener(
      'click',
      ({ isTrusted, detail }) => isTrusted && detail > 0 && console.log('a click'),
      true,
    );
  ui.on('console', message => {
    if (message.text() === 'a click') clicks++;
  });
  await ui.addInitScript(watch);
  await ui.evaluate(watch);
  return () => clicks;
}

/** Remembers the first message box of each document. */
async function rememberFirstBox(ui: Page): Promise<void> {
  await ui.addInitScript(() => {
    const watcher = new MutationObserver(() => {
      const firstBox = document.querySelector('textarea.chat-textarea');
      if (!firstBox) return;
      watcher.disconnect();
      Object.assign(window, { firstBox });
    });
    watcher.observe(document, { subtree: true, childList: true });
  });
}

/** Whether the page still shows the message box that it showed first. */
const firstBoxStays = (ui: Page) =>
  ui.evaluate(() => 'firstBox' in window && window.firstBox === document.querySelector('textarea.chat-textarea'));

const shot = (ui: Page, name: string) => ui.screenshot({ path: join(outputFolder(), `${name}.png`) });
const connected = (ui: Page) => ui.getByText('Connected', { exact: true });
const answer = (ui: Page, question: string) => ui.getByText(`You said: ${question}`).first();

/** The token that the page has stored; empty if there is none. */
const storedToken = (ui: Page): Promise<string> =>
  ui.evaluate(() => JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}').state?.accessToken ?? '');

const expiryOf = (token: string): number =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).exp * 1000;

async function loseLogin(ui: Page): Promise<void> {
  await ui.evaluate(() => localStorage.removeItem('cachibot-auth'));
  await ui.reload();
}

async function restartServer(app: ElectronApplication, ui: Page, home: string): Promise<void> {
  const before = serverPid(home);
  process.kill(before, 'SIGKILL');
  await connected(ui).waitFor({ state: 'hidden' });
  const times = () => mainLog(home).split('"phase":"ready"').length;
  const until = times() + 1;
  await expect.poll(times, { timeout: 90_000, message: 'ready again' }).toBeGreaterThanOrEqual(until);
  expect(app.windows().length).toBeGreaterThan(0);
}

it('answers after two clicks, and nobody logs in until a password is set', { timeout: 400_000 }, async () => {
  const home = temporaryFolder();
  const model = await openFakeModel({}, { port: OLLAMA, models: MODELS, withoutTools: ['gemma3:4b'] });
  onTestFinished(() => void model.close());
  const app = await startApp({ server: changed(SHORT_LOGINS), home });
  const ui = await settledUi(app, home);
  await ui.getByText('llama3.2:3b').waitFor();
  await expectAccessible(ui);
  for (const theme of ['light', 'dark'] as const) {
    await ui.emulateMedia({ colorScheme: theme });
    await shot(ui, `first-page-${theme}`);
  }
  const listed = await ui.locator('#local-models .model').allTextContents();
  expect(listed, 'only models for chats, those that cannot use tools last').toEqual([
    'llama3.2:3b',
    'qwen3:8b',
    'gemma3:4b',
  ]);

  const clicks = await countClicks(ui);
  await rememberFirstBox(ui);
  await ui.getByRole('checkbox').click();
  await ui.getByRole('button', { name: words.start }).click();
  await expect.poll(() => ui.evaluate(() => document.activeElement?.tagName), { timeout: 60_000 }).toBe('TEXTAREA');
  await expect.poll(() => ui.evaluate(() => document.querySelector('.app-loader'))).toBe(null);
  expect(await firstBoxStays(ui), 'or text that is typed now would be lost').toBe(true);
  await ui.keyboard.type('Good morning');
  await ui.keyboard.press('Enter');
  await answer(ui, 'Good morning').waitFor({ timeout: 60_000 });
  expect(clicks()).toBe(2);
  await shot(ui, 'first-answer');
  expect(statSync(join(home, '.cachibot', 'account.secret')).mode & 0o777).toBe(0o600);

  // The login and its renewal run out while the server is away.
  const token = await storedToken(ui);
  await expect.poll(() => Date.now(), { timeout: 30_000 }).toBeGreaterThan(expiryOf(token));
  await restartServer(app, ui, home);
  await connected(ui).waitFor({ timeout: 60_000 });
  expect(await storedToken(ui)).not.toBe(token);
  await say(ui, 'And good night');
  await answer(ui, 'And good night').waitFor({ timeout: 60_000 });

  await loseLogin(ui);
  await connected(ui).waitFor({ timeout: 60_000 });
  expect(await ui.locator('#loginPassword').count()).toBe(0);

  await addAccount(ui);
  await loseLogin(ui);
  await ui.getByRole('button', { name: pageWords.continueAs.replace('{name}', 'root') }).click({ timeout: 60_000 });
  await connected(ui).waitFor({ timeout: 60_000 });

  await setPassword(ui);
  await loseLogin(ui);
  await ui.locator('#identifier').fill('root', { timeout: 60_000 });
  await ui.locator('#loginPassword').fill(PASSWORD);
  await ui.getByRole('button', { name: 'Sign In' }).click();
  await connected(ui).waitFor({ timeout: 60_000 });
});

/** A second account, as the settings make one. */
async function addAccount(ui: Page): Promise<void> {
  const bearer = await ui.evaluate(
    async () => (await (await fetch('/api/desktop/login', { method: 'POST' })).json()).access_token,
  );
  const status = await ui.evaluate(async bearer => {
    const body = { email: 'eve@example.org', username: 'eve', password: 'e'.repeat(64) };
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${bearer}` };
    return (await fetch('/api/auth/users', { method: 'POST', headers, body: JSON.stringify(body) })).status;
  }, bearer);
  expect(status).toBe(200);
}

async function setPassword(ui: Page): Promise<void> {
  await ui.goto('http://127.0.0.1:5870/settings/data');
  await ui.getByRole('link', { name: pageWords.passwordButton }).click({ timeout: 60_000 });
  await ui.getByRole('heading', { name: words.setPassword }).waitFor();
  await shot(ui, 'set-password');
  const save = ui.getByRole('button', { name: words.save });
  await ui.getByLabel(words.newPassword, { exact: true }).fill('short');
  await save.click();
  await ui.getByText(words.passwordShort).waitFor();
  await ui.getByLabel(words.newPassword, { exact: true }).fill(PASSWORD);
  await ui.getByLabel(words.repeatPassword).fill('correct house');
  await save.click();
  await ui.getByText(words.passwordsDiffer).waitFor();
  await expectAccessible(ui);
  await ui.getByLabel(words.repeatPassword).fill(PASSWORD);
  await save.click();
  await ui.getByRole('link', { name: pageWords.passwordButton }).waitFor({ timeout: 60_000 });
}

it('offers Start as soon as its script runs', async () => {
  const home = temporaryFolder();
  const app = await startApp({ server: [python(), serverScript], home });
  const ui = await settledUi(app, home);
  let release = () => {};
  const held = new Promise<void>(resolve => {
    release = resolve;
  });
  await ui.route('**/desktop/own.js', route => held.then(() => route.continue()));
  await ui.reload({ waitUntil: 'commit' });
  const start = ui.getByRole('button', { name: words.start });
  await start.waitFor({ timeout: 60_000 });
  expect(await start.isEnabled(), 'before its script').toBe(false);
  release();
  await ui.getByText(words.later, { exact: true }).click();
  await ui.getByRole('checkbox').check();
  await start.click();
  await ui.getByPlaceholder(/^Message CachiBot/).waitFor({ timeout: 60_000 });
});

it('waits for a model server, takes an address and a key, and a model later', RARE, async () => {
  const home = temporaryFolder();
  const online = await openOpenAiModel({ key: KEY, models: ['gpt-5-mini', 'gpt-5', 'whisper-1'] });
  onTestFinished(() => void online.close());
  const env = { OPENAI_BASE_URL: `http://127.0.0.1:${online.port}/v1` };
  const app = await startApp({ server: changed(WITHOUT_REDIRECT), home, env });
  const ui = await settledUi(app, home);
  await ui.getByText(words.noneFound).waitFor({ timeout: 60_000 });
  await expectAccessible(ui);
  for (const theme of ['light', 'dark'] as const) {
    await ui.emulateMedia({ colorScheme: theme });
    await shot(ui, `first-page-none-${theme}`);
  }
  await showSmallest(app, ui);
  await ui.getByRole('checkbox').check();
  await ui.getByRole('button', { name: words.start }).click();
  await ui.getByText(words.needModel).waitFor();

  const model = await openFakeModel({}, { port: OLLAMA });
  await ui.getByText('fake:latest').waitFor();
  await model.close();
  await ui.getByText(words.noneFound).waitFor();

  await checkKeys(ui);
  await ui.getByText(words.later, { exact: true }).click();
  await ui.getByRole('button', { name: words.start }).click();

  await ui.getByText(pageWords.noModel).waitFor({ timeout: 60_000 });
  await shot(ui, 'no-model');
  await ui.reload();
  const studio = await openOpenAiModel({ port: STUDIO, key: SERVER_KEY });
  onTestFinished(() => void studio.close());
  await ui.getByRole('link', { name: pageWords.chooseOne }).click({ timeout: 60_000 });
  await typeServerKey(ui);
  await ui.getByText('qwen3-8b').waitFor();
  await shot(ui, 'choose-model');
  await expectAccessible(ui);
  await ui.getByRole('button', { name: words.useModel }).click();
  await say(ui, 'Hello?');
  await answer(ui, 'Hello?').waitFor({ timeout: 60_000 });
  expect(studio.questions).toContain('Hello?');
  expect(await ui.getByText(pageWords.noModel).count()).toBe(0);
  expect(readFileSync(join(home, 'CachiBot', '.env'), 'utf8')).toContain('CACHIBOT_DEFAULT_MODEL=lmstudio/qwen3-8b');
});

/** The page in the smallest window: all of it can be reached. */
async function showSmallest(app: ElectronApplication, ui: Page): Promise<void> {
  const resize = (size: [number, number]) =>
    app.evaluate(({ BrowserWindow }, [width, height]) => {
      const window = BrowserWindow.getAllWindows().find(window => window.isVisible());
      window?.setSize(width, height);
    }, size);
  await resize([MIN_WIDTH, MIN_HEIGHT]);
  await expect.poll(() => ui.evaluate(() => innerHeight)).toBe(MIN_HEIGHT);
  await shot(ui, 'first-page-small');
  expect(await ui.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await resize([1280, 840]);
}

/** A local server asks for its key: the page has its address already, and takes another spelling of it. */
async function typeServerKey(ui: Page): Promise<void> {
  const address = ui.getByLabel(words.address);
  const key = ui.getByLabel(words.serverKey);
  await ui.getByText(`The server at 127.0.0.1:${STUDIO} asks for an API key.`).waitFor();
  expect(await address.inputValue()).toBe(`http://127.0.0.1:${STUDIO}`);
  expect(await key.isVisible()).toBe(true);
  await shot(ui, 'server-asks-for-key');
  await address.fill(`localhost:${STUDIO}/v1/`);
  expect(await key.isVisible(), 'a key is for one server').toBe(false);
  await ui.getByRole('button', { name: words.connect }).click();
  await key.fill(`${SERVER_KEY}x`);
  await key.press('Enter');
  await ui.getByText('rejected this key').waitFor();
  await shot(ui, 'server-rejects-key');
  await key.fill(SERVER_KEY);
  await ui.getByRole('button', { name: words.connect }).click();
}

/** A wrong key, then the right one, which brings its models. */
async function checkKeys(ui: Page): Promise<void> {
  await ui.getByText(words.onlineService).click();
  await ui.getByLabel(words.key, { exact: true }).fill(KEY.slice(1));
  await ui.getByRole('button', { name: words.checkKey }).click();
  await ui.getByText('recognize this key').waitFor();
  await ui.getByLabel(words.key, { exact: true }).fill(`${KEY}x`);
  await ui.getByRole('button', { name: words.checkKey }).click();
  await ui.getByText('OpenAI rejected this key.').waitFor();
  await shot(ui, 'first-page-wrong-key');
  await expectAccessible(ui);
  await ui.getByLabel(words.key, { exact: true }).fill(KEY);
  await ui.getByRole('button', { name: words.checkKey }).click();
  await ui.getByText(words.keyAccepted.replace('{service}', 'OpenAI')).waitFor();
  expect(await ui.locator('#online-model option').allTextContents()).toEqual(['gpt-5-mini', 'gpt-5']);
  await shot(ui, 'first-page-key');
  await expectAccessible(ui);
}

/** When one of these fails, upstream has fixed that flaw: remove its patch of the page. */
it('shows the flaws of the stock page', RARE, async () => {
  const home = temporaryFolder();
  const app = await startApp({ server: changed(STOCK_PAGE + SHORT_LOGINS + WITHOUT_REDIRECT), home });
  const ui = await settledUi(app, home);
  await ui.getByRole('heading', { name: 'CachiBot Setup' }).waitFor({ timeout: 60_000 }); // setup_route
  await rememberFirstBox(ui);
  await ui.goto('http://127.0.0.1:5870/setup');
  await ui.getByText(words.later, { exact: true }).click();
  await ui.getByRole('checkbox').check();
  await ui.getByRole('button', { name: words.start }).click();

  // lost_start: the message box is another one once the loading screen has gone.
  await ui.locator('textarea.chat-textarea').waitFor({ timeout: 60_000 });
  await expect.poll(() => ui.evaluate(() => document.querySelector('.app-loader'))).toBe(null);
  expect(await firstBoxStays(ui)).toBe(false);

  await connected(ui).waitFor({ timeout: 60_000 });
  expect(await ui.getByText(pageWords.noModel).count()).toBe(0); // missing_model

  // log_in: the page tries to connect with a token that has run out, and gives up.
  const attempts: string[] = [];
  ui.on('console', message => void attempts.push(message.text()));
  const token = await storedToken(ui);
  await expect.poll(() => Date.now(), { timeout: 30_000 }).toBeGreaterThan(expiryOf(token));
  await restartServer(app, ui, home);
  await expect.poll(() => attempts.join(), { timeout: 60_000 }).toContain('(attempt 4)');
  expect(await connected(ui).count()).toBe(0);

  await ui.goto('http://127.0.0.1:5870/settings/data');
  await ui.locator('#loginPassword').waitFor({ timeout: 60_000 }); // log_in: the renewal has run out, too
});
