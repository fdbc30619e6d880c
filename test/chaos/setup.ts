/** Creates two copies of the packed app that every user can read: with the real server, and with a scripted one. */

import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { UnpackedApp } from '../../scripts/dist/unpacked-app.mjs';
import { automatableCopy, packedApp } from '../drivers/apps';
import { writeBundle } from '../fixtures/bundle.mjs';
import { canIsolate } from '../pool/isolated-pool.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    chaos: { real: UnpackedApp; scripted: UnpackedApp };
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  if (!canIsolate) throw new Error('These scenarios need Linux, root, and unshare, ip and setpriv on PATH.');
  const { root } = project.config;
  const app = await packedApp(root);
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-chaos-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  chmodSync(folder, 0o755);
  // Other users may be unable to read the clone.
  const script = join(folder, 'scripted-server.mjs');
  copyFileSync(join(root, 'test', 'fixtures', 'scripted-server.mjs'), script);
  project.provide('chaos', {
    real: await automatableCopy(app, join(folder, 'real')),
    scripted: await automatableCopy(app, join(folder, 'scripted'), {
      replaceServer: server => void writeBundle(server, 'healthy', script),
    }),
  });
  return remove;
}
