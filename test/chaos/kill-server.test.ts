/** SIGKILL of the server in each phase. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import {
  cleanExit,
  failurePage,
  PerRun,
  readPageState,
  rememberPage,
  restarted,
  stillTyped,
  tryAgain,
  usable,
} from '../drivers/effects';
import { until } from '../drivers/poll';
import { killAndWait } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';

type Server = 'scripted' | 'real';
const suffix = (server: Server) => (server === 'real' ? '-real' : '');

/** PID of the killed server. */
const killed = new PerRun<number>();

async function kill(run: AppRun): Promise<string> {
  const server = await run.process('server');
  killed.set(run, server.pid);
  return killAndWait(server);
}

function beforeReady(phase: 'splash' | 'painted', server: Server): Scenario {
  return {
    name: `kill-server-${phase}${suffix(server)}`,
    server,
    phase,
    fault: 'kill -9 of the server',
    expected: 'a page says that it stopped; Try again works',
    inject: kill,
    async see(run) {
      const page = await failurePage(run, SCREEN.notReady());
      run.unblock('bind', 'ready');
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

function ready(server: Server): Scenario {
  return {
    name: `kill-server-ready${suffix(server)}`,
    server,
    phase: 'ready',
    fault: 'kill -9 of the server',
    expected: 'a new one replaces it behind the same page, and typed text is kept',
    typed: true,
    async inject(run) {
      await rememberPage(run);
      return kill(run);
    },
    see: async run => `${await restarted(run)}; ${await stillTyped(run)}`,
  };
}

function stopping(server: Server): Scenario {
  return {
    name: `kill-server-stopping${suffix(server)}`,
    server,
    phase: 'stopping',
    fault: 'kill -9 of the server',
    expected: 'the app quits with 0',
    inject: kill,
    see(run) {
      run.unblock('exit');
      return cleanExit(run);
    },
  };
}

const restarting: Scenario = {
  name: 'kill-server-restarting',
  server: 'scripted',
  phase: 'restarting',
  fault: 'kill -9 of the server',
  expected: 'it is restarted again; the page is usable and was not reloaded',
  typed: true,
  inject: kill,
  async see(run) {
    run.unblock('bind', 'ready');
    const before = await readPageState(run).catch(() => undefined);
    const seen = await usable(run);
    const now = await readPageState(run);
    if (now.server.pid === killed.of(run)) throw new Error(`The server is still ${now.server.pid}.`);
    if (before !== undefined && now.load !== before.load) throw new Error('The page was reloaded.');
    return `server ${killed.of(run)} became ${now.server.pid}; ${seen}; ${await stillTyped(run)}`;
  },
};

const justReady: Scenario = {
  name: 'kill-server-ready-300-real',
  server: 'real',
  phase: 'painted',
  fault: 'kill -9 of the server 300 ms after it is ready, while the page sends its initial requests',
  expected: 'a new one replaces it; the page is usable, reloaded if one of its requests failed',
  async inject(run) {
    await run.untilState('ready');
    await pause(300);
    return kill(run);
  },
  async see(run) {
    await until('a restart', () => run.states().some(({ again }) => again !== undefined));
    return usable(run);
  },
};

defineScenarios([
  beforeReady('splash', 'scripted'),
  beforeReady('painted', 'scripted'),
  ready('scripted'),
  stopping('scripted'),
  restarting,
  beforeReady('painted', 'real'),
  ready('real'),
  stopping('real'),
  justReady,
]);
