/**
 * Updates while a disk is full.
 * @module-tag linux
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { until } from '../drivers/poll';
import type { UpdateTestbed } from '../drivers/update-testbed';
import { defineCases, downloadRefused, expectOldRuns, installAndStart } from './cases';

defineCases([
  downloadRefused(
    'full disk for downloads',
    (testbed, file) => mountSmall(testbed, testbed.cache, statSync(file).size / 2),
    /disk is full/,
  ),
  {
    name: 'full disk for the app',
    expected: 'the reason is shown before the server is stopped, v1 continues',
    async run(testbed, { older, newer }) {
      testbed.offer(newer);
      mountSmall(testbed, testbed.apps, older.size * 1.2);
      await installAndStart(testbed, older);
      await testbed.checkForUpdate();
      await testbed.downloadUpdate();
      await testbed.installUpdate();
      await until('the reason in the log', () => /Nothing was changed\. The disk is full/.test(testbed.log()));
      await expectOldRuns(testbed, older);
      return 'refused, v1 continues';
    },
  },
]);

/** Mounts a small disk on a folder until the testbed is closed. */
function mountSmall(testbed: UpdateTestbed, folder: string, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  const args = ['-t', 'tmpfs', '-o', `size=${Math.round(bytes)}`, 'tmpfs', folder];
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`A small disk could not be mounted: ${stderr}`);
  testbed.onClose(() => spawnSync('umount', ['-l', folder]));
}
