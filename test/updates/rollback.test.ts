/**
 * Rollback from a new version whose server does not start.
 * @module-tag linux
 */

import { _electron } from 'playwright-core';
import { until } from '../drivers/poll';
import type { UpdateTestbed } from '../drivers/update-testbed';
import { defineCases, expectFile, installAndStart } from './cases';

defineCases([
  {
    name: 'v2 whose server crashes',
    expected: 'after two failed starts a rollback to v1 is offered, which restores it with its data',
    async run(testbed, { older, crashing }) {
      testbed.offer(crashing);
      await installAndStart(testbed, older);
      await testbed.checkForUpdate();
      await testbed.downloadUpdate();
      await testbed.installUpdate();
      const hasFailed = () => testbed.version() === crashing.version && testbed.log().includes('is not ready after');
      await testbed.until('the failure of v2', hasFailed);
      await testbed.quit();
      await rollBack(testbed);
      const isBack = () => testbed.version() === older.version && /"phase":"ready"/.test(lastRun(testbed.log()));
      await testbed.until('v1, ready', isBack);
      await testbed.page();
      expectFile(testbed, older);
      await until('the refused version in the record', () => testbed.record().refused === crashing.version);
      return 'v1 is restored';
    },
  },
]);

/** Starts the app, and confirms the rollback that its failure page offers. */
async function rollBack(testbed: UpdateTestbed): Promise<void> {
  const env = Object.fromEntries(
    Object.entries(testbed.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const app = await _electron.launch({
    executablePath: testbed.file,
    args: [...testbed.switches, '--remote-debugging-port=0', '--data', testbed.home],
    env,
  });
  await app.evaluate(({ dialog }) => {
    Object.assign(dialog, { showMessageBox: async () => ({ response: 0, checkboxChecked: true }) });
  });
  const failurePage = () => app.windows().find(page => page.url().includes('failure.html'));
  const page = await until('the failure page', failurePage, { limitMs: 60_000 });
  const exited = new Promise(resolve => app.process().once('exit', resolve));
  await page.locator('#back').click({ timeout: 60_000 });
  await exited;
}

function lastRun(log: string): string {
  const firstLine = ' CachiBot \\d+\\.\\d+\\.\\d+[^\\n]*; port \\d+\\n';
  return log.slice(log.search(new RegExp(`${firstLine}(?![\\s\\S]*${firstLine})`)));
}
