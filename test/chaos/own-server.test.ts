/** A `cachibot server` that the user started, on the same data or port. It is stopped only if the user chooses so. */

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AppRun } from '../drivers/app-run';
import {
  cleanExit,
  clickOnFailure,
  exited,
  expectAlive,
  failurePage,
  PerRun,
  portOf,
  tryAgain,
  usable,
} from '../drivers/effects';
import { PORT } from '../drivers/leftovers';
import { until } from '../drivers/poll';
import { killAndWait, type Process, readProcess } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';

const OTHER_PORT = 5871;
/** It ignores SIGTERM while it waits for the network. */
const EXIT_MS = 40_000;

const own = new PerRun<Process>();

async function startOwn(run: AppRun, { port, home = run.home }: { port: number; home?: string }): Promise<string> {
  const { CACHIBOT_TELEMETRY_DISABLED, PATH, TMPDIR } = run.env;
  const args = ['-m', 'cachibot.cli', 'server', '--host', '127.0.0.1', '--port', String(port)];
  const child = spawn(run.python, args, {
    cwd: run.folder,
    env: { CACHIBOT_TELEMETRY_DISABLED, PATH, TMPDIR, HOME: home },
    stdio: 'ignore',
  });
  run.onClose(() => child.kill('SIGKILL'));
  await until('a response of the user’s server', () => responds(port), { limitMs: 150_000, pauseMs: 200 });
  const found = child.pid === undefined ? undefined : readProcess(child.pid);
  if (found === undefined) throw new Error('The user’s server has exited.');
  own.set(run, found);
  return `\`cachibot server\` ${found.pid} responds on port ${port}`;
}

function responds(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/api/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Kills the user's server, and removes its PID file, which a killed server cannot remove. */
async function killOwn(run: AppRun): Promise<void> {
  await killAndWait(own.of(run));
  rmSync(join(run.home, '.cachibot', 'server.pid'), { force: true });
}

async function failureNamesIt(run: AppRun): Promise<string> {
  return `${await failurePage(run, SCREEN.dataInUseBy(own.of(run).pid))}, with its PID`;
}

type OnData = Pick<Scenario, 'name' | 'fault' | 'expected' | 'see'> & { port: number };

function onTheData({ port, ...scenario }: OnData): Scenario {
  return {
    ...scenario,
    server: 'real',
    phase: 'before',
    limitMs: 240_000,
    async inject(run) {
      const evidence = await startOwn(run, { port });
      run.start();
      return evidence;
    },
  };
}

defineScenarios([
  onTheData({
    name: 'own-server',
    fault: 'the user’s own `cachibot server` uses the port and the data',
    expected: 'a page names it; it is not stopped; after it has exited Try again works',
    port: PORT,
    async see(run) {
      const page = `${await failureNamesIt(run)}; ${expectAlive(own.of(run))}`;
      if (!(await responds(PORT))) throw new Error('It no longer responds.');
      await killOwn(run);
      return `${page}; ${await tryAgain(run)}`;
    },
  }),
  onTheData({
    name: 'own-server-stopped',
    fault: 'the user’s own `cachibot server` uses the data, and the user chooses to stop it and continue',
    expected: 'it is requested to stop, and exits; the app continues',
    port: OTHER_PORT,
    async see(run) {
      const page = await failureNamesIt(run);
      await clickOnFailure(run, 'stop');
      return `${page}; ${await exited(own.of(run), EXIT_MS)}; ${await usable(run)}`;
    },
  }),
  onTheData({
    name: 'own-server-quit',
    fault: 'the user’s own `cachibot server` uses the data, and the user chooses to quit',
    expected: 'the app quits with 0; the server is not stopped',
    port: OTHER_PORT,
    async see(run) {
      const page = await failureNamesIt(run);
      await clickOnFailure(run, 'quit');
      const seen = `${page}; ${await cleanExit(run)}; ${expectAlive(own.of(run))}`;
      await killOwn(run);
      return seen;
    },
  }),
  {
    name: 'own-server-on-port',
    server: 'real',
    phase: 'before',
    fault: 'a `cachibot server` with other data uses the port',
    expected: 'both continue in parallel',
    async inject(run) {
      const home = join(run.folder, 'other-home');
      mkdirSync(home);
      const evidence = await startOwn(run, { port: PORT, home });
      run.start();
      return evidence;
    },
    async see(run) {
      const seen = await usable(run);
      const port = await portOf(run);
      if (port === PORT) throw new Error('Our server has the port.');
      if (!(await responds(PORT))) throw new Error('The user’s server no longer responds.');
      const alive = expectAlive(own.of(run));
      await killAndWait(own.of(run));
      return `${seen}, on port ${port}; ${alive} and responds`;
    },
  },
]);
