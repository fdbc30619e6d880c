// @ts-check
// The app, started twice: while it runs, while it starts, both at once, and by another user.
import { cleanEnd, portOf, sameServer, usable } from '../effects.mjs';
import { PORT } from '../leftovers.mjs';
import { until } from '../poll.mjs';
import { beginAnother } from '../run.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */
/** @typedef {import('../run.mjs').Phase} Phase */

/** Nobody has this number, nor any rights. */
const ANOTHER_USER = 54_321;

/** @param {Phase} phase @param {'scripted' | 'real'} [server] @returns {Row} */
function second(phase, server = 'scripted') {
  const stopping = phase === 'stopping';
  /** @type {import('../processes.mjs').Process} */
  let before;
  return {
    name: `second-launch-${phase}${server === 'real' ? '-real' : ''}`,
    server,
    phase,
    fault: 'the app is started a second time',
    expected: `the second says that it runs already, and ends with 0; the first ${stopping ? 'quits' : 'goes on with its server'}`,
    async inject(run) {
      before = await run.process('server');
      const { code, said } = await run.launchAgain(['--some-argument']);
      if (code !== 0) throw new Error(`The second app ended with ${code}: ${said}`);
      if (!/already running/.test(said)) throw new Error(`The second app said: ${said}`);
      return 'the second app ended with 0 and said that it is running already';
    },
    async see(run) {
      for (const step of /** @type {const} */ (['bind', 'ready', 'leave'])) run.allow(step);
      if (stopping) return cleanEnd(run);
      return `${await usable(run)}; ${await sameServer(run, before)}`;
    },
  };
}

/** @type {Row[]} */
export const rows = [
  second('splash'),
  second('painted'),
  second('ready'),
  second('ready', 'real'),
  second('restarting'),
  second('stopping'),
  {
    name: 'two-at-once',
    server: 'scripted',
    phase: 'before',
    fault: 'the app is started twice in the same moment',
    expected: 'one of the two goes on, with one server; the other ends with 0',
    async inject(run) {
      const one = run.start();
      const other = run.start();
      const ends = await until('the end of one of the two', () =>
        [one, other].find(({ exitCode }) => exitCode !== null),
      );
      if (ends.exitCode !== 0) throw new Error(`It ended with ${ends.exitCode}.`);
      return `${one.pid} and ${other.pid} were begun; ${ends.pid} ended with 0`;
    },
    async see(run) {
      const seen = await usable(run);
      const servers = run.processes('server');
      if (servers.length !== 1) throw new Error(`There are ${servers.length} servers.`);
      return `${seen}; one server`;
    },
  },
  {
    name: 'two-users',
    server: 'real',
    phase: 'ready',
    limitMs: 240_000,
    fault: 'another user of the machine starts the app, too',
    expected: 'both go on side by side, each with a server of its own, and with its own data',
    async inject(run) {
      const other = beginAnother(run, { user: ANOTHER_USER });
      others.set(run, other);
      other.start();
      const shell = await other.process('shell');
      return `shell ${shell.pid} was begun as user ${ANOTHER_USER}`;
    },
    async see(run) {
      const other = /** @type {Run} */ (others.get(run));
      const seen = await usable(other);
      const [port, otherPort] = [await portOf(run), await portOf(other)];
      if (port !== PORT || otherPort === PORT) throw new Error(`Their ports are ${port} and ${otherPort}.`);
      await usable(run);
      const end = await other.quit();
      if (end?.code !== 0) throw new Error(`The other user’s app ended with ${end?.signal ?? end?.code}.`);
      return `ports ${port} and ${otherPort}; the other: ${seen}, quit with 0; ${await usable(run)}`;
    },
  },
];

/** @type {WeakMap<Run, Run>} */
const others = new WeakMap();
