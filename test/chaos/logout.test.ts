/** Logout: signals to the shell, to all processes at once, and finally SIGKILL. */

import { allExited, cleanExit } from '../drivers/effects';
import type { Phase } from '../drivers/phases';
import { until } from '../drivers/poll';
import { isAlive } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

type Server = 'scripted' | 'real';
type Signal = 'SIGTERM' | 'SIGHUP';
const suffix = (server: Server) => (server === 'real' ? '-real' : '');

function toShell(signal: Signal, phase: Phase, server: Server = 'scripted'): Scenario {
  return {
    name: `logout-${signal.toLowerCase()}-${phase}${suffix(server)}`,
    server,
    phase,
    fault: `the session ends: ${signal} to the shell`,
    expected: 'the server is requested to stop; the app quits with 0',
    async inject(run) {
      const shell = await run.process('shell');
      process.kill(shell.pid, signal);
      if (phase !== 'stopping') await run.untilState('stopping');
      run.unblock('exit');
      return `shell ${shell.pid} was ${phase} and was sent ${signal}`;
    },
    async see(run) {
      run.unblock('bind');
      const exit = await cleanExit(run);
      if (server === 'real') return exit;
      if (!run.diary().some(({ event }) => event === 'stop-requested'))
        throw new Error('No server was requested to stop.');
      return `${exit}; the server was requested to stop`;
    },
  };
}

function toEverything(signal: 'SIGTERM' | 'SIGKILL', server: Server): Scenario {
  return {
    name: `logout-all-${signal.toLowerCase()}${suffix(server)}`,
    server,
    phase: 'ready',
    fault: `the session ends: ${signal} to every process of the app at once`,
    expected: 'everything exits; the next start succeeds',
    async inject(run) {
      const all = run.processes();
      for (const { pid } of all) process.kill(pid, signal);
      const main = all.filter(({ role }) => role === 'shell' || role === 'server');
      await until('the exit of shell and server', () => main.every(known => !isAlive(known)));
      return `${all.length} processes were sent ${signal}; shell and server have exited`;
    },
    see: allExited,
  };
}

defineScenarios([
  toShell('SIGTERM', 'splash'),
  toShell('SIGTERM', 'painted'),
  toShell('SIGTERM', 'ready'),
  toShell('SIGTERM', 'stopping'),
  toShell('SIGTERM', 'restarting'),
  toShell('SIGHUP', 'ready'),
  toShell('SIGTERM', 'splash', 'real'),
  toShell('SIGTERM', 'ready', 'real'),
  toEverything('SIGTERM', 'scripted'),
  toEverything('SIGTERM', 'real'),
  toEverything('SIGKILL', 'scripted'),
  toEverything('SIGKILL', 'real'),
]);
