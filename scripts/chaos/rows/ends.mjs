// @ts-check
// A server that ends by itself, with whatever code, and one that will not end.
import {
  askInVain,
  cleanEnd,
  expectAlive,
  failurePage,
  rememberPage,
  restarted,
  stillTyped,
  tryAgain,
  type,
} from '../effects.mjs';
import { until } from '../poll.mjs';
import { endBySignal } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

/** How many starts a server gets that has been ready. */
const RESTARTS = 5;
const STUBBORN_MS = 3_000;

/** That the shell has seen an end with this code. @param {Run} run @param {number} code */
function endedWith(run, code) {
  return until(
    `an end with code ${code}`,
    () => {
      const ends = run.states().flatMap(({ failure, because, again }) => [failure, because, again?.because]);
      return ends.some(end => end?.code === code) && `the shell saw it end with code ${code}`;
    },
    { instead: () => run.states().slice(-3) },
  );
}

/** @param {string} name @param {string} mode @param {number} code @param {RegExp} words @returns {Row} */
function atOnce(name, mode, code, words) {
  return {
    name,
    server: 'scripted',
    phase: 'before',
    fault: `the server ends with code ${code} as soon as it is begun`,
    expected: 'a page says so, with its last words; Try again works',
    setUp: run => run.behave(mode),
    async inject(run) {
      run.start();
      return endedWith(run, code);
    },
    async see(run) {
      const page = await failurePage(run, words);
      run.behave('healthy');
      return `${page}; ${await tryAgain(run)}`;
    },
  };
}

/** @param {'splash' | 'painted' | 'ready'} phase @returns {Row} */
function stubborn(phase) {
  return {
    name: `stubborn-${phase}`,
    server: 'scripted',
    phase,
    fault: 'the app is quit, and the server minds neither its stdin nor SIGTERM',
    expected: 'it is ended by force after its grace time; the app quits',
    setUp: run => run.behave('stubborn'),
    async inject(run) {
      const server = await run.process('server');
      process.kill((await run.process('shell')).pid, 'SIGTERM');
      await run.untilState('stopping');
      process.kill(server.pid, 'SIGTERM');
      await new Promise(resolve => setTimeout(resolve, STUBBORN_MS));
      return `${expectAlive(server)} ${STUBBORN_MS / 1000} s after it was asked and sent SIGTERM`;
    },
    see: cleanEnd,
  };
}

/** @type {Row[]} */
export const rows = [
  atOnce('exit0-splash', 'exit0', 0, /stopped before it was ready[\s\S]*code 0/),
  atOnce('crash-splash', 'crash', 3, /stopped before it was ready[\s\S]*no module named cachibot/),
  {
    name: 'exit0-painted',
    server: 'scripted',
    phase: 'painted',
    fault: 'the server ends with code 0 when its page is shown already',
    expected: 'a page says that it stopped; Try again works',
    async inject(run) {
      await askInVain(run, '/die?code=0');
      return endedWith(run, 0);
    },
    async see(run) {
      const page = await failurePage(run, /stopped before it was ready[\s\S]*code 0/);
      run.allow('ready');
      return `${page}; ${await tryAgain(run)}`;
    },
  },
  {
    name: 'exit0-ready',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server ends with code 0',
    expected: 'another takes its place behind the same page, with the text in its box',
    async inject(run) {
      await type(run);
      await rememberPage(run);
      await askInVain(run, '/die?code=0');
      return endedWith(run, 0);
    },
    see: async run => `${await restarted(run)}; ${await stillTyped(run)}`,
  },
  {
    name: 'exit0-ready-real',
    server: 'real',
    phase: 'ready',
    fault: 'somebody sends the server SIGTERM, and it ends with code 0',
    expected: 'another takes its place behind the same page',
    async inject(run) {
      const { server } = await rememberPage(run);
      await endBySignal(server, 'SIGTERM');
      return endedWith(run, 0);
    },
    see: restarted,
  },
  {
    name: 'exit0-for-ever',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server dies, and each that takes its place ends with code 0 at once',
    expected: `after ${RESTARTS} more starts, further and further apart, a page asks the person; Try again works`,
    async inject(run) {
      run.behave('exit0');
      await endBySignal(await run.process('server'));
      await run.untilState('failed', { limitMs: 60_000 });
      return endedWith(run, 0);
    },
    async see(run) {
      const starts = run.diary().filter(({ event }) => event === 'start').length - 1;
      if (starts !== RESTARTS) throw new Error(`It was begun again ${starts} times.`);
      const page = await failurePage(run, /The server stopped/);
      run.behave('healthy');
      return `begun again ${starts} times; ${page}; ${await tryAgain(run)}`;
    },
  },
  {
    name: 'refused-restarting',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server dies, and the next one refuses to start, for a reason that only a person can mend',
    expected: 'no further start; a page says the reason; Try again works',
    async inject(run) {
      run.behave('data-in-use');
      await endBySignal(await run.process('server'));
      return endedWith(run, 49);
    },
    async see(run) {
      const page = await failurePage(run, /already running elsewhere/);
      const starts = run.diary().filter(({ event }) => event === 'start').length - 1;
      if (starts !== 1) throw new Error(`It was begun again ${starts} times.`);
      run.behave('healthy');
      return `${page}; ${await tryAgain(run)}`;
    },
  },
  stubborn('splash'),
  stubborn('painted'),
  stubborn('ready'),
];
