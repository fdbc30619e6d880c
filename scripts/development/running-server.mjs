// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../setup/lock.mjs';

/**
 * Returns the server that uses the data in this home, according to the PID file that every stock server writes. A second
 * stock server would kill it.
 * @param {string} home
 * @returns {{ pid: number, port: number } | undefined}
 */
export function runningServer(home) {
  const { pid, port } = readPidFile(join(home, '.cachibot', 'server.pid'));
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return undefined;
  // The PID may have been reused by another program.
  return /cachibot|pyinstaller-server/i.test(commandLine(pid)) ? { pid, port: Number(port) || 5870 } : undefined;
}

/** @param {string} file */
function readPidFile(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return {}; // no file, so no server
  }
}

/**
 * @param {number} pid
 * @returns {string}
 */
function commandLine(pid) {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return ''; // the process has exited, or belongs to another user
    }
  }
  const [command = '', ...args] =
    process.platform === 'win32'
      ? [
          'powershell',
          '-NoProfile',
          '-Command',
          `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`,
        ]
      : ['ps', '-o', 'args=', '-p', String(pid)];
  return spawnSync(command, args, { encoding: 'utf8', windowsHide: true }).stdout ?? '';
}
