// @ts-check
// Numbers of processes that were written down, and belong to somebody else by now. Nobody is ended on their word.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { expectAlive, usable } from '../effects.mjs';
import { look } from '../processes.mjs';

/** @typedef {import('../trial.mjs').Row} Row */
/** @typedef {import('../run.mjs').Run} Run */

/** A program of somebody's, which knows nothing of us. @type {WeakMap<Run, import('../processes.mjs').Process>} */
const bystanders = new WeakMap();

/** @param {Run} run */
function bystander(run) {
  const child = spawn('sleep', ['600'], { stdio: 'ignore', env: {}, detached: true });
  run.after(() => child.kill('SIGKILL'));
  const found = child.pid === undefined ? undefined : look(child.pid);
  if (found === undefined) throw new Error('There is no bystander.');
  bystanders.set(run, found);
  return found;
}

/**
 * @param {string} name
 * @param {'scripted' | 'real'} server
 * @param {string} what
 * @param {string} file in the home
 * @param {(file: string, pid: number) => void} write
 * @returns {Row}
 */
function reused(name, server, what, file, write) {
  return {
    name,
    server,
    phase: 'before',
    fault: `${what} names a process that is somebody else's by now`,
    expected: 'the app starts as ever; nobody is ended on that word',
    async inject(run) {
      const { pid } = bystander(run);
      mkdirSync(dirname(join(run.home, file)), { recursive: true });
      write(join(run.home, file), pid);
      run.start();
      return `${file} names process ${pid}, a sleeper`;
    },
    async see(run) {
      const seen = await usable(run);
      await run.quit();
      // It was there before us, and is nobody's to tidy up.
      if (file.endsWith('server.pid')) rmSync(join(run.home, file));
      const known = bystanders.get(run);
      if (known === undefined) throw new Error('There was no bystander.');
      return `${seen}; ${expectAlive(known)}`;
    },
  };
}

/** As our own record has it. @param {number} pid @param {{ startTime?: string, executable?: string }} [lie] */
function recordOf(pid, lie = {}) {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const server = {
    pid,
    startTime: `${look(pid)?.began}@${boot}`,
    executable: readlinkSync(`/proc/${pid}/exe`),
    ...lie,
  };
  const shell = { pid: 4_000_000, startTime: `1@${boot}`, executable: '/nowhere/cachibot-desktop' };
  return JSON.stringify([{ id: 'ab'.repeat(16), shell, server }]);
}

/** @type {Row[]} */
export const rows = [
  reused('pid-of-record-start', 'scripted', 'our own record, with another start,', 'profile/run.json', (file, pid) =>
    writeFileSync(
      file,
      recordOf(pid, { startTime: `1@${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}` }),
    ),
  ),
  reused(
    'pid-of-record-boot',
    'scripted',
    'our own record, of before the machine was off,',
    'profile/run.json',
    (file, pid) => writeFileSync(file, recordOf(pid, { startTime: `${look(pid)?.began}@another-boot` })),
  ),
  reused(
    'pid-of-record-program',
    'scripted',
    'our own record, with another program,',
    'profile/run.json',
    (file, pid) => writeFileSync(file, recordOf(pid, { executable: '/nowhere/backend/cachibot-server' })),
  ),
  reused('pid-of-stock-server', 'real', 'CachiBot’s own pid file', '.cachibot/server.pid', (file, pid) =>
    writeFileSync(file, JSON.stringify({ pid, port: 5870, started_at: new Date().toISOString() })),
  ),
  reused('pid-of-data-lock', 'real', 'the lock of the data', '.cachibot/desktop.lock', (file, pid) =>
    writeFileSync(file, String(pid)),
  ),
  reused('pid-of-instance', 'scripted', 'the lock of the app’s only instance', 'profile/SingletonLock', (file, pid) => {
    symlinkSync(`${hostname()}-${pid}`, file);
    symlinkSync('/tmp/nowhere/SingletonSocket', join(dirname(file), 'SingletonSocket'));
    symlinkSync('1234567890', join(dirname(file), 'SingletonCookie'));
  }),
];
