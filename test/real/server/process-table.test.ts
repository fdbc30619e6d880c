/** Looks at real processes of this machine, and signals them. */
// @module-tag linux: it looks at processes through /proc

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createProcesses } from '../../../desktop/server/process-table';

const processes = createProcesses('proc');
const WAIT = 'setInterval(() => {}, 1e6)';
const STUBBORN = `process.on('SIGTERM', () => {}); ${WAIT}; process.stdout.write('listening')`;
/** Nobody's, on every system. */
const SOMEBODY_ELSE = 65_534;

let ids = 0;
const newId = () => `${Date.now()}${ids++}`.padStart(32, '0');

/** A process that waits, in a session of its own, until the test is over. */
async function begin(options: { id?: string; script?: string; words?: string[]; user?: number } = {}) {
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
  return { child, pid, id, known: (await processes.look(pid))! };
}

const isGone = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;
const goes = (child: ChildProcess) => expect.poll(() => isGone(child), { timeout: 20_000 }).toBe(true);

/** Long enough for a signal to have its effect, if one was sent. */
async function stays(child: ChildProcess) {
  await delay(300);
  expect(isGone(child)).toBe(false);
}

it('sees what a process is, and since when', async () => {
  const before = Date.now();
  const { known, pid } = await begin({ words: ['a word', ''] });
  expect(known).toMatchObject({
    pid,
    executable: process.execPath,
    words: [process.execPath, '-e', WAIT, 'a word', ''],
    mine: true,
    stopped: false,
  });
  expect(Math.abs(known.beganMs - before)).toBeLessThan(10_000);
  expect(await processes.look(pid)).toEqual(known);
});

it('sees nothing where nobody is, and in one that has ended and is not yet buried', async () => {
  expect(await processes.look(2 ** 22 + 1)).toBeUndefined();
  // The shell becomes a program that never asks what came of the child.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const zombie = Number(await new Promise(resolve => parent.stdout.once('data', resolve)));
  await expect.poll(() => readFileSync(`/proc/${zombie}/stat`, 'utf8')).toContain(' Z ');
  expect(await processes.look(zombie)).toBeUndefined();
});

it('sees at once that a process has ended, before anybody was told', async () => {
  const { pid } = await begin();
  expect(processes.hasEnded(pid)).toBe(false);
  process.kill(pid, 'SIGKILL');
  // No turn of the loop between: nobody can have asked what came of it.
  const limit = Date.now() + 5_000;
  while (!processes.hasEnded(pid) && Date.now() < limit);
  expect(processes.hasEnded(pid)).toBe(true);
  expect(processes.hasEnded(2 ** 22 + 1)).toBe(true);
});

it('sees that a process is stopped, and that it goes on', async () => {
  const { pid } = await begin();
  expect(processes.isStopped(pid)).toBe(false);
  process.kill(pid, 'SIGSTOP');
  await expect.poll(() => processes.isStopped(pid)).toBe(true);
  process.kill(pid, 'SIGCONT');
  await expect.poll(() => processes.isStopped(pid)).toBe(false);
  expect(processes.isStopped(2 ** 22 + 1)).toBe(false);
});

it('finds the processes of a run by their environment alone', async () => {
  const { pid, id } = await begin();
  const { pid: twin } = await begin({ id });
  await begin({ id: `${id}0` });
  await begin({ words: [`CACHIBOT_DESKTOP_RUN=${id}`] });
  expect((await processes.withRunId(id)).map(found => found.pid).sort()).toEqual([pid, twin].sort());
});

it('never counts another user’s process to a run of ours, whatever its environment says', async () => {
  const { pid, id, known } = await begin({ user: SOMEBODY_ELSE });
  expect(known.mine).toBe(false);
  expect((await processes.look(pid))?.mine).toBe(false);
  expect(await processes.withRunId(id)).toEqual([]);
});

it('asks one to end', async () => {
  const { child, known } = await begin();
  expect(await processes.ask(known)).toBe(true);
  await goes(child);
});

it('waits for the end of one, and says whether it came', async () => {
  const { child, known } = await begin();
  expect(await processes.isGone(known, 100)).toBe(false);
  child.kill('SIGKILL');
  expect(await processes.isGone(known, 20_000)).toBe(true);
  expect(await processes.isGone({ ...known, startTime: '1@another' }, 0)).toBe(true);
});

it('asks one that is stopped in a way that it hears', async () => {
  const { child, known, pid } = await begin();
  process.kill(pid, 'SIGSTOP');
  await expect.poll(() => processes.isStopped(pid)).toBe(true);
  expect(await processes.ask(known)).toBe(true);
  await goes(child);
});

it('kills one that does not listen, and its group only when told', async () => {
  const family = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(WAIT)}], { stdio: 'ignore' })`;
  const { child, known, id, pid } = await begin({ script: `${family}; ${STUBBORN}` });
  expect(await processes.ask(known)).toBe(true);
  await stays(child);
  expect(await processes.kill(known, 'process')).toBe(true);
  await goes(child);
  const left = await processes.withRunId(id);
  expect(left).toHaveLength(1);
  process.kill(-pid, 'SIGKILL');

  const second = await begin({ script: `${family}; ${STUBBORN}` });
  expect(await processes.kill(second.known, 'tree')).toBe(true);
  await expect.poll(() => processes.withRunId(second.id)).toEqual([]);
});

it.each([
  ['began at another time', { startTime: '1@another' }],
  ['runs another file', { executable: '/bin/other' }],
])('leaves one alone that %s', async (_what, change) => {
  const { child, known } = await begin();
  expect(await processes.ask({ ...known, ...change })).toBe(false);
  expect(await processes.kill({ ...known, ...change }, 'tree')).toBe(false);
  await stays(child);
});

it('leaves another user’s process alone, however well it is known', async () => {
  const { child, known } = await begin({ user: SOMEBODY_ELSE });
  expect(await processes.ask(known)).toBe(false);
  expect(await processes.kill(known, 'tree')).toBe(false);
  await stays(child);
});
