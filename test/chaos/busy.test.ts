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
  requestInVain,
  restarted,
  samePage,
  usable,
} from '../drivers/effects';
import { readOrEmpty } from '../drivers/gone';
import { HANGS_ON_DEMAND, layPlugin } from '../drivers/plugin';
import { until } from '../drivers/poll';
import { defineScenarios } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';
import { neverSilent } from '../drivers/suspend';

const START_LIMIT_SECONDS = 6;
const HANG_LIMIT_SECONDS = 3;
/** Of the scenario in which nothing must be reported, and how long the server is busy in it. */
const PATIENT = { hangLimitSeconds: 9, busyMs: 5_000 };
const ENDLESS_MS = 3_600_000;
/** Long enough for the notice to be seen on a machine that is busy itself. */
const HANG_MS = 12_000;

const impatient = (run: AppRun) => run.writeSettings({ hangLimitSeconds: HANG_LIMIT_SECONDS });

async function spin(run: AppRun, ms: number): Promise<string> {
  await rememberPage(run);
  await requestInVain(run, `/spin?ms=${ms}`);
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
    fault: `the server answers nothing for ${PATIENT.busyMs / 1000} s, of the ${PATIENT.hangLimitSeconds} s it may`,
    expected: 'it is left alone, without a notice',
    setUp: run => run.writeSettings({ hangLimitSeconds: PATIENT.hangLimitSeconds }),
    inject: run => spin(run, PATIENT.busyMs),
    async see(run) {
      await pause(PATIENT.busyMs);
      return `${await usable(run)}; ${await samePage(run)}; ${neverSilent(run)}`;
    },
  },
  {
    name: 'busy-restart',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server is in an endless loop, and the user chooses to restart it',
    expected: 'it is killed; another replaces it behind the same page',
    setUp: impatient,
    inject: run => spin(run, ENDLESS_MS),
    see: restart,
  },
  {
    name: 'busy-restart-real',
    server: 'real',
    phase: 'ready',
    limitMs: 240_000,
    fault: 'a plug-in searches for ever and holds the interpreter’s lock, and the user chooses to restart the server',
    expected: 'where it hangs is written down; it is killed; another replaces it behind the same page',
    setUp(run) {
      impatient(run);
      layPlugin(run, HANGS_ON_DEMAND);
    },
    async inject(run) {
      await rememberPage(run);
      writeFileSync(join(run.home, 'be-busy'), '');
      const report = join(run.home, 'profile', 'logs', 'hang.txt');
      await until('the place where it hangs', () => /plugins\/chaos/.test(readOrEmpty(report)));
      return 'hang.txt names the plug-in’s line';
    },
    see: restart,
  },
  {
    name: 'busy-comes-back',
    server: 'scripted',
    phase: 'ready',
    fault: `the server answers nothing for ${HANG_MS / 1000} s, and may for ${HANG_LIMIT_SECONDS} s`,
    expected: 'the user is told; it recovers by itself, and the overlay goes',
    setUp: impatient,
    inject: run => spin(run, HANG_MS),
    async see(run) {
      const notice = await overlay(run, SCREEN.silent);
      await noOverlay(run);
      return `${notice}, and went by itself; ${await usable(run)}; ${await samePage(run)}`;
    },
  },
  {
    name: 'slow-disk',
    server: 'scripted',
    phase: 'before',
    fault: `the start takes twice the ${START_LIMIT_SECONDS} s of silence that are allowed, with progress all the while`,
    expected: 'that is no hang: the start continues until it is done',
    setUp(run) {
      run.writeSettings({ startLimitSeconds: START_LIMIT_SECONDS });
      run.behave('progressing');
    },
    async inject(run) {
      run.hold('ready');
      run.start();
      await run.untilState('starting');
      const server = await run.process('server');
      await pause(START_LIMIT_SECONDS * 2_000);
      return `${expectAlive(server)} after ${START_LIMIT_SECONDS * 2} s, and was not ready`;
    },
    see(run) {
      run.allow('ready');
      return usable(run);
    },
  },
]);
