// @ts-check
// Full disks: a small one of memory is laid over a folder of the run's home, and filled.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { seedData } from '../data.mjs';
import { answered, failurePage, ORIGIN, rememberPage, replaced, samePage, tryAgain } from '../effects.mjs';
import { until } from '../poll.mjs';
import { endBySignal } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

const STEP = Buffer.alloc(65_536, 1);
const FILLER = 'filler';

/** A disk of its own for a folder of the home, until the row is over. @param {Run} run @param {string} name @param {string} size */
function disk(run, name, size) {
  const folder = join(run.home, name);
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'chaos', folder]);
  run.after(() => execFileSync('umount', ['--lazy', folder]));
  return folder;
}

/** Until not a byte goes into it any more. @param {string} folder */
function fill(folder) {
  const file = openSync(join(folder, FILLER), 'a');
  try {
    for (let length = STEP.length; length > 0; ) {
      try {
        writeSync(file, STEP, 0, length);
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOSPC') throw error;
        length = length === 1 ? 0 : Math.ceil(length / 16);
      }
    }
  } finally {
    closeSync(file);
  }
  const { bfree } = statfsSync(folder);
  if (bfree > 0) throw new Error(`${folder} has ${bfree} blocks left.`);
  return `${folder} has no block left`;
}

/** @param {string} folder */
const free = folder => rmSync(join(folder, FILLER));

/** @type {Row[]} */
export const rows = [
  {
    name: 'full-disk-logs',
    server: 'scripted',
    phase: 'before',
    fault: 'the disk for the logs is full before the start',
    expected: 'the app starts without its logs, says so once, and quits as ever',
    async inject(run) {
      const evidence = fill(disk(run, 'profile/logs', '128k'));
      run.start();
      return evidence;
    },
    async see(run) {
      const seen = await answered(run);
      await until('a word about it', () => /goes on without its log/.test(run.said()), { instead: run.said });
      return `${seen}; it said: goes on without its log`;
    },
  },
  {
    name: 'full-disk-logs-ready',
    server: 'scripted',
    phase: 'ready',
    fault: 'the disk for the logs fills up, and 20 MB of output come; then the server dies',
    expected: 'neither shell nor server minds; another server takes its place behind the same page',
    setUp: run => void disk(run, 'profile/logs', '256k'),
    async inject(run) {
      const { server } = await rememberPage(run);
      const evidence = fill(join(run.home, 'profile/logs'));
      await run.onPage(ORIGIN, page =>
        page.evaluate(() => fetch('/pour?bytes=20000000&kind=lines&to=stderr').then(answer => answer.text())),
      );
      return `${evidence}; 20 MB were taken all the same; ${await endBySignal(server)}`;
    },
    see: replaced,
  },
  {
    name: 'full-disk-data',
    server: 'real',
    phase: 'before',
    fault: 'the disk for the data is full before the start',
    expected: 'a page says so; with room on it Try again works',
    async inject(run) {
      const folder = disk(run, '.cachibot', '64m');
      seedData(run, run.python);
      const evidence = fill(folder);
      run.start();
      return evidence;
    },
    async see(run) {
      const page = await failurePage(run, /The disk is full/);
      free(join(run.home, '.cachibot'));
      return `${page}; ${await tryAgain(run)}`;
    },
  },
  {
    name: 'full-disk-data-ready',
    server: 'real',
    phase: 'ready',
    fault: 'the disk for the data fills up under a ready server',
    expected: 'the server goes on and says so when it is asked; with room again it is well; the data is whole',
    setUp(run) {
      disk(run, '.cachibot', '64m');
      seedData(run, run.python);
    },
    async inject(run) {
      await rememberPage(run);
      const evidence = fill(join(run.home, '.cachibot'));
      await until('the problem', async () => (await problems(run)).includes('disk-full'), {
        pauseMs: 500,
        instead: () => problems(run),
      });
      return `${evidence}; the server’s health names disk-full`;
    },
    async see(run) {
      const during = await answered(run);
      free(join(run.home, '.cachibot'));
      await until('no problem', async () => (await problems(run)).length === 0, { pauseMs: 500 });
      return `${during}; with room again no problem is left; ${await samePage(run)}`;
    },
  },
  {
    name: 'full-disk-profile',
    server: 'scripted',
    phase: 'ready',
    fault: 'the disk for all of the shell’s own files fills up',
    expected: 'the page goes on; the app quits with 0',
    setUp: run => void disk(run, 'profile', '48m'),
    async inject(run) {
      await rememberPage(run);
      return fill(join(run.home, 'profile'));
    },
    see: answered,
  },
];

/** What the server's health names. @param {Run} run @returns {Promise<string[]>} */
function problems(run) {
  return run.onPage(ORIGIN, page =>
    page.evaluate(() =>
      fetch('/api/health')
        .then(answer => answer.json())
        .then(health => health.problems),
    ),
  );
}
