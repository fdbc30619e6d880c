/**
 * Makes what the tests install, where it is not there yet: the packages of a release, older ones to upgrade from, and
 * the Windows installers that wine runs. On Windows `npm run dist` has made the installer.
 */

import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { haveWine } from '../../scripts/offline/windows-tools.mjs';
import { UserError } from '../../scripts/setup/user-error.mjs';
import { packedApp } from '../drivers/apps';
import { atMost } from '../drivers/at-most';
import { given } from '../drivers/given';
import { drivenInstallers, releaseInstallers } from '../drivers/linux-installers';
import { testFeed } from '../drivers/test-feed';
import { type SignedInstallers, signedInstallers } from '../drivers/wine-installers';

declare module 'vitest' {
  interface ProvidedContext {
    installers: {
      /** The program of the app that the release's installers hold. */
      executable: string;
      /** Those of a release, absolute. */
      release: string[];
      /** A deb and an rpm of an older version. */
      older: string[];
      windows: SignedInstallers;
    };
  }
}

export async function setup(project: TestProject): Promise<void> {
  if (process.platform !== 'linux') return; // each test that needs these says that it needs Linux
  if (process.getuid?.() !== 0) throw new UserError('Only root can install packages.', 'Run it as root.');
  const { root } = project.config;
  const logFile = join(given('CACHIBOT_TEST_OUTPUT'), 'installers.log');
  const work = { root, title: 'Packing of the installers', logFile, say: console.log };
  const app = await packedApp(root);
  await haveWine(work);
  const twoAtATime = atMost(2);
  const [release, older, windows] = await Promise.all([
    twoAtATime(() => releaseInstallers(work, app)),
    twoAtATime(() => drivenInstallers(work, app, testFeed(root), 'older')),
    twoAtATime(() => signedInstallers(work)),
  ]);
  project.provide('installers', {
    executable: app.executable,
    release,
    older: [older('deb').file, older('rpm').file],
    windows,
  });
}
