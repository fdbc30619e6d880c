/** The server is killed at random times, in any phase, for CACHIBOT_TEST_SOAK seconds. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { clickTryAgain, usable } from '../drivers/effects';
import { until } from '../drivers/poll';
import { isAlive } from '../drivers/processes';
import { requiredEnv } from '../drivers/required-env';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const SOAK_MS = Number(requiredEnv('CACHIBOT_TEST_SOAK')) * 1000;

/** @param maxPauseMs longest pause between two kills */
function soak(server: 'scripted' | 'real', what: string, maxPauseMs: number): Scenario {
  return {
    name: `soak${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'ready',
    limitMs: 180_000 + SOAK_MS,
    fault: `${what} is killed at random times`,
    expected: 'when the app stops restarting it, Try again works; at the end the page is usable; nothing remains',
    setUp: run => run.setModes('healthy,daemon,grandchild'),
    inject: run => killAtRandom(run, maxPauseMs),
    async see(run) {
      await until('a server that is ready', () => isReady(run), {
        limitMs: 120_000,
        pauseMs: 500,
        actual: () => run.lastStates(),
      });
      return usable(run);
    },
  };
}

async function isReady(run: AppRun): Promise<boolean> {
  if (run.phase() === 'failed') await clickTryAgain(run).catch(() => {}); // the page is not there yet
  return run.phase() === 'ready';
}

async function killAtRandom(run: AppRun, maxPauseMs: number): Promise<string> {
  const kills = new Map<string, number>();
  let retries = 0;
  for (const end = performance.now() + SOAK_MS; performance.now() < end; ) {
    await pause(Math.random() * maxPauseMs);
    // Gives the server the next pause to start.
    if (run.phase() === 'failed') {
      await clickTryAgain(run).then(
        () => retries++,
        () => {}, // the page is not there yet
      );
      continue;
    }
    const [server] = run.processes('server');
    if (server === undefined || !isAlive(server)) continue;
    const phase = run.phase();
    const before = run.states().length;
    process.kill(server.pid, 'SIGKILL');
    kills.set(phase, (kills.get(phase) ?? 0) + 1);
    // Until then the log ends with a state of the killed server, such as `ready`.
    await until('a new state after the kill', () => run.states().length !== before);
  }
  if (kills.size === 0) throw new Error('The server was never killed.');
  const counts = [...kills].map(([phase, count]) => `${count} while ${phase}`);
  return `it was killed ${counts.join(', ')}; Try again was clicked ${retries} times`;
}

defineScenarios([
  soak('scripted', 'a server with a grandchild and a daemon', 4_000),
  soak('real', 'the real server', 15_000),
]);
