/** SIGSTOP of the server. */

import type { AppRun } from '../drivers/app-run';
import {
  cleanExit,
  clickOnOverlay,
  failurePage,
  noOverlay,
  overlay,
  rememberPage,
  restarted,
  samePage,
  tryAgain,
  usable,
} from '../drivers/effects';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';
import { resume, suspend } from '../drivers/suspend';

const HANG_LIMIT_SECONDS = 3;
const START_LIMIT_SECONDS = 6;
/** Time until the app reports a silent server, with the default limit of 20 s. */
const SILENT_MS = 40_000;

const setShortLimit = (run: AppRun) => run.writeSettings({ hangLimitSeconds: HANG_LIMIT_SECONDS });
const setShortStartLimit = (run: AppRun) => run.writeSettings({ startLimitSeconds: START_LIMIT_SECONDS });

/** Uses the default limit. */
const ready: Scenario = {
  name: 'suspend-server-ready',
  server: 'scripted',
  phase: 'ready',
  fault: 'SIGSTOP of the server, and SIGCONT after the overlay is shown',
  expected: 'an overlay says that it is suspended, and closes by itself; the same server behind the same page',
  async inject(run) {
    await rememberPage(run);
    return suspend(run, 'server');
  },
  async see(run) {
    const notice = await overlay(run, SCREEN.suspended, { limitMs: SILENT_MS });
    resume((await run.process('server')).pid);
    await noOverlay(run);
    return `${notice}; ${await usable(run)}; ${await samePage(run)}`;
  },
};

function restart(server: 'scripted' | 'real'): Scenario {
  return {
    name: `suspend-server-restart${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'ready',
    fault: 'SIGSTOP of the server, and the user chooses to restart it',
    expected: 'it is killed; a new one replaces it behind the same page',
    setUp: setShortLimit,
    async inject(run) {
      await rememberPage(run);
      return suspend(run, 'server');
    },
    async see(run) {
      const notice = await overlay(run, SCREEN.suspended);
      await clickOnOverlay(run, 'restart');
      return `${notice}; ${await restarted(run)}`;
    },
  };
}

function starting(phase: 'splash' | 'restarting'): Scenario {
  const server = phase === 'splash' ? 'a starting server' : 'the restarted server';
  return {
    name: `suspend-server-${phase}`,
    server: 'scripted',
    phase,
    fault: `SIGSTOP of ${server}, with a start limit of ${START_LIMIT_SECONDS} s`,
    expected: 'it is stopped; a page says that another program had suspended it; Try again works',
    setUp: setShortStartLimit,
    inject: run => suspend(run, 'server'),
    async see(run) {
      const page = await failurePage(run, SCREEN.suspendedAtStartup);
      run.unblock('bind');
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

const stopping: Scenario = {
  name: 'suspend-server-stopping',
  server: 'scripted',
  phase: 'ready',
  fault: 'SIGSTOP of the server, and the app is quit',
  expected: 'the app quits with 0',
  async inject(run) {
    const evidence = await suspend(run, 'server');
    process.kill((await run.process('shell')).pid, 'SIGTERM');
    return evidence;
  },
  see: cleanExit,
};

defineScenarios([ready, restart('scripted'), restart('real'), starting('splash'), starting('restarting'), stopping]);
