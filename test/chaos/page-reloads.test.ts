/** The window's page, reloaded again and again. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { Memory, ORIGIN, rememberPage, sameServer, usable } from '../drivers/effects';
import { type MemoryWatch, watchMemory } from '../drivers/memory';
import { until } from '../drivers/poll';
import { endBySignal } from '../drivers/processes';
import { defineScenarios } from '../drivers/scenarios';

const LOADS = 1_000;
/** So often its process is killed, too. */
const KILL_EVERY = 100;
/** More crashes in a row are given up; a page that stays for ten seconds ends a row. */
const CRASHES_IN_A_ROW = 3;
const STABLE_MS = 11_000;

const memory = new Memory<MemoryWatch>();

const loadsOf = (run: AppRun) => run.diary().filter(({ event, path }) => event === 'request' && path === '/').length;

function reload(run: AppRun, times: number): Promise<void> {
  return run.onPage(ORIGIN, async page => {
    for (let time = 0; time < times; time++) await page.reload({ waitUntil: 'commit' });
    await page.waitForLoadState();
  });
}

/** The process of the page is the renderer that started last. */
async function killPage(run: AppRun): Promise<void> {
  const [newest] = run.processes('renderer').sort((one, other) => Number(other.began) - Number(one.began));
  if (newest !== undefined) await endBySignal(newest);
  await until('the page in a new process', () => run.onPage(ORIGIN, page => page.title()).catch(() => undefined));
}

defineScenarios([
  {
    name: 'window-1000',
    server: 'scripted',
    phase: 'ready',
    limitMs: 400_000,
    fault: `the page is reloaded ${LOADS} times as fast as it can be, every ${KILL_EVERY}th time in a new process`,
    expected: 'the page is shown and answered, with the same server; no more processes; the shell stays within 50 MB',
    async inject(run) {
      await rememberPage(run);
      const before = run.processes().length;
      memory.set(run, await watchMemory(run));
      for (let done = 0; done < LOADS; done += KILL_EVERY) {
        await reload(run, KILL_EVERY - 1);
        await killPage(run);
        if ((done / KILL_EVERY + 1) % CRASHES_IN_A_ROW === 0) await pause(STABLE_MS);
      }
      // A load that its process did not survive sent no request.
      while (loadsOf(run) < LOADS) await reload(run, 1);
      await until('as few processes as before', () => run.processes().length <= before, {
        instead: () => run.processes().map(({ role }) => role),
      });
      return `the page was requested ${loadsOf(run)} times; ${before} processes before and after`;
    },
    see: async run => `${await usable(run)}; ${await sameServer(run)}; ${memory.of(run).check()}`,
  },
]);
