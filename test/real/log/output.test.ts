// @module-tag linux: uses electron-app.ts

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import { mainLog, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

interface Measurement {
  /** Longest time in which the main process was blocked. */
  longestMs: number;
  /** Growth of the main process's memory. */
  moreBytes: number;
}

/** Makes the main process measure itself. */
function startMeasuring(app: ElectronApplication): Promise<void> {
  return app.evaluate(() => {
    const base = process.memoryUsage().rss;
    const seen = { longestMs: 0, moreBytes: 0 };
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      seen.longestMs = Math.max(seen.longestMs, now - last);
      seen.moreBytes = Math.max(seen.moreBytes, process.memoryUsage().rss - base);
      last = now;
    }, 10);
    Object.assign(globalThis, { seen });
  });
}

const seen = (app: ElectronApplication) => app.evaluate(() => (globalThis as unknown as { seen: Measurement }).seen);

it.each([
  ['lines with secrets', 'lines', 'stdout'],
  ['lines on stderr', 'lines', 'stderr'],
  ['lines of ten megabytes', 'endless', 'stdout'],
  ['lines of ten megabytes on stderr', 'endless', 'stderr'],
  ['binary data', 'binary', 'stderr'],
  ['blank lines', 'blank', 'stderr'],
])('200 MB of output: %s block neither server nor window', { tags: 'left-to-ci' }, async (_name, kind, to) => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home)).toContain('"phase":"ready"');
  await startMeasuring(app);

  const times = await ui.evaluate(
    async ([kind, to]) => {
      const { electronAPI } = window as unknown as { electronAPI: { windowIsMaximized(): Promise<boolean> } };
      let pouring = true;
      const poured = fetch(`/pour?bytes=200000000&kind=${kind}&to=${to}`).then(async answer => {
        pouring = false;
        return Number(await answer.text());
      });
      const longest = { window: 0, server: 0 };
      const time = async (what: keyof typeof longest, request: () => Promise<unknown>) => {
        const started = performance.now();
        await request();
        longest[what] = Math.max(longest[what], performance.now() - started);
      };
      while (pouring) {
        await time('window', () => electronAPI.windowIsMaximized());
        await time('server', () => fetch('/api/something'));
      }
      return { pouredMs: await poured, ...longest };
    },
    [kind, to],
  );

  const logs = join(home, '.config', 'CachiBot', 'logs');
  const serverLog = () => readFileSync(join(logs, 'server.log'), 'utf8');
  await expect.poll(serverLog, { timeout: 30_000 }).toMatch(/the last line\n$/);
  const { longestMs, moreBytes } = await seen(app);
  console.log(
    `${kind} on ${to}: ${times.pouredMs} ms; main process blocked for ${Math.round(longestMs)} ms at most, ` +
      `${Math.round(moreBytes / 1e6)} MB more; window responded within ${Math.round(times.window)} ms, server within ${Math.round(times.server)} ms`,
  );
  expect(times.pouredMs).toBeLessThan(60_000);
  expect(longestMs).toBeLessThan(1_000);
  expect(times.window).toBeLessThan(2_000);
  expect(moreBytes).toBeLessThan(50_000_000);
  for (const name of readdirSync(logs)) {
    expect(statSync(join(logs, name)).size).toBeLessThanOrEqual(5_000_000);
    expect(readFileSync(join(logs, name), 'latin1')).not.toMatch(/abcdefgh|12345678/);
  }
  expect(mainLog(home)).not.toMatch(/"phase":"(failed|stopping)"/);
});
