/** The page is reloaded 1,000 times. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { ORIGIN, OVERLAY, PerRun, rememberPage, sameServer, usable } from '../drivers/effects';
import { type MemoryWatch, watchMemory } from '../drivers/memory';
import { until } from '../drivers/poll';
import { killAndWait } from '../drivers/processes';
import { defineScenarios } from '../drivers/scenarios';

const LOADS = 1_000;
/** Number of loads between two kills of the page's renderer. */
const KILL_EVERY = 100;
/** The app reloads a page that crashes, up to this many times in a row. Ten stable seconds reset the count. */
const CRASHES_IN_A_ROW = 3;
const STABLE_MS = 11_000;

const memory = new PerRun<MemoryWatch>();

const loadsOf = (run: AppRun) => run.diary().filter(({ event, path }) => event === 'request' && path === '/').length;

function reload(run: AppRun, times: number): Promise<void> {
  return run.onPage(ORIGIN, async page => {
    for (let time = 0; time < times; time++) await page.reload({ waitUntil: 'commit' });
    await page.waitForLoadState();
  });
}

/** Waits until the page's process is the only renderer: the splash is gone, and a message is dismissed. */
async function pageAlone(run: AppRun) {
  return until('the page without splash or message', async () => {
    await run.onPage(OVERLAY, message => message.keyboard.press('Escape')).catch(() => undefined);
    const [only, ...others] = run.processes('renderer');
    return others.length === 0 ? only : undefined;
  });
}

async function killPage(run: AppRun): Promise<void> {
  await killAndWait(await pageAlone(run));
  await until('the page in a new process', () => run.onPage(ORIGIN, page => page.title()).catch(() => undefined));
}

defineScenarios([
  {
    name: 'window-1000',
    server: 'scripted',
    phase: 'ready',
    limitMs: 400_000,
    fault: `the page is reloaded ${LOADS} times as fast as possible, every ${KILL_EVERY}th time after a kill of its process`,
    expected: 'the page is usable, with the same server; no additional processes; the shell grows by less than 50 MB',
    async inject(run) {
      await rememberPage(run);
      const before = run.processes().length;
      memory.set(run, await watchMemory(run));
      for (let done = 0; done < LOADS; done += KILL_EVERY) {
        await reload(run, KILL_EVERY - 1);
        await killPage(run);
        if ((done / KILL_EVERY + 1) % CRASHES_IN_A_ROW === 0) await pause(STABLE_MS);
      }
      // A page whose process was killed early has sent no request.
      while (loadsOf(run) < LOADS) await reload(run, 1);
      await pageAlone(run);
      await until('no more processes than before', () => run.processes().length <= before, {
        actual: () => run.processes().map(({ role }) => role),
      });
      return `the page was requested ${loadsOf(run)} times; ${before} processes before and after`;
    },
    see: async run => `${await usable(run)}; ${await sameServer(run)}; ${memory.of(run).check()}`,
  },
]);
