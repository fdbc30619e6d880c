// @ts-check
// Processes that are held: SIGSTOP of server, shell and helpers, a machine that sleeps, a server that is busy.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  askInVain,
  choose,
  cleanEnd,
  expectAlive,
  failurePage,
  noOverlay,
  overlay,
  rememberPage,
  restarted,
  samePage,
  tryAgain,
  usable,
} from '../effects.mjs';
import { IS_BUSY_ONCE_TOLD, layPlugin } from '../plugin.mjs';
import { until } from '../poll.mjs';
import { freeze } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */
/** @typedef {import('../processes.mjs').Role} Role */

/** After this long without an answer the person is told, and some more for the next look. */
const HUNG_MS = 40_000;
/** Longer than a ready server may be silent. */
const SLEEP_MS = 24_000;
/** What a server that is merely slow may take. */
const SLOW_MS = 13_000;
const START_LIMIT_SECONDS = 6;

/** @param {Run} run */
function impatient(run) {
  mkdirSync(join(run.home, 'profile'), { recursive: true });
  const settings = JSON.stringify({ startLimitSeconds: START_LIMIT_SECONDS });
  writeFileSync(join(run.home, 'profile', 'settings.json'), settings);
}

/** @param {Run} run @param {Role} role */
async function hold(run, role) {
  const target = await run.process(role);
  run.after(() => wake(target.pid));
  return freeze(target);
}

/** @param {number} pid */
function wake(pid) {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has ended meanwhile.
  }
}

/** @param {Run} run */
function neverSilent(run) {
  const silent = run.states().find(({ silence }) => silence !== undefined);
  if (silent !== undefined) throw new Error(`It was called silent: ${JSON.stringify(silent)}`);
  return 'nobody was told of a silence';
}

/** @param {'scripted' | 'real'} server @returns {Row[]} */
function heldServer(server) {
  const real = server === 'real' ? '-real' : '';
  return [
    {
      name: `stop-server-ready${real}`,
      server,
      phase: 'ready',
      fault: 'SIGSTOP of the server, and SIGCONT once the person has been told',
      expected: 'an overlay says that it was stopped, and goes by itself; the same server behind the same page',
      async inject(run) {
        await rememberPage(run);
        return hold(run, 'server');
      },
      async see(run) {
        const said = await overlay(run, /The server has been stopped/, { limitMs: HUNG_MS });
        wake((await run.process('server')).pid);
        await noOverlay(run);
        return `${said}; ${await usable(run)}; ${await samePage(run)}`;
      },
    },
    {
      name: `stop-server-restart${real}`,
      server,
      phase: 'ready',
      limitMs: 240_000,
      fault: 'SIGSTOP of the server for good, and the person chooses to start it again',
      expected: 'it is ended by force; another takes its place behind the same page',
      async inject(run) {
        await rememberPage(run);
        return hold(run, 'server');
      },
      async see(run) {
        const said = await overlay(run, /The server has been stopped/, { limitMs: HUNG_MS });
        await choose(run, 'restart');
        return `${said}; ${await restarted(run)}`;
      },
    },
  ];
}

/** @param {Role} role @returns {Row} */
function heldWhileLeaving(role) {
  return {
    name: `stop-${role}-stopping`,
    server: 'scripted',
    phase: 'ready',
    fault: `SIGSTOP of the ${role}, and the app is quit`,
    expected: 'the app quits all the same; what is still held then ends as soon as it is let go',
    async inject(run) {
      const evidence = await hold(run, role);
      process.kill((await run.process('shell')).pid, 'SIGTERM');
      return evidence;
    },
    async see(run) {
      const end = await cleanEnd(run);
      for (const { pid } of run.processes()) wake(pid);
      return end;
    },
  };
}

