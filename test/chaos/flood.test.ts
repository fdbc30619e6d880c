/** A server that writes output continuously. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { cleanExit, ORIGIN, PerRun, rememberPage, samePage, usable } from '../drivers/effects';
import { type MemoryWatch, watchMemory } from '../drivers/memory';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const FLOOD_BYTES = 200_000_000;
/** Longest acceptable response time while the server writes. */
const RESPONSE_MS = 5_000;
const LOG_BYTES = 5_000_000;

const memory = new PerRun<MemoryWatch>();

interface Flood {
  bytes: number;
  kind: 'lines' | 'endless';
  to: 'stdout' | 'stderr';
}

/** Runs in the page: makes the server write output, and measures requests to shell and server meanwhile. */
async function pour({ bytes, kind, to }: Flood): Promise<{ ms: number; longest: number }> {
  const { electronAPI } = window as unknown as { electronAPI: { windowIsMaximized(): Promise<boolean> } };
  const started = performance.now();
  let pouring = true;
  const poured = fetch(`/pour?bytes=${bytes}&kind=${kind}&to=${to}`)
    .then(answer => answer.text())
    .finally(() => {
      pouring = false;
    });
  let longest = 0;
  while (pouring) {
    const sent = performance.now();
    await Promise.all([electronAPI.windowIsMaximized(), fetch('/api/something')]);
    longest = Math.max(longest, performance.now() - sent);
  }
  await poured;
  return { ms: performance.now() - started, longest };
}

function flood(kind: Flood['kind'], what: string, to: Flood['to']): Scenario {
  return {
    name: `flood-${kind}-${to}`,
    server: 'scripted',
    phase: 'ready',
    fault: `the server writes 200 MB of ${what} to ${to}`,
    expected:
      'neither is blocked; shell and server respond meanwhile; the shell grows by less than 50 MB, the logs stay within 5 MB',
    async inject(run) {
      await rememberPage(run);
      memory.set(run, await watchMemory(run));
      const { ms, longest } = await run.onPage(ORIGIN, page => page.evaluate(pour, { bytes: FLOOD_BYTES, kind, to }));
      if (longest > RESPONSE_MS) throw new Error(`The shell or the server took ${Math.round(longest)} ms to respond.`);
      return `200 MB were written in ${(ms / 1000).toFixed(1)} s, with responses within ${Math.round(longest)} ms`;
    },
    async see(run) {
      const seen = `${await usable(run)}; ${await samePage(run)}; ${memory.of(run).check()}`;
      const logs = join(run.home, 'profile', 'logs');
      const big = readdirSync(logs).find(name => statSync(join(logs, name)).size > LOG_BYTES);
      if (big !== undefined) throw new Error(`${big} has ${statSync(join(logs, big)).size} bytes.`);
      return seen;
    },
  };
}

async function loggedBytes(run: AppRun): Promise<string> {
  const { size } = statSync(join(run.home, 'profile', 'logs', 'server.log'));
  if (size === 0) throw new Error('The log is empty.');
  return `the server’s log has ${size} bytes`;
}

// test/real/log/output.test.ts tests each kind of output on each stream.
defineScenarios([
  flood('lines', 'lines', 'stdout'),
  flood('endless', 'lines of 10 MB', 'stderr'),
  {
    name: 'flood-painted',
    server: 'scripted',
    phase: 'painted',
    fault: 'a server that is not ready yet writes as fast as it can',
    expected: 'the start continues; the shell grows by less than 50 MB',
    setUp: run => run.setModes('flood,bad-utf8'),
    async inject(run) {
      memory.set(run, await watchMemory(run));
      await pause(3_000);
      run.unblock('ready');
      return loggedBytes(run);
    },
    see: async run => `${await usable(run)}; ${memory.of(run).check()}`,
  },
  {
    name: 'flood-stopping',
    server: 'scripted',
    phase: 'stopping',
    fault: 'a server that is stopping writes as fast as it can',
    expected: 'the app quits with 0',
    setUp: run => run.setModes('flood,bad-utf8'),
    async inject(run) {
      await pause(1_000);
      const evidence = await loggedBytes(run);
      run.unblock('exit');
      return evidence;
    },
    see: cleanExit,
  },
]);
