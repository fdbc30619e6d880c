// @module-tag linux: uses electron-app.ts

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import { words } from '../../../desktop/words/en';
import {
  blockAt,
  exitOf,
  mainLog,
  pageAt,
  quitApp,
  shownUi,
  splashPage,
  startApp,
  temporaryFolder,
  unblock,
} from '../../drivers/electron-app';
import { until } from '../../drivers/poll';
import { killAndWait, processesOf } from '../../drivers/processes';

const OVERLAY = 'app://shell/overlay.html';
const fileIn = (home: string, name: string) => join(home, '.config', 'CachiBot', name);
/** Lets a machine without graphics hardware accelerate in software, in a way that can be turned off like hardware. */
const switches = ['--ignore-gpu-blocklist', '--use-gl=angle', '--use-angle=swiftshader'];
const start = (home: string) => startApp({ home, server: 'healthy', switches });
const isAccelerated = async (app: ElectronApplication) =>
  (await app.evaluate(({ app }) => app.getGPUFeatureStatus().gpu_compositing)) === 'enabled';

/** Kills the GPU process, and the one that replaces it, and so on. */
async function killGpu(home: string, times: number): Promise<void> {
  const killed = new Set<number>();
  for (let n = 0; n < times; n++) {
    const gpu = () => processesOf(home).find(({ role, pid }) => role === 'gpu' && !killed.has(pid));
    const found = await until('a GPU process', () => gpu() ?? false);
    killed.add(found.pid);
    await killAndWait(found);
  }
}

it('three crashes of the GPU process turn hardware acceleration off, until a version changes', {
  tags: 'left-to-ci',
}, async () => {
  const home = temporaryFolder();
  let app = await start(home);
  await shownUi(app);
  expect(await isAccelerated(app)).toBe(true);
  const exit = exitOf(app);
  await killGpu(home, 3);
  expect(await exit).toEqual({ code: 75, signal: null });
  expect(mainLog(home)).toMatch(/relaunch: the GPU process has crashed three times/);

  // The notice is kept until a window has shown it.
  blockAt(home, 'bind');
  app = await start(home);
  await splashPage(app);
  await quitApp(app);
  unblock(home, 'bind');
  const file = fileIn(home, 'graphics.json');
  const record = () => JSON.parse(readFileSync(file, 'utf8'));
  expect(record().told).toBe(false);

  app = await start(home);
  await shownUi(app);
  expect(await isAccelerated(app)).toBe(false);
  const notice = await pageAt(app, OVERLAY);
  await expect.poll(() => notice.locator('body').textContent()).toContain(words.page.graphicsCrashed);
  // With software, further crashes are not the driver's, and do not relaunch the app again.
  await killGpu(home, 3);
  await expect.poll(() => mainLog(home).match(/GPU exited/g)).toHaveLength(6);
  await quitApp(app);

  expect(record()).toMatchObject({ versions: expect.stringMatching(/^CachiBot \S+; Chromium \d/), told: true });
  writeFileSync(file, JSON.stringify({ ...record(), versions: `${record().versions}, another driver` }));
  app = await start(home);
  await shownUi(app);
  expect(await isAccelerated(app)).toBe(true);
});

it('relaunches before Chromium aborts, even if the server takes long to stop', { tags: 'left-to-ci' }, async () => {
  const home = temporaryFolder();
  blockAt(home, 'exit');
  const app = await start(home);
  await shownUi(app);
  const exit = exitOf(app);
  await killGpu(home, 4);
  expect(await exit).toEqual({ code: 75, signal: null });
  unblock(home, 'exit');
});

it('the setting turns hardware acceleration off, without a notice', async () => {
  const home = temporaryFolder();
  mkdirSync(fileIn(home, ''), { recursive: true });
  writeFileSync(fileIn(home, 'settings.json'), '{ "hardwareAcceleration": "off" }');
  const app = await start(home);
  await shownUi(app);
  expect(await isAccelerated(app)).toBe(false);
  expect(app.windows().filter(page => page.url().startsWith(OVERLAY))).toEqual([]);
});