/** @param {'gpu' | 'network' | 'renderer'} role @returns {Row} */
function heldForAMoment(role) {
  return {
    name: `stop-${role}-ready`,
    server: 'scripted',
    phase: 'ready',
    fault: `SIGSTOP of the ${role} process for five seconds`,
    expected: 'the same page goes on',
    async inject(run) {
      await rememberPage(run);
      const evidence = await hold(run, role);
      await pause(5_000);
      for (const { pid } of run.processes(role)) wake(pid);
      return `${evidence}, for 5 s`;
    },
    see: async run => `${await usable(run)}; ${await samePage(run)}; ${neverSilent(run)}`,
  };
}

/** @type {Row[]} */
export const rows = [
  ...heldServer('scripted'),
  ...heldServer('real'),
  {
    name: 'stop-server-splash',
    server: 'scripted',
    phase: 'splash',
    fault: `SIGSTOP of a server that starts, which may be silent for ${START_LIMIT_SECONDS} s`,
    expected: 'it is ended; a page says that it was stopped by another program; Try again works',
    setUp: impatient,
    inject: run => hold(run, 'server'),
    async see(run) {
      const page = await failurePage(run, /does not answer[\s\S]*another program had stopped it/);
      run.allow('bind');
      return `${page}; ${await tryAgain(run)}`;
    },
  },
  {
    name: 'stop-server-restarting',
    server: 'scripted',
    phase: 'restarting',
    fault: `SIGSTOP of the next server, which may be silent for ${START_LIMIT_SECONDS} s`,
    expected: 'it is ended; a page says that it was stopped by another program; Try again works',
    setUp: impatient,
    inject: run => hold(run, 'server'),
    async see(run) {
      const page = await failurePage(run, /does not answer[\s\S]*another program had stopped it/);
      run.allow('bind');
      return `${page}; ${await tryAgain(run)}`;
    },
  },
  heldWhileLeaving('server'),
  heldWhileLeaving('renderer'),
  heldWhileLeaving('gpu'),
  heldWhileLeaving('network'),
  heldForAMoment('renderer'),
  heldForAMoment('gpu'),
  heldForAMoment('network'),
  {
    name: 'stop-shell-splash',
    server: 'scripted',
    phase: 'splash',
    fault: `SIGSTOP of the shell while the server starts, for longer than the ${START_LIMIT_SECONDS} s it may be silent`,
    expected: 'no false alarm: the start goes on',
    setUp: impatient,
    async inject(run) {
      await rememberServer(run);
      const shell = await run.process('shell');
      const evidence = await hold(run, 'shell');
      await pause((START_LIMIT_SECONDS + 2) * 1000);
      wake(shell.pid);
      await pause(1_000);
      run.allow('bind');
      return `${evidence}, for ${START_LIMIT_SECONDS + 2} s`;
    },
    see: async run => `${await usable(run)}; ${await sameAsRemembered(run)}`,
  },
  {
    name: 'stop-shell-stopping',
    server: 'scripted',
    phase: 'stopping',
    fault: 'SIGSTOP of the shell while it waits for the server to end, which it does meanwhile',
    expected: 'the app quits with 0',
    async inject(run) {
      const shell = await run.process('shell');
      const evidence = await hold(run, 'shell');
      run.allow('leave');
      await until('the end of the server', () => run.processes('server').length === 0);
      wake(shell.pid);
      return `${evidence}; the server left meanwhile`;
    },
    see: cleanEnd,
  },
  {
    name: 'sleep-ready',
    server: 'scripted',
    phase: 'ready',
    limitMs: 240_000,
    fault: `the machine sleeps: SIGSTOP of shell and server for ${SLEEP_MS / 1000} s; the server wakes last`,
    expected: 'no false alarm: nobody is told anything, the same server behind the same page',
    async inject(run) {
      const { server } = await rememberPage(run);
      const shell = await run.process('shell');
      const evidence = `${await hold(run, 'server')}; ${await hold(run, 'shell')}`;
      await pause(SLEEP_MS);
      wake(shell.pid);
      await pause(3_000);
      wake(server.pid);
      return `${evidence}, for ${SLEEP_MS / 1000} s`;
    },
    see: async run => `${await usable(run)}; ${await samePage(run)}; ${neverSilent(run)}`,
  },
  {
    name: 'busy-for-a-while',
    server: 'scripted',
    phase: 'ready',
    fault: `the server answers nobody for ${SLOW_MS / 1000} s, as CachiBot can on a slow network`,
    expected: 'it is left alone, and nobody is alarmed',
    async inject(run) {
      await rememberPage(run);
      return spin(run, SLOW_MS);
    },
    async see(run) {
      await pause(SLOW_MS);
      return `${await usable(run)}; ${await samePage(run)}; ${neverSilent(run)}`;
    },
  },
  {
    name: 'busy-restart',
    server: 'scripted',
    phase: 'ready',
    limitMs: 240_000,
    fault: 'the server is in an endless loop, and the person chooses to start it again',
    expected: 'it is ended by force; another takes its place behind the same page',
    async inject(run) {
      await rememberPage(run);
      return spin(run, 3_600_000);
    },
    async see(run) {
      const said = await overlay(run, /does not answer/, { limitMs: HUNG_MS });
      await choose(run, 'restart');
      return `${said}; ${await restarted(run)}`;
    },
  },
  {
    name: 'busy-restart-real',
    server: 'real',
    phase: 'ready',
    limitMs: 240_000,
    fault: 'a plug-in searches for ever and lets no other thread run, and the person chooses to start the server again',
    expected: 'where it hangs is written down; it is ended by force; another takes its place behind the same page',
    setUp: run => layPlugin(run, IS_BUSY_ONCE_TOLD),
    async inject(run) {
      await rememberPage(run);
      writeFileSync(join(run.home, 'be-busy'), '');
      const report = join(run.home, 'profile', 'logs', 'hang.txt');
      await until('the place where it hangs', () => /plugins\/chaos/.test(readFileSync(report, 'utf8')));
      return 'hang.txt names the plug-in’s line';
    },
    async see(run) {
      const said = await overlay(run, /does not answer/, { limitMs: HUNG_MS });
      rmSync(join(run.home, 'be-busy'));
      await choose(run, 'restart');
      return `${said}; ${await restarted(run)}`;
    },
  },
  {
    name: 'busy-comes-back',
    server: 'scripted',
    phase: 'ready',
    fault: 'the server answers nobody for 32 s',
    expected: 'the person is told; it comes back by itself, and the overlay goes',
    async inject(run) {
      await rememberPage(run);
      return spin(run, 32_000);
    },
    async see(run) {
      const said = await overlay(run, /does not answer/, { limitMs: HUNG_MS });
      await noOverlay(run);
      return `${said}, and went by itself; ${await usable(run)}; ${await samePage(run)}`;
    },
  },
  {
    name: 'slow-disk',
    server: 'scripted',
    phase: 'before',
    fault: `the start takes twice the ${START_LIMIT_SECONDS} s of silence that are allowed, with progress all the while`,
    expected: 'that is no hang: the start goes on until it is done',
    setUp(run) {
      impatient(run);
      run.behave('progressing');
    },
    async inject(run) {
      run.hold('ready');
      run.start();
      await run.untilState('starting');
      const server = await run.process('server');
      await pause(START_LIMIT_SECONDS * 2_000);
      return `${expectAlive(server)} after ${START_LIMIT_SECONDS * 2} s, and was not ready`;
    },
    see(run) {
      run.allow('ready');
      return usable(run);
    },
  },
];

/** @param {Run} run @param {number} ms */
async function spin(run, ms) {
  await askInVain(run, `/spin?ms=${ms}`);
  await until('the loop', () => run.diary().some(({ event }) => event === 'spin'));
  return `the server is in a loop of ${ms / 1000} s`;
}

/** Before there is a page. @type {WeakMap<Run, number>} */
const servers = new WeakMap();

/** @param {Run} run */
async function rememberServer(run) {
  servers.set(run, (await run.process('server')).pid);
}

/** @param {Run} run */
async function sameAsRemembered(run) {
  const { pid } = await run.process('server');
  if (pid !== servers.get(run)) throw new Error(`Server ${servers.get(run)} is now ${pid}.`);
  return 'the same server';
}
