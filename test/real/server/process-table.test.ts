/** Reads real processes of this machine, and signals them. */
// @module-tag linux: reads processes from /proc

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Process } from '../../../desktop/server/core/process-info';
import { createProcesses } from '../../../desktop/server/process-table';

const processes = createProcesses('proc');
const WAIT = 'setInterval(() => {}, 1e6)';
const STUBBORN = `process.on('SIGTERM', () => {}); ${WAIT}; process.stdout.write('listening')`;
/** The user id of `nobody`. */
const OTHER_USER = 65_534;

let ids = 0;
const newId = () => `${Date.now()}${ids++}`.padStart(32, '0');

/** Starts a process in its own session. It is killed when the test is over. */
async function start(options: { id?: string; script?: string; words?: string[]; user?: number } = {}) {
  const { id = newId(), script = WAIT, words = [], user } = options;
  const child = spawn(process.execPath, ['-e', script, ...words], {
    env: { ...process.env, CACHIBOT_DESKTOP_RUN: id },
    stdio: ['ignore', script === WAIT ? 'ignore' : 'pipe', 'ignore'],
    detached: true,
    cwd: '/',
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  const pid = child.pid!;
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
  });
  if (child.stdout) await new Promise(resolve => child.stdout?.once('data', resolve));
  return { child, pid, id, known: (await processes.find(pid)) as Process };
}

const isGone = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;
const expectGone = (child: ChildProcess) => expect.poll(() => isGone(child), { timeout: 20_000 }).toBe(true);

/** Waits long enough for a signal to take effect, and expects that the process still runs. */
async function expectAlive(child: ChildProcess) {
  await delay(300);
  expect(isGone(child)).toBe(false);
}

it('reads what a process is, and its start time', async () => {
  const before = Date.now();
  const { known, pid } = await start({ words: ['a word', ''] });
  expect(known).toMatchObject({
    pid,
    executable: process.execPath,
    args: [process.execPath, '-e', WAIT, 'a word', ''],
    mine: true,
    suspended: false,
  });
  expect(Math.abs(known.beganMs - before)).toBeLessThan(10_000);
  expect(await processes.find(pid)).toEqual(known);
});

it('finds neither a PID without a process nor a zombie', async () => {
  expect(await processes.find(2 ** 22 + 1)).toBeUndefined();
  // The shell is replaced by a program that never waits for the child, which so remains a zombie.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const zombie = Number(await new Promise(resolve => parent.stdout.once('data', resolve)));
  await expect.poll(() => readFileSync(`/proc/${zombie}/stat`, 'utf8')).toContain(' Z ');
  expect(await processes.find(zombie)).toBeUndefined();
});

it('detects at once that a process has exited, before its parent is notified', async () => {
  const { pid } = await start();
  expect(processes.hasExited(pid)).toBe(false);
  process.kill(pid, 'SIGKILL');
  // The event loop is blocked, so the exit cannot have been handled.
  const limit = Date.now() + 5_000;
  while (!processes.hasExited(pid) && Date.now() < limit);
  expect(processes.hasExited(pid)).toBe(true);
  expect(processes.hasExited(2 ** 22 + 1)).toBe(true);
});

it('detects that a process is suspended, and that it is resumed', async () => {
  const { pid } = await start();
  expect(processes.isSuspended(pid)).toBe(false);
  process.kill(pid, 'SIGSTOP');
  await expect.poll(() => processes.isSuspended(pid)).toBe(true);
  process.kill(pid, 'SIGCONT');
  await expect.poll(() => processes.isSuspended(pid)).toBe(false);
  expect(processes.isSuspended(2 ** 22 + 1)).toBe(false);
});

it('finds the processes of a run by their environment alone', async () => {
  const { pid, id } = await start();
  const { pid: twin } = await start({ id });
  await start({ id: `${id}0` });
  await start({ words: [`CACHIBOT_DESKTOP_RUN=${id}`] });
  expect((await processes.withRunId(id)).map(found => found.pid).sort()).toEqual([pid, twin].sort());
});

it('does not find another user’s process, even if it has a run’s id in its environment', async () => {
  const { pid, id, known } = await start({ user: OTHER_USER });
  expect(known.mine).toBe(false);
  expect(await processes.find(pid)).toMatchObject({ mine: false });
  expect(await processes.withRunId(id)).toEqual([]);
});

it('requests a process to exit', async () => {
  const { child, known } = await start();
  expect(await processes.terminate(known)).toBe(true);
  await expectGone(child);
});

it('waits for the exit of a process, and returns whether it has exited', async () => {
  const { child, known } = await start();
  expect(await processes.waitForExit(known, 100)).toBe(false);
  child.kill('SIGKILL');
  expect(await processes.waitForExit(known, 20_000)).toBe(true);
  expect(await processes.waitForExit({ ...known, startTime: '1@another' }, 0)).toBe(true);
});

it('resumes a suspended process, so that it receives the request to exit', async () => {
  const { child, known, pid } = await start();
  process.kill(pid, 'SIGSTOP');
  await expect.poll(() => processes.isSuspended(pid)).toBe(true);
  expect(await processes.terminate(known)).toBe(true);
  await expectGone(child);
});

it('kills a process that ignores the request, and its tree only on demand', async () => {
  const spawnChild = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(WAIT)}], { stdio: 'ignore' })`;
  const { child, known, id, pid } = await start({ script: `${spawnChild}; ${STUBBORN}` });
  expect(await processes.terminate(known)).toBe(true);
  await expectAlive(child);
  expect(await processes.kill(known, 'process')).toBe(true);
  await expectGone(child);
  const left = await processes.withRunId(id);
  expect(left).toHaveLength(1);
  process.kill(-pid, 'SIGKILL');

  const second = await start({ script: `${spawnChild}; ${STUBBORN}` });
  expect(await processes.kill(second.known, 'tree')).toBe(true);
  await expect.poll(() => processes.withRunId(second.id)).toEqual([]);
});

it.each([
  ['has another start time', { startTime: '1@another' }],
  ['has another executable', { executable: '/bin/other' }],
])('does not signal a process that %s', async (_what, change) => {
  const { child, known } = await start();
  expect(await processes.terminate({ ...known, ...change })).toBe(false);
  expect(await processes.kill({ ...known, ...change }, 'tree')).toBe(false);
  await expectAlive(child);
});

it('does not signal another user’s process', async () => {
  const { child, known } = await start({ user: OTHER_USER });
  expect(await processes.terminate(known)).toBe(false);
  expect(await processes.kill(known, 'tree')).toBe(false);
  await expectAlive(child);
});
