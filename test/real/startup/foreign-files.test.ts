// @module-tag linux: uses electron-app.ts

import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mainLog, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

it('opens with pipes, folders and links in the place of its files, and names each', async () => {
  const home = temporaryFolder();
  const profile = join(home, '.config', 'CachiBot');
  const logs = join(profile, 'logs');
  mkdirSync(logs, { recursive: true });
  mkdirSync(join(profile, 'Partitions', 'cachibot', 'Session Storage'), { recursive: true });
  const mine = join(home, 'mine');
  writeFileSync(mine, 'mine');
  for (const name of [
    'settings.json',
    'update.json',
    'last-failure.json',
    'Preferences',
    'Local State',
    'logs/server.log',
    'Partitions/cachibot/Session Storage/CURRENT',
  ])
    execFileSync('mkfifo', [join(profile, name)]);
  mkdirSync(join(home, '.cachibot'));
  execFileSync('mkfifo', [join(home, '.cachibot', 'work-folder.json')]); // the server renames it
  mkdirSync(join(profile, 'window.json'));
  symlinkSync(join(home, 'missing'), join(profile, 'run.json'));
  symlinkSync(mine, join(logs, 'main.log'));
  linkSync(mine, join(logs, 'hang.txt'));

  const app = await startApp({ home, server: 'healthy' });
  await shownUi(app);
  await expect.poll(() => mainLog(home)).toContain('"phase":"ready"');
  const named = (file: string, what: string) => expect(mainLog(home)).toMatch(new RegExp(`${file}.*: ${what}`));
  named('main.log', 'It is a link to');
  named('hang.txt', 'It is a hard link');
  named('settings.json', 'It is a pipe');
  named('update.json', 'It is a pipe');
  named('Preferences', 'It is a pipe');
  named('Local State', 'It is a pipe');
  named('Session Storage/CURRENT', 'It is a pipe');
  named('window.json', 'It is a folder');
  named('run.json', 'It is a link to');
  expect(readFileSync(mine, 'utf8')).toBe('mine');
  expect(readdirSync(home)).not.toContain('missing');
});
