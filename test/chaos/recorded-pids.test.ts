/** PIDs in files that belong to another program by now, which must not be ended because of them. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { AppRun } from '../drivers/app-run';
import { expectAlive, Memory, usable } from '../drivers/effects';
import { look, type Process } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const others = new Memory<Process>();

/** A program that has nothing to do with the app. */
function startOther(run: AppRun): Process {
  const child = spawn('sleep', ['600'], { stdio: 'ignore', env: {}, detached: true });
  run.onClose(() => child.kill('SIGKILL'));
  const found = child.pid === undefined ? undefined : look(child.pid);
  if (found === undefined) throw new Error('There is no other program.');
  return others.set(run, found);
}

interface Reused {
  name: string;
  server?: 'scripted' | 'real';
  what: string;
  /** In the home. */
  file: string;
  write: (file: string, other: Process) => void;
}

function reused({ name, server = 'scripted', what, file, write }: Reused): Scenario {
  return {
    name,
    server,
    phase: 'before',
    fault: `${what} names a process that belongs to another program by now`,
    expected: 'the app starts as usual; that process is left alone',
    async inject(run) {
      const other = startOther(run);
      mkdirSync(dirname(join(run.home, file)), { recursive: true });
      write(join(run.home, file), other);
      run.start();
      return `${file} names process ${other.pid}, which sleeps`;
    },
    async see(run) {
      const seen = await usable(run);
      await run.quit();
      return `${seen}; ${expectAlive(others.of(run))}`;
    },
  };
}

/** Our own record of a run, with a start time at which no process starts. */
function writeRecord(file: string, { pid }: Process): void {
  const startTime = `1@${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  const server = { pid, startTime, executable: readlinkSync(`/proc/${pid}/exe`) };
  const shell = { pid: 4_000_000, startTime, executable: '/nowhere/cachibot-desktop' };
  writeFileSync(file, JSON.stringify([{ id: 'ab'.repeat(16), shell, server }]));
}

/** Chromium's lock on a profile. */
function writeInstanceLock(file: string, { pid }: Process): void {
  symlinkSync(`${hostname()}-${pid}`, file);
  symlinkSync('/tmp/nowhere/SingletonSocket', join(dirname(file), 'SingletonSocket'));
  symlinkSync('1234567890', join(dirname(file), 'SingletonCookie'));
}

defineScenarios([
  reused({
    name: 'pid-of-record-start',
    what: 'our own record, with another start time,',
    file: 'profile/run.json',
    write: writeRecord,
  }),
  reused({
    name: 'pid-of-data-lock',
    server: 'real',
    what: 'the lock of the data',
    file: '.cachibot/desktop.lock',
    write: (file, { pid }) => writeFileSync(file, String(pid)),
  }),
  reused({
    name: 'pid-of-instance',
    what: 'the lock of the app’s only instance',
    file: 'profile/SingletonLock',
    write: writeInstanceLock,
  }),
]);
