/**
 * A user's login and conversation, created in one version and checked in the next: in the page, by the server's API, in
 * the database and in its backup.
 */

import { openFakeModel } from '../fixtures/fake-model.mjs';
import { databaseIn, messagesIn } from './data';
import { firstUseWords as words } from './first-use';
import type { Page } from './pages';
import type { UpdateTestbed } from './update-testbed';

const MORNING = 'Good morning';
const NIGHT = 'And good night';
const RESPONSE_MS = 60_000;
const USER = 'ada';

export interface Conversation {
  /** Creates an account in the page, sends a message and waits for the answer. */
  start(): Promise<void>;
  /**
   * Checks the conversation in the same home and sends another message.
   * @throws Error that names what is missing
   */
  continue(): Promise<void>;
}

/** Starts a fake model and configures the app to use it. Call it before the app starts. */
export async function prepareConversation(testbed: UpdateTestbed): Promise<Conversation> {
  const model = await openFakeModel();
  testbed.onClose(model.close);
  Object.assign(testbed.env, model.env);
  let token = '';

  return {
    async start() {
      await testbed.inPageOnce(async page => {
        await page.getByRole('heading', { name: words.welcome }).waitFor({ timeout: RESPONSE_MS });
        await page.getByLabel(words.name).fill(USER);
        await page.getByText(words.later, { exact: true }).click();
        await page.getByRole('checkbox').click();
        await page.getByRole('button', { name: words.start }).click();
        await say(page, MORNING);
      });
      if (!model.questions.includes(MORNING)) throw new Error('The model received no question.');
      token = await testbed.inPage(tokenIn);
    },

    async continue() {
      const user = await testbed.inPage(page => userNameFor(page, token));
      if (user !== USER) throw new Error(`The server does not accept the earlier login: ${user}.`);
      const { backup } = testbed.record().passage;
      if (!backup) throw new Error('There is no backup of the data.');
      for (const file of [databaseIn(testbed.home), backup.copy]) {
        const messages = messagesIn(file, testbed.python);
        if (!messages.includes(MORNING) || !messages.includes(answerTo(MORNING)))
          throw new Error(`${file} contains these messages only: ${JSON.stringify(messages)}`);
      }
      await testbed.inPageOnce(async page => {
        await page.getByText(MORNING).first().click({ timeout: RESPONSE_MS });
        await page.getByText(answerTo(MORNING)).first().waitFor({ timeout: RESPONSE_MS });
        await say(page, NIGHT);
      });
    },
  };
}

async function say(page: Page, message: string): Promise<void> {
  const box = page.getByPlaceholder(/^Message CachiBot/);
  await box.fill(message);
  await page.getByText('Connected', { exact: true }).waitFor({ timeout: RESPONSE_MS });
  if ((await box.inputValue()) !== message) await box.fill(message);
  await box.press('Enter');
  await page.getByText(answerTo(message)).first().waitFor({ timeout: RESPONSE_MS });
}

/** The access token in the page’s storage. */
function tokenIn(page: Page): Promise<string> {
  return page.evaluate(() => JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}').state?.accessToken ?? '');
}

/** Returns the user name that the server reports for a token, or the status of its response. */
function userNameFor(page: Page, token: string): Promise<string> {
  return page.evaluate(async token => {
    const response = await fetch('/api/auth/me', { headers: { Authorization: `Bearer ${token}` } });
    return response.ok ? (await response.json()).username : String(response.status);
  }, token);
}

function answerTo(message: string): string {
  return `You said: ${message}`;
}
