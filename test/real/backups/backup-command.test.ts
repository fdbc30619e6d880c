/** The arguments --backup and --restore, with the real server and a page that stores something. */
// @module-tag linux: uses electron-app.ts

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { EXIT_CODES } from '../../../desktop/server/core/exit-codes';
import { startup } from '../../../desktop/words/startup';
import {
  mainLog,
  python,
  quitApp,
  runApp,
  serverScript,
  shownUi,
  startApp,
  temporaryFolder,
} from '../../drivers/electron-app';

const server = () => [python(), serverScript];
const run = (home: string, ...args: string[]) => runApp({ home, server: server(), args });

const CHATS = 'cachibot-chats-test';
const chatsOf = async (app: ElectronApplication) =>
  (await shownUi(app)).evaluate(key => localStorage.getItem(key), CHATS);

it('moves everything to another home, and refuses a restore while the app runs', { tags: 'left-to-ci' }, async () => {
  const folder = temporaryFolder();
  const [home, other, file, password] = ['home', 'other', 'all.cachibot-backup', 'password'].map(name =>
    join(folder, name),
  ) as [string, string, string, string];
  for (const created of [home, other]) mkdirSync(created);
  writeFileSync(password, 'a long password\n');
  const app = await startApp({ home, server: server() });
  await expect.poll(() => mainLog(home), { timeout: 60_000 }).toContain('"phase":"ready"');
  await (await shownUi(app)).evaluate(key => localStorage.setItem(key, 'what I wrote'), CHATS);
  await app.evaluate(({ session }) => session.fromPartition('persist:cachibot').flushStorageData());
  writeFileSync(join(home, 'CachiBot', '.env'), 'OPENAI_API_KEY=abc\n');
  chmodSync(join(home, 'CachiBot', '.env'), 0o600);

  const backedUp = await run(home, '--backup', file, '--password-file', password);
  expect(backedUp).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Saved \d+ files .*encrypted/) });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await run(home, '--backup', file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('already exists'),
  });
  const refused = await run(home, '--restore', file, '--password-file', password);
  expect(refused).toMatchObject({
    code: EXIT_CODES.DATA_IN_USE,
    stderr: expect.stringContaining(startup.quitToRestore),
  });
  await quitApp(app);

  const wrong = await run(other, '--restore', file);
  expect(wrong).toMatchObject({
    code: EXIT_CODES.WRONG_PASSWORD,
    stderr: expect.stringContaining('password is needed'),
  });
  const restored = await run(other, '--restore', file, '--password-file', password);
  expect(restored, restored.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Restored .*To undo/) });
  expect(existsSync(join(other, 'CachiBot', '.env'))).toBe(true);
  const again = await startApp({ home: other, server: server() });
  expect(await chatsOf(again)).toBe('what I wrote');
  await quitApp(again);
});

it('names the profile that cannot be written when it refuses a restore', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', profile]);
  mkdirSync(join(profile, 'logs'));
  execFileSync('mount', ['-o', 'remount,ro', profile]);
  onTestFinished(() => void execFileSync('umount', [profile]));
  const refused = await run(home, '--restore', join(home, 'backup'));
  expect(refused).toMatchObject({ code: EXIT_CODES.HOME_NOT_WRITABLE, stderr: expect.stringContaining('EROFS') });
  expect(refused.stderr).not.toContain(startup.quitToRestore);
});
