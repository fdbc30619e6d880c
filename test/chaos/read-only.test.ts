/** A home and data that cannot be written to. Root can write to every folder, so one scenario runs as another user. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { asUser } from '../drivers/app-run';
import { failurePage, tryAgain, usable } from '../drivers/effects';
import { until } from '../drivers/poll';
import { defineScenarios } from '../drivers/scenarios';
import { LOG, SCREEN } from '../drivers/screen-words';

/** No user of the machine has this id. */
const USER = 54_321;

/** Checks that a folder cannot be written to. @returns the error message */
function expectReadOnly(folder: string, as: readonly string[] = []): string {
  const [program = '', ...args] = [...as, 'touch', join(folder, 'try')];
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) throw new Error(`${folder} can be written to.`);
  return stderr.trim();
}

defineScenarios([
  {
    name: 'read-only-home',
    server: 'real',
    phase: 'before',
    user: USER,
    fault: 'a user may not write to their own home',
    expected: 'the app says so and starts no server; with write permission it starts',
    async inject(run) {
      chmodSync(run.home, 0o555);
      const evidence = expectReadOnly(run.home, asUser(USER));
      run.start();
      return evidence;
    },
    async see(run) {
      const line = await until(
        'a message',
        () =>
          run
            .output()
            .split('\n')
            .find(text => LOG.profileReadOnly.test(text)),
        {
          actual: () => run.output(),
        },
      );
      if (run.processes('server').length > 0) throw new Error('It started a server.');
      await run.quit();
      chmodSync(run.home, 0o755);
      run.start();
      return `“${line}”; then ${await usable(run)}`;
    },
  },
  {
    name: 'read-only-data',
    server: 'real',
    phase: 'before',
    fault: 'the data is on a disk that is mounted read-only',
    expected: 'a page says so; after it is writable Try again works',
    async inject(run) {
      const data = join(run.home, '.cachibot');
      execFileSync('mount', ['--bind', data, data]);
      execFileSync('mount', ['-o', 'remount,bind,ro', data]);
      const evidence = expectReadOnly(data);
      run.start();
      return evidence;
    },
    async see(run) {
      const page = await failurePage(run, SCREEN.dataReadOnly);
      execFileSync('umount', ['--lazy', join(run.home, '.cachibot')]);
      return `${page}; ${await tryAgain(run)}`;
    },
  },
]);
