// @ts-check
/// <reference path="page.d.ts" />
// What a person has of CachiBot: a login, and a conversation. Begun in one version as they would, and looked for in the
// next one: in the page, behind the server's login, in the database and in its copy.
import { openModel } from '../../test/fixtures/model.mjs';
import { databaseIn, saidIn } from '../chaos/data.mjs';

const MORNING = 'Good morning';
const NIGHT = 'And good night';
const ANSWER_MS = 60_000;
/** The page swaps its tree once after it has loaded, and text typed before that is lost; there is no event for it. */
const SWAP_MS = 3_000;

/**
 * Before the app begins: it is told of the model that answers.
 * @param {import('./world.mjs').World} world
 */
export async function talkTo(world) {
  const model = await openModel();
  world.after(model.close);
  Object.assign(world.env, model.env);
  let login = '';

  return {
    /** Makes an account in the page, and says something that is answered. */
    async begin() {
      await world.inPage(async page => {
        await page.getByRole('heading', { name: 'CachiBot Setup' }).waitFor({ timeout: ANSWER_MS });
        await page.waitForTimeout(SWAP_MS);
        await page.locator('#email').fill('ada@example.org');
        await page.locator('#username').fill('ada');
        await page.locator('#password').fill('correct horse');
        await page.locator('#confirmPassword').fill('correct horse');
        await page.getByRole('button', { name: 'Create Admin Account' }).click();
        await page.getByText('I accept the Terms').click();
        await page.getByRole('button', { name: 'Continue' }).click();
        await say(page, MORNING);
        return true;
      });
      if (!model.asked.includes(MORNING)) throw new Error('The model was not asked.');
      login = await world.inPage(loginOf);
    },

    /** Throws what is missing of it now, and says something more. */
    async goOn() {
      const who = await world.inPage(page => whoIs(page, login));
      if (who !== 'ada') throw new Error(`The server says of the login of before: ${who}.`);
      const { backup } = world.record().passage;
      if (!backup) throw new Error('There is no copy of the data.');
      for (const file of [databaseIn(world.home), backup.copy]) {
        const said = saidIn(file, world.python);
        if (!said.includes(MORNING) || !said.includes(answerTo(MORNING)))
          throw new Error(`${file} has of the conversation: ${JSON.stringify(said)}`);
      }
      await world.inPage(async page => {
        await page.getByText(MORNING).first().click({ timeout: ANSWER_MS });
        await page.getByText(answerTo(MORNING)).first().waitFor({ timeout: ANSWER_MS });
        await page.waitForTimeout(SWAP_MS);
        await say(page, NIGHT);
        return true;
      });
    },
  };
}

/** @param {import('playwright-core').Page} page @param {string} message */
async function say(page, message) {
  const box = page.getByPlaceholder(/^Message CachiBot/);
  await box.fill(message);
  await page.getByText('Connected', { exact: true }).waitFor({ timeout: ANSWER_MS });
  if ((await box.inputValue()) !== message) await box.fill(message);
  await box.press('Enter');
  await page.getByText(answerTo(message)).first().waitFor({ timeout: ANSWER_MS });
}

/** What the page keeps of the login. @param {import('playwright-core').Page} page @returns {Promise<string>} */
function loginOf(page) {
  return page.evaluate(() => JSON.parse(localStorage.getItem('cachibot-auth') ?? '{}').state?.accessToken ?? '');
}

/**
 * Whose the server says a login is.
 * @param {import('playwright-core').Page} page
 * @param {string} login
 * @returns {Promise<string>}
 */
function whoIs(page, login) {
  return page.evaluate(async login => {
    const answer = await fetch('/api/auth/me', { headers: { Authorization: `Bearer ${login}` } });
    return answer.ok ? (await answer.json()).username : String(answer.status);
  }, login);
}

/** @param {string} message */
function answerTo(message) {
  return `You said: ${message}`;
}
