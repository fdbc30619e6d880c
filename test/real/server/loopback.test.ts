// @module-tag linux: uses electron-app.ts
// @module-tag left-to-ci

import { execFileSync } from 'node:child_process';
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isLoopbackCut } from '../../../desktop/server/loopback';
import { blockAt, spawnApp, temporaryFolder } from '../../drivers/electron-app';
import { readOrEmpty } from '../../drivers/still-running';

/** Whether this file has a network of its own, see `test/pool/isolated-pool.mts`. */
const hasOwnNetwork =
  process.getuid?.() === 0 && readlinkSync('/proc/self/ns/net') !== readlinkSync(`/proc/${process.ppid}/ns/net`);

const setLoopback = (state: 'up' | 'down') => execFileSync('ip', ['link', 'set', 'lo', state]);

function cutLoopback(): void {
  setLoopback('down');
  onTestFinished(() => void setLoopback('up'));
}

/** Creates a home whose settings have short limits. */
function homeWithShortLimits(): string {
  const home = temporaryFolder();
  const profile = join(home, '.config', 'CachiBot');
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(profile, 'settings.json'), '{ "startLimitSeconds": 2, "hangLimitSeconds": 2 }');
  return home;
}

/** Polls the line of the log with the last state of the server. */
function lastState(home: string) {
  const log = join(home, '.config', 'CachiBot', 'logs', 'main.log');
  const last = () =>
    readOrEmpty(log)
      .split('\n')
      .findLast(line => line.includes('"phase":')) ?? '';
  return expect.poll(last, { timeout: 30_000 });
}

// Another program of the machine may need its loopback device.
describe.skipIf(!hasOwnNetwork)('a loopback interface that is down', () => {
  it('is found by a connection of the app to itself', async () => {
    expect(await isLoopbackCut()).toBe(false);
    cutLoopback();
    expect(await isLoopbackCut()).toBe(true);
  });

  it.each(['before', 'during'])('%s the start is not taken for a server that hangs', async when => {
    const home = homeWithShortLimits();
    blockAt(home, 'ready');
    if (when === 'before') cutLoopback();
    spawnApp({ home, server: 'healthy' });
    if (when === 'during') {
      await lastState(home).toContain('"proved":true');
      cutLoopback();
    }
    await lastState(home).toContain('"phase":"failed","failure":{"kind":"loopback"}');
  });

  it('under a running app is named until it is up again', async () => {
    const home = homeWithShortLimits();
    spawnApp({ home, server: 'healthy' });
    await lastState(home).toContain('"phase":"ready"');
    cutLoopback();
    await lastState(home).toContain('"cut":true');
    setLoopback('up');
    await lastState(home).not.toContain('"cut":true');
    await lastState(home).toContain('"phase":"ready"');
  });
});
