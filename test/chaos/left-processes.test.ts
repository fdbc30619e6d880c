/**
 * What the server has started: a daemon in its own session that ignores every signal it can ignore. And a server that is
 * left alone itself, because its shell was killed.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { cleanExit, exited, expectAlive, Memory, rememberPage, restarted, usable } from '../drivers/effects';
import { readOrEmpty } from '../drivers/gone';
import { layPlugin, STARTS_A_DAEMON } from '../drivers/plugin';
import { until } from '../drivers/poll';
import { endBySignal, freeze, type Process } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { LOG } from '../drivers/screen-words';

type Server = 'scripted' | 'real';
const suffix = (server: Server) => (server === 'real' ? '-real' : '');

/** The process that the app has to end. */
const left = new Memory<Process>();

/** Waits for the daemon. */
async function daemonOf(run: AppRun): Promise<string> {
  const server = await run.process('server');
  const daemon = await until('a daemon', () =>
    run.processes('daemon').find(({ session }) => session !== server.session && session !== 0),
  );
  left.set(run, daemon);
  return `daemon ${daemon.pid} has its own session`;
}

const isGone = (run: AppRun) => exited(left.of(run), 15_000);

/** The next start ends what was left, says so, and is as good as any other. */
async function cleanedUp(run: AppRun, words: RegExp): Promise<string> {
  const log = () => readOrEmpty(run.logFile, 'utf8');
  const before = log().length;
  run.behave('healthy');
  run.start();
  const seen = `${await isGone(run)}; ${await usable(run)}`;
  const line = log().slice(before).match(words)?.[0];
  if (line === undefined) throw new Error(`The log does not say ${words}: ${log().slice(before, before + 500)}`);
  return `the next start says “${line}”; ${seen}`;
}

function withDaemon(server: Server): Pick<Scenario, 'server' | 'phase' | 'setUp'> {
  return {
    server,
    phase: 'ready',
    setUp: run => (server === 'real' ? layPlugin(run, STARTS_A_DAEMON) : run.behave('healthy,daemon')),
  };
}

function daemons(server: Server): Scenario[] {
  return [
    {
      ...withDaemon(server),
      name: `daemon-stopping${suffix(server)}`,
      fault: 'the server has started a daemon, and the app is quit',
      expected: 'the app quits with 0; the daemon is gone',
      async inject(run) {
        const evidence = await daemonOf(run);
        process.kill((await run.process('shell')).pid, 'SIGTERM');
        return evidence;
      },
      see: async run => `${await cleanExit(run)}; ${await isGone(run)}`,
    },
    {
      ...withDaemon(server),
      name: `daemon-restarting${suffix(server)}`,
      fault: 'the server has started a daemon, and is killed',
      expected: 'the daemon is ended; another server replaces the killed one behind the same page',
      async inject(run) {
        const { server } = await rememberPage(run);
        return `${await daemonOf(run)}; ${await endBySignal(server)}`;
      },
      see: async run => `${await isGone(run)}; ${await restarted(run)}`,
    },
    {
      ...withDaemon(server),
      name: `daemon-both-killed${suffix(server)}`,
      fault: 'the server has started a daemon, and shell and server are killed at once',
      expected: 'the next start ends the daemon and says so',
      async inject(run) {
        const evidence = await daemonOf(run);
        const victims = [await run.process('shell'), await run.process('server')];
        await Promise.all(victims.map(victim => endBySignal(victim)));
        return `${evidence}; shell and server were killed; ${expectAlive(left.of(run))}`;
      },
      see: run => cleanedUp(run, LOG.cleanedUpProcess),
    },
  ];
}

interface LeftServer {
  name: string;
  how: string;
  modes: string;
  prepare?: (server: Process) => unknown;
}

function leftServer({ name, how, modes, prepare }: LeftServer): Scenario {
  return {
    name,
    server: 'scripted',
    phase: 'ready',
    fault: `the shell is killed, and its server ${how}`,
    expected: 'the next start recognises the server, ends it, says so, and is as good as any other',
    setUp: run => run.behave(modes),
    async inject(run) {
      const server = left.set(run, await run.process('server'));
      await prepare?.(server);
      const evidence = await endBySignal(await run.process('shell'));
      await pause(1_000);
      return `${evidence}; ${expectAlive(server)} all the same`;
    },
    see: run => cleanedUp(run, LOG.cleanedUpServer),
  };
}

defineScenarios([
  ...daemons('scripted'),
  ...daemons('real'),
  leftServer({ name: 'left-stubborn', how: 'ignores both stdin and SIGTERM', modes: 'stubborn' }),
  leftServer({ name: 'left-stopped', how: 'was suspended before', modes: 'healthy', prepare: freeze }),
]);
