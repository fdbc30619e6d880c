/** Builds what is updated, and to what, where it is not there yet: real AppImages, packages and Windows installers. */

import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { haveWine } from '../../scripts/offline/windows-tools.mjs';
import { UserError } from '../../scripts/setup/user-error.mjs';
import { packedApp } from '../drivers/apps';
import { atMost } from '../drivers/at-most';
import { given } from '../drivers/given';
import { type Build, drivenInstallers, type RecipeName } from '../drivers/linux-installers';
import { testFeed } from '../drivers/test-feed';
import { updatableInstallers, type WindowsBuild } from '../drivers/wine-installers';

export interface Artifacts {
  /** Private, in PEM: signs what the feed offers. */
  key: string;
  /** AppImages with a scripted server. */
  older: Build;
  newer: Build;
  newest: Build;
  /** The same version as `newer`, with a server that crashes. */
  crashing: Build;
  deb: { older: Build; newer: Build };
  rpm: { older: Build; newer: Build };
  /** AppImages with the frozen server; in `patched`, one of its Python packages has another version. */
  real: { older: Build; newer: Build; patched: Build };
  windows: { older: WindowsBuild; newer: WindowsBuild };
}

declare module 'vitest' {
  interface ProvidedContext {
    updates: Artifacts;
  }
}

export async function setup(project: TestProject): Promise<void> {
  if (process.platform !== 'linux') return; // each test says that it needs Linux
  if (process.getuid?.() !== 0) throw new UserError('Full disks need root.', 'Run it as root.');
  const { root } = project.config;
  const logFile = join(given('CACHIBOT_TEST_OUTPUT'), 'update-test.log');
  const work = { root, title: 'Packing', logFile, say: console.log };
  const app = await packedApp(root);
  await haveWine(work);
  const feed = testFeed(root);
  const twoAtATime = atMost(2);
  const make = (name: RecipeName) => twoAtATime(() => drivenInstallers(work, app, feed, name));
  const [windows, older, newer, newest, crashing, realOlder, realNewer, patched] = await Promise.all([
    twoAtATime(() => updatableInstallers(work, feed)),
    ...([make('older'), make('newer'), make('newest'), make('crashing')] as const),
    ...([make('real-older'), make('real-newer'), make('patched')] as const),
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
