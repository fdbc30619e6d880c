/** SIGKILL of the server in each phase. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import {
  cleanExit,
  failurePage,
  lookAtPage,
  Memory,
  rememberPage,
  restarted,
  stillTyped,
  tryAgain,
  usable,
} from '../drivers/effects';
import { until } from '../drivers/poll';
import { endBySignal } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';

type Server = 'scripted' | 'real';
const suffix = (server: Server) => (server === 'real' ? '-real' : '');

/** The server that was killed. */
const killed = new Memory<number>();

async function kill(run: AppRun): Promise<string> {
  const server = await run.process('server');
  killed.set(run, server.pid);
  return endBySignal(server);
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
      run.allow('bind', 'ready');
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

/** A ready server is the one the user may be working with. */
function ready(server: Server): Scenario {
  return {
    name: `kill-server-ready${suffix(server)}`,
    server,
    phase: 'ready',
    fault: 'kill -9 of the server',
    expected: 'another replaces it behind the same page, with the text in its field',
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
    expected: 'the app quits all the same',
    inject: kill,
    see(run) {
      run.allow('leave');
      return cleanExit(run);
    },
  };
}

const restarting: Scenario = {
  name: 'kill-server-restarting',
  server: 'scripted',
  phase: 'restarting',
  fault: 'kill -9 of the server',
  expected: 'it is started once more; then the page is shown and answered, and not reloaded',
  typed: true,
  inject: kill,
  async see(run) {
    run.allow('bind', 'ready');
    const before = await lookAtPage(run).catch(() => undefined);
    const seen = await usable(run);
    const now = await lookAtPage(run);
    if (now.server.pid === killed.of(run)) throw new Error(`The server is still ${now.server.pid}.`);
    if (before !== undefined && now.load !== before.load) throw new Error('The page was reloaded.');
    return `server ${killed.of(run)} became ${now.server.pid}; ${seen}; ${await stillTyped(run)}`;
  },
};

const justReady: Scenario = {
  name: 'kill-server-ready-300-real',
  server: 'real',
  phase: 'painted',
  fault: 'kill -9 of the server 300 ms after it is ready, when its page still sends its initial requests',
  expected: 'another replaces it; the page has all it needs, reloaded if an answer broke off',
  async inject(run) {
    await run.untilState('ready');
    await pause(300);
    return kill(run);
  },
  async see(run) {
    await until('another server', () => run.states().some(({ again }) => again !== undefined));
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
