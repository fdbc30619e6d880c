/** Builds the AppImages, packages and Windows installers of the update tests, unless they are cached. */

import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureWine } from '../../scripts/offline/windows-tools.mjs';
import { UserError } from '../../scripts/setup/user-error.mjs';
import { packedApp } from '../drivers/apps';
import { limitConcurrency } from '../drivers/concurrency-limit';
import { automatableInstallers, type Build, type RecipeName } from '../drivers/linux-installers';
import { requiredEnv } from '../drivers/required-env';
import { testFeed } from '../drivers/test-feed';
import { updatableInstallers, type WindowsBuild } from '../drivers/wine-installers';

export interface Artifacts {
  /** Private key, PEM, that signs the feed's manifests. */
  key: string;
  /** AppImages with a scripted server. */
  older: Build;
  newer: Build;
  newest: Build;
  /** The same version as `newer`, with a server that crashes. */
  crashing: Build;
  deb: { older: Build; newer: Build };
  rpm: { older: Build; newer: Build };
  /** AppImages with the frozen server; in `patched` one of its Python packages has another version. */
  real: { older: Build; newer: Build; patched: Build };
  windows: { older: WindowsBuild; newer: WindowsBuild };
}

declare module 'vitest' {
  interface ProvidedContext {
    updates: Artifacts;
  }
}

export async function setup(project: TestProject): Promise<void> {
  if (process.platform !== 'linux') return; // each test is tagged as needing Linux
  if (process.getuid?.() !== 0) throw new UserError('Only root can mount the full disks.', 'Run it as root.');
  const { root } = project.config;
  const logFile = join(requiredEnv('CACHIBOT_TEST_OUTPUT'), 'update-test.log');
  const work = { root, title: 'Packing', logFile, say: console.log };
  const app = await packedApp(root);
  await ensureWine(work);
  const feed = testFeed(root);
  const twoAtATime = limitConcurrency(2);
  const build = (name: RecipeName) => twoAtATime(() => automatableInstallers(work, app, feed, name));
  const [windows, older, newer, newest, crashing, realOlder, realNewer, patched] = await Promise.all([
    twoAtATime(() => updatableInstallers(work, feed)),
    ...([build('older'), build('newer'), build('newest'), build('crashing')] as const),
    ...([build('real-older'), build('real-newer'), build('patched')] as const),
  ]);
  project.provide('updates', {
    key: feed.key,
    older: older('AppImage'),
    newer: newer('AppImage'),
    newest: newest('AppImage'),
    crashing: crashing('AppImage'),
    deb: { older: older('deb'), newer: newer('deb') },
    rpm: { older: older('rpm'), newer: newer('rpm') },
    real: { older: realOlder('AppImage'), newer: realNewer('AppImage'), patched: patched('AppImage') },
    windows,
  });
}
