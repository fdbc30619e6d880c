// @ts-check
// Each process of the app, killed with SIGKILL in each phase.
import { setTimeout as pause } from 'node:timers/promises';
import {
  allGone,
  choose,
  cleanEnd,
  failurePage,
  lookAtPage,
  noOverlay,
  overlay,
  rememberPage,
  restarted,
  sameServer,
  stillTyped,
  tryAgain,
  type,
  usable,
} from '../effects.mjs';
import { until } from '../poll.mjs';
import { endBySignal } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */
/** @typedef {import('../run.mjs').Phase} Phase */
/** @typedef {import('../processes.mjs').Process} Process */
/** @typedef {'shell' | 'server' | 'renderer' | 'gpu' | 'network'} Role */

/** @typedef {{ expected: string, see: (run: Run, server: Process | undefined) => Promise<string> }} Effect */

/** @type {Effect} */
const takesAllAlong = {
  expected: 'everything it began ends at once; the next start is as good as any',
  see(run) {
    run.allow('leave');
    return allGone(run);
  },
};
/** @type {Effect} */
const saysSo = {
  expected: 'a page says that it stopped; Try again works',
  async see(run) {
    const page = await failurePage(run, /The server stopped before it was ready/);
    goOn(run);
    return `${page}; ${await tryAgain(run)}`;
  },
};
/** @type {Effect} */
const quits = {
  expected: 'the app quits all the same',
  see(run) {
    run.allow('leave');
    return cleanEnd(run);
  },
};
/** @type {Effect} */
const goesOn = {
  expected: 'it goes on to a page that is shown and answered, with the same server',
  async see(run, server) {
    goOn(run);
    return `${await usable(run)}; ${server ? await sameServer(run, server) : ''}`;
  },
};
/** @type {Effect} */
const splashComesBack = {
  expected: 'the splash is drawn anew; the start goes on, with the same server',
  async see(run, server) {
    await run.untilShown(/Starting CachiBot|takes longer/);
    return `the splash is back; ${await goesOn.see(run, server)}`;
  },
};
/** @type {Effect} */
const pageComesBack = {
  expected: 'the page is loaded again and says so, with the text in its box and the same server',
  async see(run, server) {
    goOn(run);
    const said = await overlay(run, /had to be loaded again/);
    await choose(run, 'dismiss');
    await noOverlay(run);
    const seen = `${said}; ${await goesOn.see(run, server)}`;
    // The box for messages is kept; the real server's page has none before the set-up, whose passwords are not kept.
    return run.server === 'real' ? seen : `${seen}; ${await stillTyped(run)}`;
  },
};
/** @type {Effect} */
const anotherTry = {
  expected: 'it is begun once more; then the page is shown and answered, and not loaded anew',
  async see(run, server) {
    goOn(run);
    const { load } = await lookAtPage(run).catch(() => ({ load: undefined }));
    const seen = await usable(run);
    const now = await lookAtPage(run);
    if (now.server.pid === server?.pid) throw new Error(`The server is still ${server.pid}.`);
    if (load !== undefined && now.load !== load) throw new Error('The page was loaded anew.');
    return `server ${server?.pid} became ${now.server.pid}; ${seen}; ${await stillTyped(run)}`;
  },
};

/** @type {Record<Role, Partial<Record<Phase, Effect>>>} */
const EFFECTS = {
  shell: {
    splash: takesAllAlong,
    painted: takesAllAlong,
    ready: takesAllAlong,
    stopping: takesAllAlong,
    restarting: takesAllAlong,
  },
  server: { splash: saysSo, painted: saysSo, stopping: quits, restarting: anotherTry },
  renderer: {
    splash: splashComesBack,
    painted: goesOn,
    ready: pageComesBack,
    stopping: quits,
    restarting: pageComesBack,
  },
  gpu: { splash: goesOn, painted: goesOn, ready: goesOn, stopping: quits, restarting: goesOn },
  network: { splash: goesOn, painted: goesOn, ready: goesOn, stopping: quits, restarting: goesOn },
};

/** The real server takes its own time: nothing holds it in a phase. */
const WITH_THE_REAL_ONE = /** @type {readonly [Role, Phase][]} */ ([
  ['shell', 'splash'],
  ['shell', 'painted'],
  ['shell', 'ready'],
  ['shell', 'restarting'],
  ['server', 'splash'],
  ['server', 'painted'],
  ['server', 'stopping'],
  ['renderer', 'ready'],
  ['network', 'ready'],
]);

/** @param {Role} role @param {Phase} phase @param {'scripted' | 'real'} server @returns {Row} */
function rowOf(role, phase, server) {
  const { expected, see } = /** @type {Effect} */ (EFFECTS[role][phase]);
  /** @type {Process | undefined} */
  let serverBefore;
  return {
    name: `kill-${role}-${phase}${server === 'real' ? '-real' : ''}`,
    server,
    phase,
    fault: `kill -9 of ${role === 'renderer' ? 'every renderer' : `the ${role}`}`,
    expected,
    typed: see === pageComesBack.see || see === anotherTry.see,
    async inject(run) {
      const targets = role === 'renderer' ? await renderers(run) : [await run.process(role)];
      serverBefore = run.processes('server')[0];
      return (await Promise.all(targets.map(target => endBySignal(target)))).join('; ');
    },
    see: run => see(run, serverBefore),
  };
}

/** A ready server that dies is the one thing a person may be in the middle of. @param {'scripted' | 'real'} server @returns {Row} */
function readyServer(server) {
  return {
    name: `kill-server-ready${server === 'real' ? '-real' : ''}`,
    server,
    phase: 'ready',
    fault: 'kill -9 of the server',
    expected: 'another takes its place behind the same page, with the text in its box',
    async inject(run) {
      await type(run);
      const { server } = await rememberPage(run);
      return endBySignal(server);
    },
    see: async run => `${await restarted(run)}; ${await stillTyped(run)}`,
  };
}

/** @param {number} afterMs @returns {Row} */
const justReady = afterMs => ({
  name: `kill-server-ready-${afterMs}-real`,
  server: 'real',
  phase: 'painted',
  fault: `kill -9 of the server ${afterMs} ms after it is ready, when its page still asks for what it needs first`,
  expected: 'another takes its place; the page has all it needs, loaded anew if an answer broke off',
  async inject(run) {
    const server = await run.process('server');
    await run.untilState('ready');
    await pause(afterMs);
    return endBySignal(server);
  },
  async see(run) {
    await until('another server', () => run.states().some(({ again }) => again !== undefined));
    return usable(run);
  },
});

/** @param {Run} run */
function goOn(run) {
  run.allow('bind');
  run.allow('ready');
}

/** @param {Run} run */
function renderers(run) {
  return until('renderers', () => (run.processes('renderer').length > 0 ? run.processes('renderer') : undefined));
}

/** @type {Row[]} */
export const rows = [
  ...Object.entries(EFFECTS).flatMap(([role, phases]) =>
    Object.keys(phases).map(phase => rowOf(/** @type {Role} */ (role), /** @type {Phase} */ (phase), 'scripted')),
  ),
  ...WITH_THE_REAL_ONE.map(([role, phase]) => rowOf(role, phase, 'real')),
  readyServer('scripted'),
  readyServer('real'),
  justReady(300),
];
