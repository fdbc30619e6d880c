/** While the window is hidden and nothing runs, the server writes nothing to the disk. Real Electron, real CachiBot. */
// @module-tag linux: reads /proc
// @module-tag left-to-ci

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { python, serverPid, serverScript, startApp, temporaryFolder } from '../../drivers/electron-app';
import { makeAccount } from '../../drivers/user-journey';

/** The idle work of the first seconds is done then, and the log retention's line, which is written after a minute. */
const SETTLE_MS = 80_000;
const HIDDEN_MS = 60_000;

function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

it('writes nothing while the window is hidden', { timeout: 300_000 }, async () => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: [python(), serverScript] });
  await makeAccount(app, home);
  await app.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.hide();
  });
  await delay(SETTLE_MS);
  const before = writtenBytes(serverPid(home));
  await delay(HIDDEN_MS);
  expect(writtenBytes(serverPid(home)) - before).toBe(0);
});
