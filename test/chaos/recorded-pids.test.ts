/** Recorded PIDs that the system has reused for another program, which must not be killed. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { AppRun } from '../drivers/app-run';
import { expectAlive, PerRun, usable } from '../drivers/effects';
import { type Process, readProcess } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const others = new PerRun<Process>();

/** Starts a program unrelated to the app. */
function startOther(run: AppRun): Process {
  const child = spawn('sleep', ['600'], { stdio: 'ignore', env: {}, detached: true });
  run.onClose(() => child.kill('SIGKILL'));
  const found = child.pid === undefined ? undefined : readProcess(child.pid);
  if (found === undefined) throw new Error('The other program was not started.');
  return others.set(run, found);
}

interface Reused {
  name: string;
  server?: 'scripted' | 'real';
  what: string;
  /** Path in the home. */
  file: string;
  write: (file: string, other: Process) => void;
}

function reused({ name, server = 'scripted', what, file, write }: Reused): Scenario {
  return {
    name,
    server,
    phase: 'before',
    fault: `${what} contains the PID of another program`,
    expected: 'the app starts as usual; that program is not killed',
    async inject(run) {
      const other = startOther(run);
      mkdirSync(dirname(join(run.home, file)), { recursive: true });
      write(join(run.home, file), other);
      run.start();
      return `${file} contains PID ${other.pid}, of a sleep command`;
    },
    async see(run) {
      const seen = await usable(run);
      await run.quit();
      return `${seen}; ${expectAlive(others.of(run))}`;
    },
  };
}

/** Writes a record of a run that names the process, with a start time that no process has. */
function writeRecord(file: string, { pid }: Process): void {
  const startTime = `1@${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  const server = { pid, startTime, executable: readlinkSync(`/proc/${pid}/exe`) };
  const shell = { pid: 4_000_000, startTime, executable: '/nowhere/cachibot-desktop' };
  writeFileSync(file, JSON.stringify([{ id: 'ab'.repeat(16), shell, server }]));
}

/** Writes Chromium's lock on a profile. */
function writeInstanceLock(file: string, { pid }: Process): void {
  symlinkSync(`${hostname()}-${pid}`, file);
  symlinkSync('/tmp/nowhere/SingletonSocket', join(dirname(file), 'SingletonSocket'));
  symlinkSync('1234567890', join(dirname(file), 'SingletonCookie'));
}

defineScenarios([
  reused({
    name: 'pid-of-record-start',
    what: 'our own record of runs, with another start time,',
    file: 'profile/run.json',
    write: writeRecord,
  }),
  reused({
    name: 'pid-of-data-lock',
    server: 'real',
    what: 'the lock of the data folder',
    file: '.cachibot/desktop.lock',
    write: (file, { pid }) => writeFileSync(file, String(pid)),
  }),
  reused({
    name: 'pid-of-instance',
    what: 'Chromium’s single-instance lock',
    file: 'profile/SingletonLock',
    write: writeInstanceLock,
  }),
]);
