/**
 * What a user has of CachiBot: a login and a conversation. It begins in one version and is looked for in the next: in
 * the page, behind the server's login, in the database and in its copy.
 */

import { openModel } from '../fixtures/model.mjs';
import { databaseIn, saidIn } from './data';
import type { Page } from './pages';
import { until } from './poll';
import type { UpdateTestbed } from './update-testbed';

const MORNING = 'Good morning';
const NIGHT = 'And good night';
const ANSWER_MS = 60_000;
/** The page swaps its tree once after it has loaded, and text typed before that is lost; there is no event for it. */
const SWAP_MS = 3_000;
const ACCOUNT = {
  '#email': 'ada@example.org',
  '#username': 'ada',
  '#password': 'correct horse',
  '#confirmPassword': 'correct horse',
};

export interface Conversation {
  /** Makes an account in the page, and says something that is answered. */
  begin(): Promise<void>;
  /**
   * Continues it in the same home.
   * @throws Error that names what is missing of it
   */
  continue(): Promise<void>;
}

/** Tells the app of the model that answers: to be called before it starts. */
export async function prepareConversation(testbed: UpdateTestbed): Promise<Conversation> {
  const model = await openModel();
  testbed.onClose(model.close);
  Object.assign(testbed.env, model.env);
  let login = '';

  return {
    async begin() {
      await testbed.inPageOnce(async page => {
        await page.getByRole('heading', { name: 'CachiBot Setup' }).waitFor({ timeout: ANSWER_MS });
        await fillIn(page, ACCOUNT);
        await page.getByRole('button', { name: 'Create Admin Account' }).click();
        await page.getByText('I accept the Terms').click();
        await page.getByRole('button', { name: 'Continue' }).click();
        await say(page, MORNING);
      });
      if (!model.asked.includes(MORNING)) throw new Error('The model was not asked.');
      login = await testbed.inPage(loginOf);
    },

    async continue() {
      const user = await testbed.inPage(page => userOf(page, login));
      if (user !== 'ada') throw new Error(`The server says of the earlier login: ${user}.`);
      const { backup } = testbed.record().passage;
      if (!backup) throw new Error('There is no copy of the data.');
      for (const file of [databaseIn(testbed.home), backup.copy]) {
        const said = saidIn(file, testbed.python);
        if (!said.includes(MORNING) || !said.includes(answerTo(MORNING)))
          throw new Error(`${file} has of the conversation: ${JSON.stringify(said)}`);
      }
      await testbed.inPageOnce(async page => {
        await page.getByText(MORNING).first().click({ timeout: ANSWER_MS });
        await page.getByText(answerTo(MORNING)).first().waitFor({ timeout: ANSWER_MS });
        await page.waitForTimeout(SWAP_MS);
        await say(page, NIGHT);
      });
    },
  };
}

/** Fills fields until they keep their values: on a busy machine the swap of the tree may come late. */
async function fillIn(page: Page, fields: Record<string, string>): Promise<void> {
  await until('fields that keep their values', async () => {
    for (const [field, value] of Object.entries(fields)) await page.locator(field).fill(value);
    await page.waitForTimeout(SWAP_MS);
    const kept = Object.entries(fields).map(async ([field, value]) => (await page.inputValue(field)) === value);
    return (await Promise.all(kept)).every(Boolean);
  });
}

async function say(page: Page, message: string): Promise<void> {
  const box = page.getByPlaceholder(/^Message CachiBot/);
  await box.fill(message);
  await page.getByText('Connected', { exact: true }).waitFor({ timeout: ANSWER_MS });
  if ((await box.inputValue()) !== message) await box.fill(message);
  await box.press('Enter');
  await page.getByText(answerTo(message)).first().waitFor({ timeout: ANSWER_MS });
}

/** The token that the page stores. */
function loginOf(page: Page): Promise<string> {
  return page.evaluate(() => JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}').state?.accessToken ?? '');
}

/** Returns the user name the server reports for a token, or the status it answers with. */
function userOf(page: Page, login: string): Promise<string> {
  return page.evaluate(async login => {
    const answer = await fetch('/api/auth/me', { headers: { Authorization: `Bearer ${login}` } });
    return answer.ok ? (await answer.json()).username : String(answer.status);
  }, login);
}

function answerTo(message: string): string {
  return `You said: ${message}`;
}
