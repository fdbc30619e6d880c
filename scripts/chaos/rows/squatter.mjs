// @ts-check
// Another program on port 5870: before the start, between the look at the port and the server's bind, and in the
// pause before a server that died is begun again. It answers 200 to everything, with a proof that is none.
import { ORIGIN, portOf, usable } from '../effects.mjs';
import { isFree, PORT } from '../leftovers.mjs';
import { until } from '../poll.mjs';
import { endBySignal, freeze } from '../processes.mjs';
import { settle } from '../stranger.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */
/** @typedef {Awaited<ReturnType<typeof settle>>} Stranger */

const KEPT = 'kept by the page';

/** The stranger of a run. @type {WeakMap<Run, Stranger>} */
const strangers = new WeakMap();

/** @param {Run} run @param {Parameters<typeof settle>[1]} [manners] */
async function squat(run, manners) {
  const stranger = await settle(run, manners);
  strangers.set(run, stranger);
  return `another program holds port ${stranger.port}`;
}

/** @param {Run} run */
function stranger(run) {
  const known = strangers.get(run);
  if (known === undefined) throw new Error('No stranger has come.');
  return known;
}

/** All of it works, at the same origin, on another port, and the stranger knows no more than before. @param {Run} run */
async function elsewhere(run) {
  const seen = await usable(run);
  const port = await portOf(run);
  if (port === PORT) throw new Error(`The server was told port ${PORT}.`);
  const learnt = await stranger(run).learntNothing();
  await stranger(run).leave();
  return `the server took port ${port} behind ${ORIGIN}; ${seen}; ${learnt}`;
}

/** @param {Run} run */
const keepSomething = run =>
  run.onPage(ORIGIN, page => page.evaluate(value => localStorage.setItem('chaos', value), KEPT));

/** @param {Run} run */
async function stillKept(run) {
  const found = await run.onPage(ORIGIN, page => page.evaluate(() => localStorage.getItem('chaos')));
  if (found !== KEPT) throw new Error(`The page’s storage holds ${found}.`);
  return 'the page’s storage is the same';
}

/** @param {string} name @param {'scripted' | 'real'} server @param {string} who @param {Parameters<typeof settle>[1]} [manners] @returns {Row} */
function there(name, server, who, manners) {
  return {
    name,
    server,
    phase: 'before',
    fault: `${who} on port ${PORT} before the start`,
    expected: 'the server moves, the origin stays, the stranger is given no token and its page is not shown',
    async inject(run) {
      const evidence = await squat(run, manners);
      run.start();
      return evidence;
    },
    see: elsewhere,
  };
}

/** @param {'scripted' | 'real'} server @returns {Row} */
function between(server) {
  return {
    name: `squatter-during${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'before',
    fault: 'another program takes the port after the shell has looked at it and before the server binds it',
    expected: 'the app begins anew on another port; the stranger is given no token',
    async inject(run) {
      run.hold('bind');
      run.start();
      const { pid } = await run.process('server');
      // The real server binds at once: it is held before it can.
      if (server === 'real') process.kill(pid, 'SIGSTOP');
      const evidence = await squat(run);
      await until('a question to the stranger', () => stranger(run).heard().length > 0);
      run.allow('bind');
      if (server === 'real') process.kill(pid, 'SIGCONT');
      await until('the loss of the port', () => run.states().some(({ failure }) => failure?.kind === 'port-lost'), {
        instead: () => run.states().slice(-3),
      });
      return `${evidence}; the server found it taken`;
    },
    see: elsewhere,
  };
}

/** The server dies and the port is taken before the shell can do anything about either. @param {Run} run */
async function takePlace(run) {
  const shell = await run.process('shell');
  await freeze(shell);
  try {
    await endBySignal(await run.process('server'));
    // Its last thread lets go of the port a moment later.
    await until('the free port', () => isFree(PORT));
    return await squat(run);
  } finally {
    process.kill(shell.pid, 'SIGCONT');
  }
}

/** @param {'scripted' | 'real'} server @returns {Row} */
function after(server) {
  return {
    name: `squatter-after${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'ready',
    limitMs: 240_000,
    fault: 'the server dies, and another program takes its port for good before the next one can',
    expected: 'tried again for a while, then the app begins anew on another port, with the page’s storage',
    async inject(run) {
      await keepSomething(run);
      const evidence = await takePlace(run);
      const lost = () => run.states().filter(({ because }) => because?.kind === 'port-lost').length;
      await until('a start that found the port taken', () => lost() > 0, { instead: () => run.states().slice(-3) });
      return `${evidence} after the server’s death; the next server found it taken`;
    },
    async see(run) {
      await run.untilState('failed', { limitMs: 60_000 });
      await until('the new start', () => run.states().at(-1)?.phase === 'ready', { limitMs: 60_000 });
      return `${await elsewhere(run)}; ${await stillKept(run)}`;
    },
  };
}

/** @type {Row[]} */
export const rows = [
  there('squatter-before', 'scripted', 'a program that answers 200 to everything'),
  there('squatter-before-real', 'real', 'a program that answers 200 to everything'),
  there('squatter-before-mute', 'scripted', 'a program that takes connections and never answers', { mute: true }),
  there('squatter-before-everywhere', 'scripted', 'a program that listens on all addresses', { host: '0.0.0.0' }),
  between('scripted'),
  between('real'),
  after('scripted'),
  after('real'),
  {
    name: 'squatter-after-leaves',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server dies, and another program has its port for a moment',
    expected: 'tried again until the port is free; the same page goes on',
    async inject(run) {
      await keepSomething(run);
      const evidence = await takePlace(run);
      await until('a start that found the port taken', () =>
        run.states().some(({ because }) => because?.kind === 'port-lost'),
      );
      await stranger(run).leave();
      return `${evidence}; a start found it taken; then the stranger left`;
    },
    async see(run) {
      const seen = await usable(run);
      const port = await portOf(run);
      if (port !== PORT) throw new Error(`The server was told port ${port}.`);
      return `the server is on port ${port} again; ${seen}; ${await stillKept(run)}`;
    },
  },
];
