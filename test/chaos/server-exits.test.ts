/** A server that exits by itself, with various codes, and a server that does not exit. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import {
  cleanExit,
  expectAlive,
  failurePage,
  rememberPage,
  requestIgnoringAnswer,
  restarted,
  stillTyped,
  tryAgain,
} from '../drivers/effects';
import { until } from '../drivers/poll';
import { killAndWait } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';

/** Number of restarts of a server that has been ready. */
const RESTARTS = 5;
const STUBBORN_MS = 3_000;

/** Waits until the shell has seen an exit with this code. */
function exitedWith(run: AppRun, code: number): Promise<string> {
  return until(
    `an exit with code ${code}`,
    () => {
      const exits = run.states().flatMap(({ failure, because, again }) => [failure, because, again?.because]);
      return exits.some(exit => exit?.code === code) && `the shell saw it exit with code ${code}`;
    },
    { actual: () => run.lastStates() },
  );
}

const restartsOf = (run: AppRun) => run.diary().filter(({ event }) => event === 'start').length - 1;

function exitsAtOnce(name: string, mode: string, code: number, reason: string): Scenario {
  return {
    name,
    server: 'scripted',
    phase: 'before',
    fault: `the server exits with code ${code} as soon as it is started`,
    expected: 'a page says so, with the end of its stderr; Try again works',
    setUp: run => run.setModes(mode),
    async inject(run) {
      run.start();
      return exitedWith(run, code);
    },
    async see(run) {
      const page = await failurePage(run, SCREEN.notReady(reason));
      run.setModes('healthy');
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

function stubborn(phase: 'splash' | 'ready'): Scenario {
  return {
    name: `stubborn-${phase}`,
    server: 'scripted',
    phase,
    fault: 'the app is quit, and the server ignores both its stdin and SIGTERM',
    expected: 'it is killed after its grace period; the app quits',
    setUp: run => run.setModes('stubborn'),
    async inject(run) {
      const server = await run.process('server');
      process.kill((await run.process('shell')).pid, 'SIGTERM');
      await run.untilState('stopping');
      process.kill(server.pid, 'SIGTERM');
      await pause(STUBBORN_MS);
      return `${expectAlive(server)} ${STUBBORN_MS / 1000} s after the stop request and SIGTERM`;
    },
    see: cleanExit,
  };
}

defineScenarios([
  exitsAtOnce('exit0-splash', 'exit0', 0, 'code 0'),
  exitsAtOnce('crash-splash', 'crash', 3, 'no module named cachibot'),
  {
    name: 'exit0-painted',
    server: 'scripted',
    phase: 'painted',
    fault: 'the server exits with code 0 after its page is shown',
    expected: 'a page says that it stopped; Try again works',
    async inject(run) {
      await requestIgnoringAnswer(run, '/die?code=0');
      return exitedWith(run, 0);
    },
    async see(run) {
      const page = await failurePage(run, SCREEN.notReady('code 0'));
      run.unblock('ready');
      return `${page}; ${await tryAgain(run)}`;
    },
  },
  {
    name: 'exit0-ready',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server exits with code 0',
    expected: 'a new one replaces it behind the same page, and typed text is kept',
    typed: true,
    async inject(run) {
      await rememberPage(run);
      await requestIgnoringAnswer(run, '/die?code=0');
      return exitedWith(run, 0);
    },
    see: async run => `${await restarted(run)}; ${await stillTyped(run)}`,
  },
  {
    name: 'exit0-ready-real',
    server: 'real',
    phase: 'ready',
    fault: 'the user sends the server SIGTERM, and it exits with code 0',
    expected: 'a new one replaces it behind the same page',
    async inject(run) {
      const { server } = await rememberPage(run);
      await killAndWait(server, 'SIGTERM');
      return exitedWith(run, 0);
    },
    see: restarted,
  },
  {
    name: 'exit0-for-ever',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server is killed, and each restarted server exits with code 0 at once',
    expected: `after ${RESTARTS} restarts, with increasing delays, a failure page is shown; Try again works`,
    async inject(run) {
      run.setModes('exit0');
      await killAndWait(await run.process('server'));
      await run.untilState('failed');
      return exitedWith(run, 0);
    },
    async see(run) {
      const restarts = restartsOf(run);
      if (restarts !== RESTARTS) throw new Error(`It was restarted ${restarts} times.`);
      const page = await failurePage(run, SCREEN.stopped);
      run.setModes('healthy');
      return `restarted ${restarts} times; ${page}; ${await tryAgain(run)}`;
    },
  },
  {
    name: 'refused-restarting',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server is killed, and the next one refuses to start, for a reason that only the user can remove',
    expected: 'no further restart; a page shows the reason; Try again works',
    async inject(run) {
      run.setModes('data-in-use');
      await killAndWait(await run.process('server'));
      return exitedWith(run, 49);
    },
    async see(run) {
      const page = await failurePage(run, SCREEN.dataInUse);
      if (restartsOf(run) !== 1) throw new Error(`It was restarted ${restartsOf(run)} times.`);
      run.setModes('healthy');
      return `${page}; ${await tryAgain(run)}`;
    },
  },
  stubborn('splash'),
  stubborn('ready'),
]);
