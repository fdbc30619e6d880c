/** Lays the packed app twice where every user can read it: with its own server, and with a scripted one. */

import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { UnpackedApp } from '../../scripts/dist/unpacked-app.mjs';
import { drivenCopy, packedApp } from '../drivers/apps';
import { layBundle } from '../fixtures/bundle.mjs';
import { canIsolate } from '../pool/isolated-pool.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    chaos: { real: UnpackedApp; scripted: UnpackedApp };
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  if (!canIsolate)
    throw new Error('These faults need Linux, root, and unshare, ip and setpriv on PATH. Full disks need a mount.');
  const { root } = project.config;
  const app = await packedApp(root);
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-chaos-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  chmodSync(folder, 0o755);
  // Other users may not be allowed to read the clone.
  const script = join(folder, 'scripted-server.mjs');
  copyFileSync(join(root, 'test', 'fixtures', 'scripted-server.mjs'), script);
  project.provide('chaos', {
    real: await drivenCopy(app, join(folder, 'real')),
    scripted: await drivenCopy(app, join(folder, 'scripted'), {
      layServer: server => void layBundle(server, 'healthy', script),
    }),
  });
  return remove;
}
