/**
 * Builds the installers that the tests install, unless they are cached: the packages of a release, older ones to
 * upgrade from, and Windows installers for wine, with the server that CACHIBOT_TEST_WINDOWS_SERVER names, if it is set.
 * On Windows the tests use the installer of `npm run dist`.
 */

import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureWine } from '../../scripts/offline/windows-tools.mjs';
import { UserError } from '../../scripts/setup/user-error.mjs';
import { packedApp } from '../drivers/apps';
import { limitConcurrency } from '../drivers/concurrency-limit';
import { automatableInstallers, releaseInstallers } from '../drivers/linux-installers';
import { requiredEnv } from '../drivers/required-env';
import { testFeed } from '../drivers/test-feed';
import { type SignedInstallers, signedInstallers } from '../drivers/wine-installers';

declare module 'vitest' {
  interface ProvidedContext {
    installers: {
      /** The executable that the release's installers contain. */
      executable: string;
      /** Absolute paths of the installers of a release. */
      release: string[];
      /** A deb and an rpm of an older version. */
      older: string[];
      windows: SignedInstallers;
      /** Whether `windows` contain a frozen server instead of the fake one. */
      realServer: boolean;
    };
  }
}

export async function setup(project: TestProject): Promise<void> {
  if (process.platform !== 'linux') return; // each test that needs these is tagged as needing Linux
  if (process.getuid?.() !== 0) throw new UserError('Only root can install packages.', 'Run it as root.');
  const { root } = project.config;
  const server = process.env['CACHIBOT_TEST_WINDOWS_SERVER'];
  const logFile = join(requiredEnv('CACHIBOT_TEST_OUTPUT'), 'installers.log');
  const work = { root, title: 'Packing of the installers', logFile, say: console.log };
  const app = await packedApp(root);
  await ensureWine(work);
  const twoAtATime = limitConcurrency(2);
  const [release, older, windows] = await Promise.all([
    twoAtATime(() => releaseInstallers(work, app)),
    twoAtATime(() => automatableInstallers(work, app, testFeed(root), 'older')),
    twoAtATime(() => signedInstallers(work, server)),
  ]);
  project.provide('installers', {
    executable: app.executable,
    release,
    older: [older('deb').file, older('rpm').file],
    windows,
    realServer: server !== undefined,
  });
}
