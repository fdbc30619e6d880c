/** What an earlier run of the app has left, as a start finds it: real processes, and the file that names them. */
// @module-tag linux: it looks at processes through /proc

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Identity } from '../../../desktop/server/core/process-info';
import { type Run, readRuns } from '../../../desktop/server/core/run-record';
import { createRuns } from '../../../desktop/server/orphan-cleanup';
import { createProcesses } from '../../../desktop/server/process-table';
import { keptFile } from '../../../desktop/settings/json-file';

const processes = createProcesses('proc');
const WAIT = 'setInterval(() => {}, 1e6)';
const STUBBORN = `process.on('SIGTERM', () => {}); ${WAIT}`;
const GONE_APP: Identity = { pid: 2 ** 22 + 1, startTime: '1@boot', executable: '/opt/cachibot-desktop' };

/** A process with a run's name in its environment, or without one. */
async function begin(id: string | undefined, script = WAIT) {
  const child = spawn(process.execPath, ['-e', `${script}; process.stdout.write('there')`], {
    env: { ...process.env, ...(id === undefined ? {} : { CACHIBOT_DESKTOP_RUN: id }) },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise(resolve => child.stdout.once('data', resolve));
  const { pid, startTime, executable } = (await processes.look(child.pid!))!;
  return { child, known: { pid, startTime, executable } };
}

/** A start of the app that finds these runs written down. */
function startAfter(runs: readonly Run[], within?: string, afterMs = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-runs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'run.json');
  writeFileSync(file, JSON.stringify(runs));
  const logged: string[] = [];
  const log = (line: string) => logged.push(line);
  const found = createRuns({
    file: keptFile(file, log),
    processes: () => processes,
    shellPid: process.pid,
    recordAfterMs: afterMs,
    within,
    log,
  });
  return { ...found, logged, isKept: () => existsSync(file), read: () => readRuns(keptFile(file, log).read()) };
}

let ids = 0;
const newId = () => `${Date.now()}${ids++}`.padStart(32, '0');
const isGone = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

it('ends a server that is the one written down, and what carries its run’s name, and says so', async () => {
  const id = newId();
  const server = await begin(undefined);
  const left = await begin(id, STUBBORN);
  const { sweep, logged, isKept } = startAfter([{ id, shell: GONE_APP, server: server.known }]);
  expect(await sweep()).toEqual({ servers: 1, others: 1 });
  await expect.poll(() => [server, left].map(({ child }) => isGone(child))).toEqual([true, true]);
  expect(isKept()).toBe(false);
  expect(logged.join('\n')).toMatch(
    new RegExp(`left its server ${server.known.pid}[\\s\\S]*${left.known.pid} \\(${process.execPath}\\)`),
  );
});

it.each<[string, Partial<Identity>]>([
  ['that began at another time', { startTime: '1@boot' }],
  ['that runs another file', { executable: '/opt/other' }],
])('leaves a process alone that has the server’s number, and %s', async (_what, change) => {
  const stranger = await begin(undefined);
  const { sweep, isKept } = startAfter([{ id: newId(), shell: GONE_APP, server: { ...stranger.known, ...change } }]);
  expect(await sweep()).toEqual({ servers: 0, others: 0 });
  await delay(300);
  expect([isGone(stranger.child), isKept()]).toEqual([false, false]);
});

it('leaves everything alone that belongs to an app which still runs', async () => {
  const id = newId();
  const app = await begin(undefined);
  const server = await begin(id);
  const { sweep, isKept } = startAfter([{ id, shell: app.known, server: server.known }]);
  expect(await sweep()).toEqual({ servers: 0, others: 0 });
  await delay(300);
  expect([isGone(server.child), isKept()]).toEqual([false, true]);
});

it('does not end itself when it was started by the agent of the run before', async () => {
  const id = newId();
  const itself = await begin(id);
  const { sweep } = startAfter([{ id, shell: GONE_APP, server: GONE_APP }], id);
  expect(await sweep()).toEqual({ servers: 0, others: 0 });
  await delay(300);
  expect(isGone(itself.child)).toBe(false);
});

it('believes no record that is damaged, and ends nothing for it', async () => {
  const server = await begin(undefined);
  const { sweep } = startAfter([{ id: 'x', shell: GONE_APP, server: server.known }]);
  expect(sweep()).toBeUndefined();
  expect(isGone(server.child)).toBe(false);
});

it('looks at a server only when that no longer costs its start anything', async () => {
  const server = await begin(undefined);
  const record = startAfter([], undefined, 500);
  const began = performance.now();
  record.began(newId(), server.known.pid);
  await expect.poll(record.read, { timeout: 20_000 }).toMatchObject([{ server: server.known }]);
  expect(performance.now() - began).toBeGreaterThan(450);
});

it('wakes a server that was stopped, or it could not hear that it should end', async () => {
  const server = await begin(undefined);
  process.kill(server.known.pid, 'SIGSTOP');
  const { sweep } = startAfter([{ id: newId(), shell: GONE_APP, server: server.known }]);
  expect(await sweep()).toEqual({ servers: 1, others: 0 });
  await expect.poll(() => isGone(server.child)).toBe(true);
});
