/** Stops real processes of an earlier session of the app, which it finds by the record of runs. */
// @module-tag linux: reads processes from /proc

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Identity, Process } from '../../../desktop/server/core/process-info';
import { type RunRecord, readRunRecords } from '../../../desktop/server/core/run-record';
import { createOrphanCleanup } from '../../../desktop/server/orphan-cleanup';
import { createProcesses } from '../../../desktop/server/process-table';
import { openJsonFile } from '../../../desktop/settings/json-file';
import { randomHex } from '../../../desktop/system/random-hex';

const processes = createProcesses('proc');
const WAIT = 'setInterval(() => {}, 1e6)';
const STUBBORN = `process.on('SIGTERM', () => {}); ${WAIT}`;
const GONE_APP: Identity = { pid: 2 ** 22 + 1, startTime: '1@boot', executable: '/opt/cachibot-desktop' };

/** Starts a process, with a run's id in its environment or without one. */
async function start(id: string | undefined, script = WAIT) {
  const child = spawn(process.execPath, ['-e', `${script}; process.stdout.write('there')`], {
    env: { ...process.env, ...(id === undefined ? {} : { CACHIBOT_DESKTOP_RUN: id }) },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise(resolve => child.stdout.once('data', resolve));
  const { pid, startTime, executable } = (await processes.find(child.pid!)) as Process;
  return { child, known: { pid, startTime, executable } };
}

/** Simulates a start of the app that finds these recorded runs. */
function startAfter(runs: readonly RunRecord[], within?: string, afterMs = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-runs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'run.json');
  writeFileSync(file, JSON.stringify(runs));
  const logged: string[] = [];
  const log = (line: string) => logged.push(line);
  const found = createOrphanCleanup({
    file: openJsonFile(file, log),
    processes: () => processes,
    shellPid: process.pid,
    randomHex,
    recordAfterMs: afterMs,
    within,
    log,
  });
  return {
    ...found,
    logged,
    isKept: () => existsSync(file),
    read: () => readRunRecords(openJsonFile(file, log).read()),
  };
}

let ids = 0;
const newId = () => `${Date.now()}${ids++}`.padStart(32, '0');
const isGone = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

it('stops the recorded server and the processes with its run’s id, and logs it', async () => {
  const id = newId();
  const server = await start(undefined);
  const left = await start(id, STUBBORN);
  const { cleanUp, logged, isKept } = startAfter([{ id, shell: GONE_APP, server: server.known }]);
  expect(await cleanUp()).toEqual({ servers: 1, others: 1 });
  await expect.poll(() => [server, left].map(({ child }) => isGone(child))).toEqual([true, true]);
  expect(isKept()).toBe(false);
  expect(logged.join('\n')).toMatch(
    new RegExp(`left its server ${server.known.pid}[\\s\\S]*${left.known.pid} \\(${process.execPath}\\)`),
  );
});

it.each<[string, Partial<Identity>]>([
  ['another start time', { startTime: '1@boot' }],
  ['another executable', { executable: '/opt/other' }],
])('does not stop a process that has the server’s PID but %s', async (_what, change) => {
  const other = await start(undefined);
  const { cleanUp, isKept } = startAfter([{ id: newId(), shell: GONE_APP, server: { ...other.known, ...change } }]);
  expect(await cleanUp()).toEqual({ servers: 0, others: 0 });
  await delay(300);
  expect([isGone(other.child), isKept()]).toEqual([false, false]);
});

it('stops nothing that belongs to a running app', async () => {
  const id = newId();
  const app = await start(undefined);
  const server = await start(id);
  const { cleanUp, isKept } = startAfter([{ id, shell: app.known, server: server.known }]);
  expect(await cleanUp()).toEqual({ servers: 0, others: 0 });
  await delay(300);
  expect([isGone(server.child), isKept()]).toEqual([false, true]);
});

it('does not stop itself when an agent of the earlier run has started it', async () => {
  const id = newId();
  const itself = await start(id);
  const { cleanUp } = startAfter([{ id, shell: GONE_APP, server: GONE_APP }], id);
  expect(await cleanUp()).toEqual({ servers: 0, others: 0 });
  await delay(300);
  expect(isGone(itself.child)).toBe(false);
});

it('ignores a damaged record, and stops nothing', async () => {
  const server = await start(undefined);
  const { cleanUp } = startAfter([{ id: 'x', shell: GONE_APP, server: server.known }]);
  expect(cleanUp()).toBeUndefined();
  expect(isGone(server.child)).toBe(false);
});

it('examines a server only after a delay, so that it does not slow down the start', async () => {
  const server = await start(undefined);
  const record = startAfter([], undefined, 500);
  const startedAt = performance.now();
  record.recordServer(newId(), server.known.pid);
  await expect.poll(record.read, { timeout: 20_000 }).toMatchObject([{ server: server.known }]);
  expect(performance.now() - startedAt).toBeGreaterThan(450);
});

it('resumes a suspended server, so that it can receive the request to stop', async () => {
  const server = await start(undefined);
  process.kill(server.known.pid, 'SIGSTOP');
  const { cleanUp } = startAfter([{ id: newId(), shell: GONE_APP, server: server.known }]);
  expect(await cleanUp()).toEqual({ servers: 1, others: 0 });
  await expect.poll(() => isGone(server.child)).toBe(true);
});
