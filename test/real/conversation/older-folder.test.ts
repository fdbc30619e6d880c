/** The folder of a stock CachiBot 0.2.71: copied, migrated, and shown in a page that has never been used. */
// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { besidePython, interpreter } from '../../../scripts/setup/python.mjs';
import { databaseIn, messagesIn } from '../../drivers/data';
import { freePort, mainLog, python, serverScript, startApp, temporaryFolder, UI } from '../../drivers/electron-app';
import { callApi, settledUi } from '../../drivers/user-journey';
import { openFakeModel } from '../../fixtures/fake-model.mjs';

const OLDER = '0.2.71';
const PASSWORD = 'correct horse';
const ASKED = ['Roses are red', 'Violets are blue'];
const MESSAGES = ASKED.flatMap(text => [text, `You said: ${text}`]);
const root = join(__dirname, '..', '..', '..');

/** Runs stock CachiBot until it has the user's data. */
async function fillWithOlder(home: string, modelEnv: Record<string, string>): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const older = besidePython(interpreter(root, 'python-older'), 'cachibot');
  expect(existsSync(older), 'is set up by: npm test -- real/conversation/older-folder').toBe(true);
  const child = spawn(older, ['server', '--host', '127.0.0.1', '--port', String(port)], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, CACHIBOT_TELEMETRY_DISABLED: '1', ...modelEnv },
    stdio: 'ignore',
  });
  const exited = new Promise(resolve => child.once('exit', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  const version = () =>
    fetch(`${url}/api/health`).then(
      async response => ((await response.json()) as { version: string }).version,
      () => undefined,
    );
  await expect.poll(version, { timeout: 60_000 }).toBe(OLDER);
  // Not synchronously, because this process is the model.
  await promisify(execFile)(python(), [join(root, 'test', 'fixtures', 'fill_older.py'), url, PASSWORD, ...ASKED]);
  child.kill('SIGTERM');
  await exited;
}

it('keeps everything in a folder of stock CachiBot 0.2.71, after a copy of it', { timeout: 180_000 }, async () => {
  const home = temporaryFolder();
  const model = await openFakeModel();
  onTestFinished(() => void model.close());
  await fillWithOlder(home, model.env);
  expect(messagesIn(databaseIn(home), python())).toEqual(MESSAGES);

  const app = await startApp({ home, server: [python(), serverScript], env: model.env });
  const ui = await settledUi(app, home);
  await ui.locator('#identifier').fill('ada', { timeout: 60_000 });
  await ui.locator('#loginPassword').fill(PASSWORD);
  await ui.getByRole('button', { name: 'Sign In' }).click();
  const chats = () => ui.evaluate(() => JSON.parse(localStorage.getItem('cachibot-chats') ?? '{}').state?.chats ?? []);
  await expect.poll(chats, { timeout: 60_000 }).toEqual([expect.objectContaining({ botId: 'poet', messageCount: 4 })]);
  const [chat] = await chats();
  await ui.goto(`${UI}poet/chats/${chat.id}`);
  for (const text of MESSAGES) await ui.getByText(text, { exact: true }).first().waitFor();
  expect(await callApi(ui, 'GET', '/api/bots')).toContainEqual(
    expect.objectContaining({ id: 'poet', name: 'Poet', systemPrompt: 'Rhyme.', color: '#ff0000' }),
  );
  expect(await callApi(ui, 'GET', '/api/bots/poet/instructions/')).toMatchObject({ content: 'Be brief.' });

  const backups = join(home, '.cachibot', 'backups');
  const copies = readdirSync(backups).filter(name => name.endsWith('.db'));
  expect(copies).toEqual([expect.stringMatching(/^cachibot-/)]);
  expect(messagesIn(join(backups, copies[0] ?? ''), python())).toEqual(MESSAGES);
  expect(mainLog(home)).not.toContain('"phase":"failed"');
  expect(JSON.parse(readFileSync(join(home, '.cachibot', 'desktop.json'), 'utf8')).cachibot).toBe('0.3.0');
});
