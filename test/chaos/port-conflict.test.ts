/**
 * Another program on port 5870: before the start, between the shell's check of the port and the server's bind, and
 * before the restart of a killed server. It responds 200 to everything, with an invalid proof.
 */

import type { AppRun } from '../drivers/app-run';
import { ORIGIN, PerRun, portOf, usable } from '../drivers/effects';
import { type ForeignServer, type ForeignServerOptions, openForeignServer } from '../drivers/foreign-server';
import { isFree, PORT } from '../drivers/leftovers';
import { until } from '../drivers/poll';
import { killAndWait, suspendProcess } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

type Server = 'scripted' | 'real';
const suffix = (server: Server) => (server === 'real' ? '-real' : '');

const KEPT = 'kept by the page';

const foreign = new PerRun<ForeignServer>();

async function takePort(run: AppRun, options?: ForeignServerOptions): Promise<string> {
  const { port } = foreign.set(run, await openForeignServer(run, options));
  return `another program listens on port ${port}`;
}

/** The app works at the same origin with the server on another port, and the other program received no secret. */
async function onAnotherPort(run: AppRun): Promise<string> {
  const seen = await usable(run);
  const port = await portOf(run);
  if (port === PORT) throw new Error(`The server was given port ${PORT}.`);
  const noLeak = await foreign.of(run).expectNoLeak();
  await foreign.of(run).close();
  return `the server took port ${port} behind ${ORIGIN}; ${seen}; ${noLeak}`;
}

function store(run: AppRun): Promise<void> {
  return run.onPage(ORIGIN, page => page.evaluate(value => localStorage.setItem('chaos', value), KEPT));
}

async function stillStored(run: AppRun): Promise<string> {
  const found = await run.onPage(ORIGIN, page => page.evaluate(() => localStorage.getItem('chaos')));
  if (found !== KEPT) throw new Error(`The page’s storage contains ${found}.`);
  return 'the page’s storage is the same';
}

const untilPortConflict = (run: AppRun) =>
  until(
    'a restart that found the port taken',
    () => run.states().some(({ because }) => because?.kind === 'port-lost'),
    {
      actual: () => run.lastStates(),
    },
  );

interface BeforeStart {
  name: string;
  program: string;
  options?: ForeignServerOptions;
}

function beforeStart({ name, program, options }: BeforeStart): Scenario {
  return {
    name,
    server: 'scripted',
    phase: 'before',
    fault: `${program} on port ${PORT} before the start`,
    expected:
      'the server uses another port at the same origin; the other program receives no token, and its page is not shown',
    async inject(run) {
      const evidence = await takePort(run, options);
      run.start();
      return evidence;
    },
    see: onAnotherPort,
  };
}

function duringStart(server: Server): Scenario {
  return {
    name: `port-conflict-during${suffix(server)}`,
    server,
    phase: 'before',
    fault: 'another program takes the port after the shell has checked it and before the server binds it',
    expected: 'the app relaunches on another port; the other program receives no token',
    async inject(run) {
      run.blockAt('bind');
      run.start();
      const { pid } = await run.process('server');
      // The real server binds at once: suspend it before it can.
      if (server === 'real') process.kill(pid, 'SIGSTOP');
      const evidence = await takePort(run);
      await until('a request to the other program', () => foreign.of(run).requests.length > 0);
      run.unblock('bind');
      if (server === 'real') process.kill(pid, 'SIGCONT');
      await until('the loss of the port', () => run.states().some(({ failure }) => failure?.kind === 'port-lost'), {
        actual: () => run.lastStates(),
      });
      return `${evidence}; the server found it taken`;
    },
    see: onAnotherPort,
  };
}

/** Kills the server and takes its port before the shell can react. */
async function takePortOfKilled(run: AppRun): Promise<string> {
  const shell = await run.process('shell');
  await suspendProcess(shell);
  try {
    await killAndWait(await run.process('server'));
    // The kernel frees the port when the last thread has exited.
    await until('the free port', () => isFree(PORT));
    return await takePort(run);
  } finally {
    process.kill(shell.pid, 'SIGCONT');
  }
}

defineScenarios([
  beforeStart({ name: 'port-conflict-before', program: 'a program that responds 200 to everything' }),
  beforeStart({
    name: 'port-conflict-before-silent',
    program: 'a program that accepts connections and never responds',
    options: { silent: true },
  }),
  beforeStart({
    name: 'port-conflict-before-everywhere',
    program: 'a program that listens on all addresses',
    options: { host: '0.0.0.0' },
  }),
  duringStart('scripted'),
  duringStart('real'),
  {
    name: 'port-conflict-after-real',
    server: 'real',
    phase: 'ready',
    limitMs: 240_000,
    fault: 'the server is killed, and another program takes its port permanently before the restart',
    expected: 'the restart is retried, then the app relaunches on another port, with the page’s storage',
    async inject(run) {
      await store(run);
      const evidence = await takePortOfKilled(run);
      await untilPortConflict(run);
      return `${evidence} after the kill; the next server found it taken`;
    },
    async see(run) {
      await run.untilState('failed');
      await until('the relaunched app', () => run.states().at(-1)?.phase === 'ready');
      return `${await onAnotherPort(run)}; ${await stillStored(run)}`;
    },
  },
  {
    name: 'port-conflict-after-released',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server is killed, and another program takes its port for a moment',
    expected: 'the restart is retried until the port is free; the same page continues',
    async inject(run) {
      await store(run);
      const evidence = await takePortOfKilled(run);
      await untilPortConflict(run);
      await foreign.of(run).close();
      return `${evidence}; a restart found it taken; then the other program exited`;
    },
    async see(run) {
      const seen = await usable(run);
      const port = await portOf(run);
      if (port !== PORT) throw new Error(`The server was given port ${port}.`);
      return `the server is on port ${port} again; ${seen}; ${await stillStored(run)}`;
    },
  },
]);
