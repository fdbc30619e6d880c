// @ts-check
// What the server has started: a daemon in a session of its own, which minds no signal it can mind; and a server that
// is left alone itself, because its shell was killed.
import { readFileSync } from 'node:fs';
import { cleanEnd, expectAlive, rememberPage, restarted, usable } from '../effects.mjs';
import { layPlugin, STARTS_A_DAEMON } from '../plugin.mjs';
import { until } from '../poll.mjs';
import { endBySignal, freeze, isAlive } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */
/** @typedef {import('../processes.mjs').Process} Process */
/** @typedef {'scripted' | 'real'} Server */

/** @type {WeakMap<Run, Process>} */
const left = new WeakMap();

/** Waits for a daemon, which has to be one. @param {Run} run */
async function daemonOf(run) {
  const server = await run.process('server');
  const daemon = await until('a daemon', () =>
    run.processes('daemon').find(({ session }) => session !== server.session && session !== 0),
  );
  left.set(run, daemon);
  return `daemon ${daemon.pid} has a session of its own`;
}

/** @param {Run} run */
async function isGone(run) {
  const known = left.get(run);
  if (known === undefined) throw new Error('Nothing was left.');
  await until(`the end of ${known.role} ${known.pid}`, () => !isAlive(known), { limitMs: 15_000 });
  return `${known.role} ${known.pid} is gone`;
}

/** The next start ends what was left, says so, and is as good as any. @param {Run} run @param {RegExp} words */
async function swept(run, words) {
  const told = log(run).length;
  run.behave('healthy');
  run.start();
  const seen = `${await isGone(run)}; ${await usable(run)}`;
  const line = log(run).slice(told).match(words)?.[0];
  if (line === undefined) throw new Error(`The log does not say ${words}: ${log(run).slice(told, told + 500)}`);
  return `the next start says “${line}”; ${seen}`;
}

/** @param {Run} run */
const log = run => readFileSync(run.logFile, 'utf8');

/** @param {Server} server */
const suffix = server => (server === 'real' ? '-real' : '');

/** @param {Server} server @returns {Pick<Row, 'server' | 'phase' | 'setUp'>} */
function withDaemon(server) {
  return {
    server,
    phase: 'ready',
    setUp: run => (server === 'real' ? layPlugin(run, STARTS_A_DAEMON) : run.behave('healthy,daemon')),
  };
}

/** @param {Server} server @returns {Row[]} */
function daemon(server) {
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
      see: async run => `${await cleanEnd(run)}; ${await isGone(run)}`,
    },
    {
      ...withDaemon(server),
      name: `daemon-restarting${suffix(server)}`,
      fault: 'the server has started a daemon, and is killed',
      expected: 'the daemon is ended; another server takes the place behind the same page',
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
        const [shell, killed] = [await run.process('shell'), await run.process('server')];
        await Promise.all([endBySignal(shell), endBySignal(killed)]);
        const known = /** @type {Process} */ (left.get(run));
        return `${evidence}; shell and server were killed; ${expectAlive(known)}`;
      },
      see: run => swept(run, /a server has left what was started in it/),
    },
  ];
}

/** @param {string} name @param {string} how @param {(run: Run, server: Process) => unknown} ready @returns {Row} */
function leftServer(name, how, ready) {
  return {
    name,
    server: 'scripted',
    phase: 'ready',
    fault: `the shell is killed, and its server ${how}`,
    expected: 'the next start knows the server, ends it, says so, and is as good as any',
    setUp: run => run.behave(name.includes('stubborn') ? 'stubborn' : 'healthy'),
    async inject(run) {
      const server = await run.process('server');
      left.set(run, server);
      await ready(run, server);
      const evidence = await endBySignal(await run.process('shell'));
      await new Promise(resolve => setTimeout(resolve, 1_000));
      return `${evidence}; ${expectAlive(server)} all the same`;
    },
    see: run => swept(run, /an earlier run has left its server/),
  };
}

/** @type {Row[]} */
export const rows = [
  ...daemon('scripted'),
  ...daemon('real'),
  leftServer('left-stubborn', 'minds neither stdin nor SIGTERM', () => {}),
  leftServer('left-stopped', 'was stopped before', (_run, server) => freeze(server)),
];
