/** A server that is busy, hung, or slow to start. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import {
  clickOnOverlay,
  expectAlive,
  noOverlay,
  overlay,
  rememberPage,
  requestIgnoringAnswer,
  restarted,
  samePage,
  usable,
} from '../drivers/effects';
import { HANGS_ON_DEMAND, installPlugin } from '../drivers/plugin';
import { until } from '../drivers/poll';
import { defineScenarios } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';
import { readOrEmpty } from '../drivers/still-running';
import { neverReportedSilent } from '../drivers/suspend';

const START_LIMIT_SECONDS = 6;
const HANG_LIMIT_SECONDS = 3;
/** A limit, and a shorter time for which the server is busy, so that nothing may be reported. */
const PATIENT = { hangLimitSeconds: 9, busyMs: 5_000 };
const ENDLESS_MS = 3_600_000;
/** Long enough to read the notice, even on a busy machine. */
const HANG_MS = 12_000;

const setShortLimit = (run: AppRun) => run.writeSettings({ hangLimitSeconds: HANG_LIMIT_SECONDS });

async function spin(run: AppRun, ms: number): Promise<string> {
  await rememberPage(run);
  await requestIgnoringAnswer(run, `/spin?ms=${ms}`);
  await until('the loop', () => run.diary().some(({ event }) => event === 'spin'));
  return `the server is in a loop of ${ms / 1000} s`;
}

/** The user reads the notice and chooses to restart the server. */
async function restart(run: AppRun): Promise<string> {
  const notice = await overlay(run, SCREEN.silent);
  rmSync(join(run.home, 'be-busy'), { force: true });
  await clickOnOverlay(run, 'restart');
  return `${notice}; ${await restarted(run)}`;
}

defineScenarios([
  {
    name: 'busy-for-a-while',
    server: 'scripted',
    phase: 'ready',
    fault: `the server does not respond for ${PATIENT.busyMs / 1000} s; the limit is ${PATIENT.hangLimitSeconds} s`,
    expected: 'it is not restarted, and no notice is shown',
    setUp: run => run.writeSettings({ hangLimitSeconds: PATIENT.hangLimitSeconds }),
    inject: run => spin(run, PATIENT.busyMs),
    async see(run) {
      await pause(PATIENT.busyMs);
      return `${await usable(run)}; ${await samePage(run)}; ${neverReportedSilent(run)}`;
    },
  },
  {
    name: 'busy-restart',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server is in an endless loop, and the user chooses to restart it',
    expected: 'it is killed; a new one replaces it behind the same page',
    setUp: setShortLimit,
    inject: run => spin(run, ENDLESS_MS),
    see: restart,
  },
  {
    name: 'busy-restart-real',
    server: 'real',
    phase: 'ready',
    limitMs: 240_000,
    fault: 'a plug-in runs an endless search that holds Python’s GIL, and the user chooses to restart the server',
    expected: 'the position of the hang is recorded; the server is killed; a new one replaces it behind the same page',
    setUp(run) {
      setShortLimit(run);
      installPlugin(run, HANGS_ON_DEMAND);
    },
    async inject(run) {
      await rememberPage(run);
      writeFileSync(join(run.home, 'be-busy'), '');
      const report = join(run.home, 'profile', 'logs', 'hang.txt');
      await until('the position of the hang', () => /plugins\/chaos/.test(readOrEmpty(report)));
      return 'hang.txt names the plug-in’s line';
    },
    see: restart,
  },
  {
    name: 'busy-comes-back',
    server: 'scripted',
    phase: 'ready',
    fault: `the server does not respond for ${HANG_MS / 1000} s; the limit is ${HANG_LIMIT_SECONDS} s`,
    expected: 'an overlay says so; the server recovers by itself, and the overlay closes',
    setUp: setShortLimit,
    inject: run => spin(run, HANG_MS),
    async see(run) {
      const notice = await overlay(run, SCREEN.silent);
      await noOverlay(run);
      return `${notice}, which closed by itself; ${await usable(run)}; ${await samePage(run)}`;
    },
  },
  {
    name: 'slow-disk',
    server: 'scripted',
    phase: 'before',
    fault: `the start takes twice the limit of ${START_LIMIT_SECONDS} s, with continuous progress`,
    expected: 'it is not treated as a hang: the start continues until the server is ready',
    setUp(run) {
      run.writeSettings({ startLimitSeconds: START_LIMIT_SECONDS });
      run.setModes('progressing');
    },
    async inject(run) {
      run.blockAt('ready');
      run.start();
      await run.untilState('starting');
      const server = await run.process('server');
      await pause(START_LIMIT_SECONDS * 2_000);
      return `${expectAlive(server)} after ${START_LIMIT_SECONDS * 2} s, and was not ready`;
    },
    see(run) {
      run.unblock('ready');
      return usable(run);
    },
  },
]);
