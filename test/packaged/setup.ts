/** Packs the app, and creates two copies for the tests: one with the frozen server, one with a scripted server. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { UnpackedApp } from '../../scripts/dist/unpacked-app.mjs';
import { automatableCopy, packedApp } from '../drivers/apps';
import { writeBundle } from '../fixtures/bundle.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    packaged: { frozen: UnpackedApp; scripted: UnpackedApp };
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const { root } = project.config;
  const app = await packedApp(root);
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-packaged-'));
  project.provide('packaged', {
    frozen: await automatableCopy(app, join(folder, 'frozen')),
    scripted: await automatableCopy(app, join(folder, 'scripted'), {
      replaceServer: server => void writeBundle(server),
    }),
  });
  return () => rmSync(folder, { recursive: true, force: true });
}
