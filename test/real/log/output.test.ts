// @module-tag linux: as all that uses electron-app.ts

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';
import { mainLog, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

interface Watch {
  /** The longest time in which the main process did nothing else. */
  longestMs: number;
  /** Of the main process, above what it had at the beginning. */
  moreBytes: number;
}

/** Has the main process watch itself. */
function watch(app: ElectronApplication): Promise<void> {
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

const seen = (app: ElectronApplication) => app.evaluate(() => (globalThis as unknown as { seen: Watch }).seen);

it.each([
  ['lines with secrets', 'lines', 'stdout'],
  ['lines on stderr', 'lines', 'stderr'],
  ['lines of ten megabytes', 'endless', 'stdout'],
  ['lines of ten megabytes on stderr', 'endless', 'stderr'],
  ['no text at all', 'binary', 'stderr'],
  ['blank lines', 'blank', 'stderr'],
])('200 MB of output: %s hold up neither server nor window', async (_name, kind, to) => {
  const home = temporaryFolder();
  const app = await startApp({ home, server: 'healthy' });
  const ui = await shownUi(app);
  await expect.poll(() => mainLog(home)).toContain('"phase":"ready"');
  await watch(app);

  const answers = await ui.evaluate(
    async ([kind, to]) => {
      const { electronAPI } = window as unknown as { electronAPI: { windowIsMaximized(): Promise<boolean> } };
      let pouring = true;
      const poured = fetch(`/pour?bytes=200000000&kind=${kind}&to=${to}`).then(async answer => {
        pouring = false;
        return Number(await answer.text());
      });
      const longest = { window: 0, server: 0 };
      const time = async (what: keyof typeof longest, ask: () => Promise<unknown>) => {
        const began = performance.now();
        await ask();
        longest[what] = Math.max(longest[what], performance.now() - began);
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
    `${kind} on ${to}: ${answers.pouredMs} ms; main process busy for ${Math.round(longestMs)} ms at most, ` +
      `${Math.round(moreBytes / 1e6)} MB more; window answered within ${Math.round(answers.window)} ms, server within ${Math.round(answers.server)} ms`,
  );
  expect(answers.pouredMs).toBeLessThan(60_000);
  expect(longestMs).toBeLessThan(1_000);
  expect(answers.window).toBeLessThan(2_000);
  expect(moreBytes).toBeLessThan(50_000_000);
  for (const name of readdirSync(logs)) {
    expect(statSync(join(logs, name)).size).toBeLessThanOrEqual(5_000_000);
    expect(readFileSync(join(logs, name), 'latin1')).not.toMatch(/abcdefgh|12345678/);
  }
  expect(mainLog(home)).not.toMatch(/"phase":"(failed|stopping)"/);
});
