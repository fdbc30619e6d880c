/** Builds Windows installers with the server that is frozen under wine, unless they are cached. */

import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { requiredEnv } from '../drivers/required-env';
import { testFeed } from '../drivers/test-feed';
import { type Real, realInstallers } from '../drivers/wine-installers';

declare module 'vitest' {
  interface ProvidedContext {
    real: Real & {
      /** Private key, PEM, that signs the feed's manifests. */
      key: string;
    };
  }
}

export async function setup(project: TestProject): Promise<void> {
  if (process.platform !== 'linux') return; // each test is tagged as needing Linux
  const { root } = project.config;
  const logFile = join(requiredEnv('CACHIBOT_TEST_OUTPUT'), 'windows-installers.log');
  const work = { root, title: 'Packing', logFile, say: console.log };
  const feed = testFeed(root);
  const server = dirname(requiredEnv('CACHIBOT_TEST_SERVER'));
  project.provide('real', { key: feed.key, ...(await realInstallers(work, feed, server)) });
}
