/**
 * Processes that outlive their parent: a daemon of the server, in its own session, that ignores every signal it can
 * ignore; and a server whose shell was killed.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { cleanExit, exited, expectAlive, PerRun, rememberPage, restarted, usable } from '../drivers/effects';
import { installPlugin, STARTS_A_DAEMON } from '../drivers/plugin';
import { until } from '../drivers/poll';
import { killAndWait, type Process, suspendProcess } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { LOG } from '../drivers/screen-words';
import { readOrEmpty } from '../drivers/still-running';

type Server = 'scripted' | 'real';
const suffix = (server: Server) => (server === 'real' ? '-real' : '');

/** The process that the app must kill. */
const orphan = new PerRun<Process>();

/** Waits for the daemon. @returns a description of it */
async function findDaemon(run: AppRun): Promise<string> {
  const server = await run.process('server');
  const daemon = await until('a daemon', () =>
    run.processes('daemon').find(({ session }) => session !== server.session && session !== 0),
  );
  orphan.set(run, daemon);
  return `daemon ${daemon.pid} has its own session`;
}

const hasExited = (run: AppRun) => exited(orphan.of(run), 15_000);

/** The next start kills the remaining process, logs it, and succeeds. */
async function cleanedUp(run: AppRun, words: RegExp): Promise<string> {
  const log = () => readOrEmpty(run.logFile, 'utf8');
  const before = log().length;
  run.setModes('healthy');
  run.start();
  const seen = `${await hasExited(run)}; ${await usable(run)}`;
  const line = log().slice(before).match(words)?.[0];
  if (line === undefined) throw new Error(`The log does not contain ${words}: ${log().slice(before, before + 500)}`);
  return `the next start logs “${line}”; ${seen}`;
}

function withDaemon(server: Server): Pick<Scenario, 'server' | 'phase' | 'setUp'> {
  return {
    server,
    phase: 'ready',
    setUp: run => (server === 'real' ? installPlugin(run, STARTS_A_DAEMON) : run.setModes('healthy,daemon')),
  };
}

function daemons(server: Server): Scenario[] {
  return [
    {
      ...withDaemon(server),
      name: `daemon-stopping${suffix(server)}`,
      fault: 'the server has started a daemon, and the app is quit',
      expected: 'the app quits with 0; the daemon is killed',
      async inject(run) {
        const evidence = await findDaemon(run);
        process.kill((await run.process('shell')).pid, 'SIGTERM');
        return evidence;
      },
      see: async run => `${await cleanExit(run)}; ${await hasExited(run)}`,
    },
    {
      ...withDaemon(server),
      name: `daemon-restarting${suffix(server)}`,
      fault: 'the server has started a daemon, and is killed',
      expected: 'the daemon is killed; a new server replaces the killed one behind the same page',
      async inject(run) {
        const { server } = await rememberPage(run);
        return `${await findDaemon(run)}; ${await killAndWait(server)}`;
      },
      see: async run => `${await hasExited(run)}; ${await restarted(run)}`,
    },
    {
      ...withDaemon(server),
      name: `daemon-both-killed${suffix(server)}`,
      fault: 'the server has started a daemon, and shell and server are killed at once',
      expected: 'the next start kills the daemon and logs it',
      async inject(run) {
        const evidence = await findDaemon(run);
        const targets = [await run.process('shell'), await run.process('server')];
        await Promise.all(targets.map(target => killAndWait(target)));
        return `${evidence}; shell and server were killed; ${expectAlive(orphan.of(run))}`;
      },
      see: run => cleanedUp(run, LOG.cleanedUpProcess),
    },
  ];
}

interface OrphanedServer {
  name: string;
  how: string;
  modes: string;
  beforeKill?: (server: Process) => unknown;
}

function orphanedServer({ name, how, modes, beforeKill }: OrphanedServer): Scenario {
  return {
    name,
    server: 'scripted',
    phase: 'ready',
    fault: `the shell is killed, and its server ${how}`,
    expected: 'the next start recognises the server, stops it, logs it, and succeeds',
    setUp: run => run.setModes(modes),
    async inject(run) {
      const server = orphan.set(run, await run.process('server'));
      await beforeKill?.(server);
      const evidence = await killAndWait(await run.process('shell'));
      await pause(1_000);
      return `${evidence}; ${expectAlive(server)}`;
    },
    see: run => cleanedUp(run, LOG.cleanedUpServer),
  };
}

defineScenarios([
  ...daemons('scripted'),
  ...daemons('real'),
  orphanedServer({ name: 'orphan-stubborn', how: 'ignores both stdin and SIGTERM', modes: 'stubborn' }),
  orphanedServer({
    name: 'orphan-suspended',
    how: 'was suspended before',
    modes: 'healthy',
    beforeKill: suspendProcess,
  }),
]);
