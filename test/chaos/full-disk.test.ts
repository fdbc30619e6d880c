/** Full disks: a small tmpfs is mounted on a folder of the run's home, and filled. */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AppRun } from '../drivers/app-run';
import { seedData } from '../drivers/data';
import { answered, failurePage, ORIGIN, rememberPage, replaced, samePage, tryAgain } from '../drivers/effects';
import { until } from '../drivers/poll';
import { killAndWait } from '../drivers/processes';
import { defineScenarios } from '../drivers/scenarios';
import { LOG, SCREEN } from '../drivers/screen-words';

const STEP = Buffer.alloc(65_536, 1);
const FILLER = 'filler';

/** Mounts a small disk on a folder of the home until the run is closed. */
function mountDisk(run: AppRun, name: string, size: string): string {
  const folder = join(run.home, name);
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'chaos', folder]);
  run.onClose(() => execFileSync('umount', ['--lazy', folder]));
  return folder;
}

/** Fills a disk to the last byte. */
function fill(folder: string): string {
  const file = openSync(join(folder, FILLER), 'a');
  try {
    for (let length = STEP.length; length > 0; ) {
      if (!hasRoom(file, length)) length = length === 1 ? 0 : Math.ceil(length / 16);
    }
  } finally {
    closeSync(file);
  }
  const { bfree } = statfsSync(folder);
  if (bfree > 0) throw new Error(`${folder} has ${bfree} blocks left.`);
  return `${folder} has no block left`;
}

function hasRoom(file: number, length: number): boolean {
  try {
    writeSync(file, STEP, 0, length);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}

const free = (folder: string) => rmSync(join(folder, FILLER));

/** The problems in the server's health report. */
function problemsOf(run: AppRun): Promise<string[]> {
  return run.onPage(ORIGIN, page =>
    page.evaluate(() =>
      fetch('/api/health')
        .then(answer => answer.json())
        .then(health => health.problems),
    ),
  );
}

defineScenarios([
  {
    name: 'full-disk-logs',
    server: 'scripted',
    phase: 'before',
    fault: 'the disk for the logs is full before the start',
    expected: 'the app starts without its log, says so in the terminal, and quits as usual',
    async inject(run) {
      const evidence = fill(mountDisk(run, 'profile/logs', '128k'));
      run.start();
      return evidence;
    },
    async see(run) {
      const seen = await answered(run);
      await until('a line about it in the terminal', () => LOG.continuesWithoutLog.test(run.output()), {
        actual: () => run.output(),
      });
      return `${seen}; the terminal says that it continues without its log`;
    },
  },
  {
    name: 'full-disk-logs-ready',
    server: 'scripted',
    phase: 'ready',
    fault: 'the disk for the logs is full, and the server writes 20 MB; then the server is killed',
    expected: 'shell and server continue; a new server replaces the killed one behind the same page',
    setUp: run => mountDisk(run, 'profile/logs', '256k'),
    async inject(run) {
      const { server } = await rememberPage(run);
      const evidence = fill(join(run.home, 'profile/logs'));
      await run.onPage(ORIGIN, page =>
        page.evaluate(() => fetch('/pour?bytes=20000000&kind=lines&to=stderr').then(answer => answer.text())),
      );
      return `${evidence}; the 20 MB were read; ${await killAndWait(server)}`;
    },
    see: replaced,
  },
  {
    name: 'full-disk-data',
    server: 'real',
    phase: 'before',
    fault: 'the disk for the data is full before the start',
    expected: 'a page says so; after space is freed Try again works',
    async inject(run) {
      const folder = mountDisk(run, '.cachibot', '64m');
      seedData(run, run.python);
      const evidence = fill(folder);
      run.start();
      return evidence;
    },
    async see(run) {
      const page = await failurePage(run, SCREEN.diskFull);
      free(join(run.home, '.cachibot'));
      return `${page}; ${await tryAgain(run)}`;
    },
  },
  {
    name: 'full-disk-data-ready',
    server: 'real',
    phase: 'ready',
    fault: 'the disk for the data fills up under a ready server',
    expected: 'the server continues and reports it; after space is freed it reports no problem; the data is intact',
    setUp(run) {
      mountDisk(run, '.cachibot', '64m');
      seedData(run, run.python);
    },
    async inject(run) {
      await rememberPage(run);
      const evidence = fill(join(run.home, '.cachibot'));
      await until('the problem', async () => (await problemsOf(run)).includes('disk-full'), {
        pauseMs: 500,
        actual: () => problemsOf(run),
      });
      return `${evidence}; the health report contains disk-full`;
    },
    async see(run) {
      const during = await answered(run);
      free(join(run.home, '.cachibot'));
      await until('no problem', async () => (await problemsOf(run)).length === 0, { pauseMs: 500 });
      return `${during}; after space was freed it reports no problem; ${await samePage(run)}`;
    },
  },
  {
    name: 'full-disk-profile',
    server: 'scripted',
    phase: 'ready',
    fault: 'the disk for the profile fills up',
    expected: 'the page continues; the app quits with 0',
    setUp: run => mountDisk(run, 'profile', '48m'),
    async inject(run) {
      await rememberPage(run);
      return fill(join(run.home, 'profile'));
    },
    see: answered,
  },
]);
