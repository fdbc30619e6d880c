/**
 * Another program on port 5870: before the start, between the look at the port and the server's bind, and in the pause
 * before a server that died is restarted. It answers 200 to everything, with an invented proof.
 */

import type { AppRun } from '../drivers/app-run';
import { Memory, ORIGIN, portOf, usable } from '../drivers/effects';
import { type ForeignServer, type ForeignServerOptions, openForeignServer } from '../drivers/foreign-server';
import { isFree, PORT } from '../drivers/leftovers';
import { until } from '../drivers/poll';
import { endBySignal, freeze } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

type Server = 'scripted' | 'real';
const suffix = (server: Server) => (server === 'real' ? '-real' : '');

const KEPT = 'kept by the page';

const foreign = new Memory<ForeignServer>();

async function takePort(run: AppRun, options?: ForeignServerOptions): Promise<string> {
  const { port } = foreign.set(run, await openForeignServer(run, options));
  return `another program holds port ${port}`;
}

/** Everything works at the same origin with the server on another port, and the other program learnt nothing. */
async function onAnotherPort(run: AppRun): Promise<string> {
  const seen = await usable(run);
  const port = await portOf(run);
  if (port === PORT) throw new Error(`The server was given port ${PORT}.`);
  const learnt = await foreign.of(run).learntNothing();
  await foreign.of(run).close();
  return `the server took port ${port} behind ${ORIGIN}; ${seen}; ${learnt}`;
}

function store(run: AppRun): Promise<void> {
  return run.onPage(ORIGIN, page => page.evaluate(value => localStorage.setItem('chaos', value), KEPT));
}

async function stillStored(run: AppRun): Promise<string> {
  const found = await run.onPage(ORIGIN, page => page.evaluate(() => localStorage.getItem('chaos')));
  if (found !== KEPT) throw new Error(`The page’s storage holds ${found}.`);
  return 'the page’s storage is the same';
}

const findsPortTaken = (run: AppRun) =>
  until('a start that found the port taken', () => run.states().some(({ because }) => because?.kind === 'port-lost'), {
    instead: () => run.lastStates(),
  });

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
    expected: 'the server moves, the origin stays, the other program receives no token and its page is not shown',
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
    fault: 'another program takes the port after the shell has looked at it and before the server binds it',
    expected: 'the app relaunches on another port; the other program receives no token',
    async inject(run) {
      run.hold('bind');
      run.start();
      const { pid } = await run.process('server');
      // The real server binds at once: suspend it before it can.
      if (server === 'real') process.kill(pid, 'SIGSTOP');
      const evidence = await takePort(run);
      await until('a request to the other program', () => foreign.of(run).requests().length > 0);
      run.allow('bind');
      if (server === 'real') process.kill(pid, 'SIGCONT');
      await until('the loss of the port', () => run.states().some(({ failure }) => failure?.kind === 'port-lost'), {
        instead: () => run.lastStates(),
      });
      return `${evidence}; the server found it taken`;
    },
    see: onAnotherPort,
  };
}

/** The server dies and the port is taken before the shell can react to either. */
async function takePortOfDead(run: AppRun): Promise<string> {
  const shell = await run.process('shell');
  await freeze(shell);
  try {
    await endBySignal(await run.process('server'));
    // The kernel frees the port with the last thread.
    await until('the free port', () => isFree(PORT));
    return await takePort(run);
  } finally {
    process.kill(shell.pid, 'SIGCONT');
  }
}

defineScenarios([
  beforeStart({ name: 'port-conflict-before', program: 'a program that answers 200 to everything' }),
  beforeStart({
    name: 'port-conflict-before-mute',
    program: 'a program that accepts connections and never answers',
    options: { mute: true },
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
    fault: 'the server dies, and another program takes its port for good before the next server can',
    expected: 'retried for a while, then the app relaunches on another port, with the page’s storage',
    async inject(run) {
      await store(run);
      const evidence = await takePortOfDead(run);
      await findsPortTaken(run);
      return `${evidence} after the server’s death; the next server found it taken`;
    },
    async see(run) {
      await run.untilState('failed');
      await until('the new start', () => run.states().at(-1)?.phase === 'ready');
      return `${await onAnotherPort(run)}; ${await stillStored(run)}`;
    },
  },
  {
    name: 'port-conflict-after-leaves',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server dies, and another program has its port for a moment',
    expected: 'retried until the port is free; the same page continues',
    async inject(run) {
      await store(run);
      const evidence = await takePortOfDead(run);
      await findsPortTaken(run);
      await foreign.of(run).close();
      return `${evidence}; a start found it taken; then the other program exited`;
    },
    async see(run) {
      const seen = await usable(run);
      const port = await portOf(run);
      if (port !== PORT) throw new Error(`The server was given port ${port}.`);
      return `the server is on port ${port} again; ${seen}; ${await stillStored(run)}`;
    },
  },
]);
