// @ts-check
// The window, begun anew again and again, and output without end: what the shell and its page must not mind.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanEnd, ORIGIN, rememberPage, samePage, sameServer, usable } from '../effects.mjs';
import { until } from '../poll.mjs';
import { endBySignal, look } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

const RESTARTS = 1_000;
/** Now and then its process dies, too. */
const KILL_EACH = 100;
const MORE_BYTES = 50_000_000;
const FLOOD_BYTES = 200_000_000;
/** What a person would call stuck. */
const ANSWER_MS = 5_000;
const LOG_BYTES = 5_000_000;

/** What the shell holds above what it held. @param {Run} run */
async function measure(run) {
  const { pid, bytes } = await run.process('shell');
  let most = bytes;
  const timer = setInterval(() => (most = Math.max(most, look(pid)?.bytes ?? 0)), 50);
  run.after(() => clearInterval(timer));
  return {
    check() {
      const more = most - bytes;
      if (more > MORE_BYTES) throw new Error(`The shell took ${Math.round(more / 1e6)} MB more.`);
      return `the shell took ${Math.round(more / 1e6)} MB more`;
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof measure>>} Memory */
/** @type {WeakMap<Run, Memory>} */
const memories = new WeakMap();

/** @param {Run} run */
const memory = run => /** @type {Memory} */ (memories.get(run)).check();

/** @param {'lines' | 'endless' | 'binary' | 'blank'} kind @param {string} what @param {'stdout' | 'stderr'} to @returns {Row} */
function flood(kind, what, to) {
  return {
    name: `flood-${kind}-${to}`,
    server: 'scripted',
    phase: 'ready',
    fault: `the server writes 200 MB of ${what} to ${to}`,
    expected:
      'neither is held up, page and server answer meanwhile, the shell stays within 50 MB, the logs within theirs',
    async inject(run) {
      await rememberPage(run);
      memories.set(run, await measure(run));
      const { ms, longest } = await run.onPage(ORIGIN, page => page.evaluate(pour, { bytes: FLOOD_BYTES, kind, to }));
      if (longest > ANSWER_MS) throw new Error(`The page or the server took ${Math.round(longest)} ms to answer.`);
      return `200 MB were written in ${(ms / 1000).toFixed(1)} s, with answers within ${Math.round(longest)} ms`;
    },
    async see(run) {
      const seen = `${await usable(run)}; ${await samePage(run)}; ${memory(run)}`;
      const logs = join(run.home, 'profile', 'logs');
      const big = readdirSync(logs).find(name => statSync(join(logs, name)).size > LOG_BYTES);
      if (big !== undefined) throw new Error(`${big} has ${statSync(join(logs, big)).size} bytes.`);
      return seen;
    },
  };
}

/** In the page: has it poured, and asks shell and server meanwhile. @param {{ bytes: number, kind: string, to: string }} what */
async function pour({ bytes, kind, to }) {
  const { electronAPI } = /** @type {{ electronAPI: { windowIsMaximized(): Promise<boolean> } }} */ (
    /** @type {unknown} */ (window)
  );
  const began = performance.now();
  let pouring = true;
  const poured = fetch(`/pour?bytes=${bytes}&kind=${kind}&to=${to}`)
    .then(answer => answer.text())
    .finally(() => (pouring = false));
  let longest = 0;
  while (pouring) {
    const asked = performance.now();
    await Promise.all([electronAPI.windowIsMaximized(), fetch('/api/something')]);
    longest = Math.max(longest, performance.now() - asked);
  }
  await poured;
  return { ms: performance.now() - began, longest };
}

/** @type {Row[]} */
export const rows = [
  {
    name: 'window-1000',
    server: 'scripted',
    phase: 'ready',
    limitMs: 400_000,
    fault: `the window's page begins anew ${RESTARTS} times as fast as it can, every ${KILL_EACH}th time in a new process`,
    expected: 'the page is shown and answered, with the same server; no more processes; the shell stays within 50 MB',
    async inject(run) {
      await rememberPage(run);
      const processes = run.processes().length;
      memories.set(run, await measure(run));
      for (let done = 0; done < RESTARTS; done += KILL_EACH) {
        await reload(run, KILL_EACH - 1);
        const [page] = await renderersOf(run);
        if (page !== undefined) await endBySignal(page);
        await until('the page after its process', () =>
          run.onPage(ORIGIN, page => page.title()).catch(() => undefined),
        );
      }
      // A page whose process died on the way was not asked for.
      while (pagesAsked(run) < RESTARTS) await reload(run, 1);
      await until('as few processes as before', () => run.processes().length <= processes, {
        instead: () => run.processes().map(({ role }) => role),
      });
      return `the page was asked for ${pagesAsked(run)} times; ${processes} processes before and after`;
    },
    see: async run => `${await usable(run)}; ${await sameServer(run)}; ${memory(run)}`,
  },
  flood('lines', 'lines', 'stdout'),
  flood('lines', 'lines', 'stderr'),
  flood('endless', 'lines of 10 MB', 'stdout'),
  flood('endless', 'lines of 10 MB', 'stderr'),
  flood('binary', 'no valid UTF-8', 'stdout'),
  flood('binary', 'no valid UTF-8', 'stderr'),
  {
    name: 'flood-painted',
    server: 'scripted',
    phase: 'painted',
    fault: 'a server that is not ready yet writes as much as it can',
    expected: 'the start goes on; the shell stays within 50 MB',
    setUp: run => run.behave('flood,bad-utf8'),
    async inject(run) {
      memories.set(run, await measure(run));
      await pause(3_000);
      run.allow('ready');
      const { size } = await until('the log', () => statSync(join(run.home, 'profile', 'logs', 'server.log')));
      if (size === 0) throw new Error('The log is empty.');
      return `the server’s log has ${size} bytes`;
    },
    see: async run => `${await usable(run)}; ${memory(run)}`,
  },
  {
    name: 'flood-stopping',
    server: 'scripted',
    phase: 'stopping',
    fault: 'a server that is to end writes as much as it can',
    expected: 'the app quits with 0',
    setUp: run => run.behave('flood,bad-utf8'),
    async inject(run) {
      await pause(1_000);
      const { size } = statSync(join(run.home, 'profile', 'logs', 'server.log'));
      if (size === 0) throw new Error('The log is empty.');
      run.allow('leave');
      return `the server’s log has ${size} bytes`;
    },
    see: cleanEnd,
  },
];

/** @param {Run} run */
function pagesAsked(run) {
  return run.diary().filter(({ event, path }) => event === 'request' && path === '/').length;
}

/** @param {Run} run @param {number} times */
function reload(run, times) {
  return run.onPage(ORIGIN, async page => {
    for (let time = 0; time < times; time++) await page.reload({ waitUntil: 'commit' });
    await page.waitForLoadState();
  });
}

/** The process of the page, which is the one that was begun last. @param {Run} run */
async function renderersOf(run) {
  return run.processes('renderer').sort((one, other) => Number(other.began) - Number(one.began));
}
