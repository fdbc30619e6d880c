/** The server dies at random, in whatever phase it is in, for as long as CACHIBOT_TEST_SOAK says. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { clickTryAgain, usable } from '../drivers/effects';
import { given } from '../drivers/given';
import { until } from '../drivers/poll';
import { isAlive } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const SOAK_MS = Number(given('CACHIBOT_TEST_SOAK')) * 1000;

/** @param apartMs longest pause between two deaths */
function soak(server: 'scripted' | 'real', what: string, apartMs: number): Scenario {
  return {
    name: `soak${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'ready',
    limitMs: 180_000 + SOAK_MS,
    fault: `${what} dies at random, again and again`,
    expected: 'whenever the app gives up, Try again works; in the end the page is shown and answered; nothing is left',
    setUp: run => run.behave('healthy,daemon,grandchild'),
    inject: run => killAtRandom(run, apartMs),
    async see(run) {
      await until('a server that is ready', () => isReady(run), {
        limitMs: 120_000,
        pauseMs: 500,
        instead: () => run.lastStates(),
      });
      return usable(run);
    },
  };
}

async function isReady(run: AppRun): Promise<boolean> {
  if (run.phase() === 'failed') await clickTryAgain(run).catch(() => {}); // the page is not there yet
  return run.phase() === 'ready';
}

async function killAtRandom(run: AppRun, apartMs: number): Promise<string> {
  const deaths = new Map<string, number>();
  let retries = 0;
  for (const end = performance.now() + SOAK_MS; performance.now() < end; ) {
    await pause(Math.random() * apartMs);
    // The start after Try again gets its time, too.
    if (run.phase() === 'failed') {
      await clickTryAgain(run).then(
        () => retries++,
        () => {}, // the page is not there yet
      );
      continue;
    }
    const [victim] = run.processes('server');
    if (victim === undefined || !isAlive(victim)) continue;
    const phase = run.phase();
    const before = run.states().length;
    process.kill(victim.pid, 'SIGKILL');
    deaths.set(phase, (deaths.get(phase) ?? 0) + 1);
    // Until then the log still shows the state of the dead server, such as `ready`.
    await until('a new state after the death', () => run.states().length !== before);
  }
  if (deaths.size === 0) throw new Error('It never died.');
  const counts = [...deaths].map(([phase, count]) => `${count} while ${phase}`);
  return `it died ${counts.join(', ')}; Try again was clicked ${retries} times`;
}

defineScenarios([
  soak('scripted', 'a server with a grandchild and a daemon', 4_000),
  soak('real', 'the real server', 15_000),
]);
